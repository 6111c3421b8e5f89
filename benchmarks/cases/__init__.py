"""The benchmarks, a file for each kind of work; each lists its own in ``BENCHMARKS``."""
