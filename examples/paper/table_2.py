"""Table II (Example 1): under forecast errors the smallest markets are the cheapest."""

from lempart.reproduce import example_1

(table,) = example_1()
print(table.title, *table.columns, sep="\n  ")
for row in table.rows:
    print(f"{row.label:20} ours {row.ours}\n{'':20} paper {row.paper}")
print(table.note)

assert table.largest_deviation < 1e-6
totals = [row.ours[-1] for row in table.rows]
assert min(totals) == totals[-1]  # everyone alone
assert "Optimal stable: {{P1}, {P2}, {P3}}" in table.note
