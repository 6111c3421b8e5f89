"""Figure 8 on a sample of 40 variants: in the larger market voltage violations grow faster with forecast noise."""

from lempart.reproduce.table_4 import figure_8, run_table_4

grand_path, smaller_path, grand_branch, smaller_branch = figure_8(run_table_4(variants=40))
for grand, smaller in ((grand_path, smaller_path), (grand_branch, smaller_branch)):
    print(grand.title, smaller.title, sep="  |  ")
    for left, right in zip(grand.rows, smaller.rows, strict=True):
        print(f"{left.label:12} {left.ours[1]:8.0f} | {right.ours[1]:8.0f} CHF for violations")
    growth = [table.rows[-1].ours[1] - table.rows[0].ours[1] for table in (grand, smaller)]
    assert growth[0] > growth[1] > 0
    dispatch = [[row.ours[0] for row in table.rows] for table in (grand, smaller)]
    assert all(left < right for left, right in zip(*dispatch, strict=True))  # but it trades more
