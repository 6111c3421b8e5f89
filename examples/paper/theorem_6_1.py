"""Theorem VI.1: with perfect forecasts and no externalities one market of all is the optimal stable partition."""

from lempart.reproduce import theorem_1

(table,) = theorem_1()
print(table.note)
for row in table.rows:
    dearer, budget_gap, over, rent, shortfall = row.ours
    print(f"{row.label:60} budget {budget_gap:.0e}, worst over a deviation {over:+.0e}, core shortfall {shortfall:.0e}")
    assert abs(dearer) < 1e-5  # nothing is cheaper
    assert budget_gap < 1e-5  # the allocation of Appendix A.3 collects the cost,
    assert over < 1e-5  # charges no group more than it would pay on its own,
    assert rent < 1e-6  # and gives edges no money
    assert shortfall < 1e-4  # as the linear program of Algorithm 1 finds too
assert any("0 limits bind" not in row.label for row in table.rows)
