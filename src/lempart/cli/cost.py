"""``lempart cost``."""

from __future__ import annotations

from pathlib import Path

import click

from lempart.cli.common import load, progress_bar, write_json
from lempart.cli.cores import CORE_HEADERS, core_json, core_rows, stopped_sentence
from lempart.cli.figures import print_figures
from lempart.cli.rows import PRICE_NOTE, coalition_rows, part_rows
from lempart.cli.tables import COALITION_COLUMNS, console, print_table, say
from lempart.cli.targets import must_be_writable
from lempart.cost import costs_of
from lempart.deviations import deviation_model
from lempart.display import count_of, money, short_braces
from lempart.errors import UsageError
from lempart.game import CoreOptions, partition_verdict
from lempart.result import burning_json
from lempart.result.burning import burning_record
from lempart.result.figures import figures_json, figures_of
from lempart.result.losses import losses_json, losses_record
from lempart.search import after_seconds, never
from lempart.telling.caveats import accuracy, burning, open_ties
from lempart.telling.losses import loss_sentences, surplus_sentence
from lempart.telling.prices import price_sentences


@click.command(help='Show what one partition of CASE costs, for example --partition "P1,P2|P3".')
@click.argument("case")
@click.option(
    "--partition", "text", required=True, help="Coalitions apart by '|', players by ','; the rest stay alone."
)
@click.option("--cores", is_flag=True, help="Decide whether each coalition holds together, with bills or a proof.")
@click.option(
    "--stop-after", type=click.FloatRange(min=0.0), metavar="SECONDS", help="Stop the cores early, give what is proven."
)
@click.option("--figures", is_flag=True, help="Print key figures of markets and homes: what is shared, peaks, savings.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the costs as JSON ('-': stdout).")
def cost(case: str, text: str, cores: bool, stop_after: float | None, figures: bool, json_file: Path | None) -> None:
    """Cost one partition and print its parts, and each coalition's bill."""
    if stop_after is not None and not cores:
        raise UsageError("--stop-after stops cores early: give --cores with it")
    costs = costs_of(load(case))
    must_be_writable(json_file, case)
    prepared = costs.prepared
    partition = prepared.partition_of(text)
    found = costs.partition(partition)
    names = [prepared.names(coalition) for coalition in partition]
    verdict = None
    if cores and found.viable:
        with progress_bar() as progress:
            verdict = partition_verdict(
                partition,
                prepared.family,
                deviation_model(costs, "inertia"),
                options=CoreOptions(stop=never if stop_after is None else after_seconds(stop_after), progress=progress),
            )
    if json_file is not None:
        lines = losses_json(costs, partition) if found.viable else None
        data = {
            "format": 1,
            "case": prepared.case.name,
            "partition": [list(block) for block in names],
            "total": found.total if found.viable else None,
            "viable": found.viable,
            "reason": found.reason or None,
            "network_surplus": found.network_surplus,
            **({} if found.loss_surplus is None else {"loss_surplus": found.loss_surplus}),
            "unrecovered": found.unrecovered,
            "costs": None if found.parts is None else found.parts.as_dict(),
            "burning": burning_json(costs, found, compared=True),
            **({"tie_open": True} if found.tie_open else {}),
            **({} if lines is None else {"losses": lines}),
            "coalitions": [
                {
                    "members": list(block),
                    "cost": own.total if own.parts is not None else None,
                    "price_dependent": own.price_dependent,
                    **({"known_to": own.known_to} if own.known_to else {}),
                    "costs": None if own.parts is None else own.parts.as_dict(),
                    **({} if verdict is None else core_json(prepared.player_names, verdict.coalitions[index])),
                }
                for index, (block, own) in enumerate(zip(names, found.coalitions, strict=True))
            ],
        }
        meters = figures_of(costs, partition, verdict) if found.viable else None
        write_json(json_file, data if meters is None else {**data, "key_figures": figures_json(meters, costs)})
        if str(json_file) == "-":
            return
    out, currency = console(), prepared.case.market.currency
    if not found.viable:
        say(out, f"{short_braces(names)} is not viable.")
        for own in (*found.coalitions, *found.regular):
            if own.reason:
                say(out, f"  {own.reason}")
        raise click.exceptions.Exit(1)
    print_table(out, short_braces(names), ("part of the cost", currency), part_rows(found))
    headers = ("coalition", "pays", *COALITION_COLUMNS)
    print_table(out, f"\nCoalitions, {currency}", headers, coalition_rows(names, found.coalitions))
    if verdict is not None:
        print_table(out, f"\nCores, {currency}", CORE_HEADERS, core_rows(prepared.player_names, verdict))
        if stopped := stopped_sentence(verdict):
            say(out, stopped)
    if (burnt := burning_record(costs, found, compared=True)) is not None:
        say(out, f"\n{burning(burnt, currency)}")
    if any(own.price_dependent for own in found.coalitions):
        say(out, PRICE_NOTE)
    for told in price_sentences(prepared.case.market):
        say(out, f"\n{told}")
    known_to = max(own.known_to for own in (*found.coalitions, *found.regular))
    for told in filter(None, (accuracy(known_to, currency), open_ties(found.tie_open, 1))):
        say(out, told)
    if found.regular:
        paid = sum(own.total for own in found.regular)
        say(out, f"Regular customers pay {money(paid, currency)} in all ({count_of(len(found.regular), 'customer')}).")
    lost = loss_sentences(losses_record(costs, partition), found.total, currency)
    if told := " ".join(filter(None, (*lost, surplus_sentence(found.network_surplus, found.loss_surplus, currency)))):
        say(out, told)
    if found.unrecovered > 5e-3:
        say(out, f"Violations that no coalition can be charged for: {money(found.unrecovered, currency)}.")
    if figures and (seen := figures_of(costs, partition, verdict)) is not None:
        print_figures(out, seen, currency)
