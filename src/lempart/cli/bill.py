"""``lempart bill``."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import click

from lempart.atomic import write_text
from lempart.bills import BILL_RULES, BillOptions, BillRule, Bills, bill_records, bills_json, make_bills
from lempart.cli.bill_rows import (
    ESTIMATED,
    EXPLAINED,
    HEADERS,
    PART_HEADERS,
    headline,
    market_rows,
    part_rows,
    reason_sentence,
)
from lempart.cli.common import progress_bar, write_json
from lempart.cli.rows import PRICE_NOTE
from lempart.cli.solved import named_partition, solved
from lempart.cli.streams import write_document
from lempart.cli.tables import console, print_table, say
from lempart.cli.targets import must_be_writable
from lempart.cost import costs_of
from lempart.deviations import DeviationName
from lempart.deviations import deviation_model as model_of
from lempart.errors import UsageError
from lempart.telling.caveats import accuracy
from lempart.text import as_text_cell, shown

_DEVIATIONS = ["inertia", "dissolve", "optimistic", "pessimistic"]


@click.command(help="Show what every player pays by a rule, why, and whether anyone would leave.")
@click.argument("result")
@click.option(
    "--rule", type=click.Choice(BILL_RULES), default="nucleolus", show_default=True, help="How costs are shared."
)
@click.option(
    "--partition", "text", help="Coalitions apart by '|', players by ','. Default: the optimal stable partition."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the bills as JSON ('-': stdout).")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write one row per player ('-': stdout).")
@click.option(
    "--deviation", type=click.Choice(_DEVIATIONS), help="What leavers expect of the others. Default: RESULT's."
)
@click.option("--draws", type=click.IntRange(min=2), default=400, show_default=True, help="Random orders (shapley).")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of these orders.")
@click.option(
    "--exact-up-to",
    type=click.IntRange(min=1, max=20),
    default=12,
    show_default=True,
    help="Players of one market up to which the Shapley value is exact.",
)
@click.option(
    "--most-groups",
    type=click.IntRange(min=0),
    default=5_000,
    show_default=True,
    help="Groups of one market priced to find who would leave.",
)
def bill(
    result: str,
    rule: BillRule,
    text: str | None,
    json_file: Path | None,
    csv_file: Path | None,
    deviation: DeviationName | None,
    draws: int,
    seed: int,
    exact_up_to: int,
    most_groups: int,
) -> None:
    """Bill the players of RESULT, a folder written by ``lempart solve --out``, or of a case with --partition."""
    if str(json_file) == str(csv_file) == "-":
        raise UsageError("only one of --json and --csv can go to standard output")
    for path in (json_file, csv_file):
        must_be_writable(path, result)
    found = solved(result)
    costs = costs_of(found.case)
    partition = costs.prepared.partition_of(named_partition(found, text))
    expected = deviation or _deviation_of(found.result.get("deviation"))
    with progress_bar() as progress:
        bills = make_bills(
            costs,
            partition,
            model_of(costs, expected),
            deviation_name=expected if found.case.market.externalities else "none",
            rule=rule,
            options=BillOptions(most_groups, exact_up_to, draws, seed),
            progress=progress,
        )
    if json_file is not None:
        write_json(json_file, bills_json(bills))
    if csv_file is not None:
        _write_csv(csv_file, bills)
    if "-" not in {str(json_file), str(csv_file)}:
        show(bills)


def _deviation_of(name: str | None) -> DeviationName:
    return name if name in _DEVIATIONS else "inertia"  # type: ignore[return-value]


def _write_csv(path: Path, bills: Bills) -> None:
    text = io.StringIO()
    records = bill_records(bills)
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    if str(path) == "-":
        write_document(text.getvalue())
    else:
        write_text(path, text.getvalue())


def _cell(value: Any) -> Any:
    """Return a cell that a spreadsheet shows as it is: no formula, nothing that can't be seen."""
    return as_text_cell(shown(value)) if isinstance(value, str) else value


def show(bills: Bills) -> None:
    """Print who pays what, then what the bills are made of, then what each would pay elsewhere."""
    out, currency = console(), bills.currency
    say(out, headline(bills), "bold")
    for market in bills.markets:
        if len(market.members) > 1:
            say(out, reason_sentence(bills, market))
    rows = market_rows(bills)
    print_table(out, f"\nBills, {currency}", HEADERS, rows, left=3)
    print_table(out, f"\nWhat they are made of, {currency}", PART_HEADERS, part_rows(bills), left=1)
    say(out, EXPLAINED)
    if any(bill.standard_error is not None for bill in bills):
        say(out, ESTIMATED)
    if any(row[0].endswith(" *") for row in rows):
        say(out, PRICE_NOTE)
    if inaccurate := accuracy(max(market.known_to for market in bills.markets), currency):
        say(out, inaccurate)
