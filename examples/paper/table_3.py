"""Table III (Example 2): the cheapest partition isn't stable, and an erratum of the printed battery cost."""

from lempart.reproduce import example_2

partitions, coalitions, partitions_printed, coalitions_printed = example_2()
for table in (partitions, coalitions, partitions_printed, coalitions_printed):
    print(table.title)
    for row in table.rows:
        print(f"  {row.label:20} ours {row.ours[0]:8.2f}  paper {row.paper[0]}")

# With 15|u| + 7u^2 the table comes out; with the printed 19|u| + 2u^2 it doesn't, and the grand market is stable.
assert partitions.largest_deviation < 1e-5
assert coalitions.largest_deviation < 1e-5
assert partitions_printed.largest_deviation > 1.0
assert "Optimal: {{P1, P2, P3}}. Optimal stable: {{P1}, {P2, P3}}" in partitions.note
assert "Optimal stable: {{P1, P2, P3}}" in partitions_printed.note
