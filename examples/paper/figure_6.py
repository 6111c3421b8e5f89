"""Figure 6: the modified IEEE 33-bus feeder with its three branches."""

from lempart import read_case, shipped_case_path

case = read_case(shipped_case_path("ieee33-branches"))
branches = {group.name: group.members for group in case.groups}
for name, people in branches.items():
    print(f"{name}: {len(people)} prosumers")
print(f"PCC {case.grid.pcc}, {case.grid.base_kv} kV, {len(case.grid.lines)} lines")

# Branch 1 is nodes 26-33, branch 2 nodes 7-18, branch 3 node 6.
assert {name: len(people) for name, people in branches.items()} == {"branch 1": 8, "branch 2": 12, "branch 3": 1}
assert case.grid.base_kv == 12.66
