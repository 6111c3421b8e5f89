"""How fast lempart is beside the straightforward way: one registry, one command, one table.

python -m benchmarks list
python -m benchmarks run [NAME …]
python -m benchmarks table
"""
