"""Flexibility kinds: one module each, one block of variables and constraints for all devices of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from lempart.case import (
    Battery,
    Convex,
    Curtailment,
    ElectricVehicle,
    Flexibility,
    HeatPump,
    Inverter,
    OwnFlexibility,
    Prosumer,
    Shiftable,
)
from lempart.conic import ProgramBuilder
from lempart.dispatch.devices.battery import batteries
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, Directions, scattered
from lempart.dispatch.devices.convex import convexes
from lempart.dispatch.devices.curtailment import curtailments
from lempart.dispatch.devices.ev import electric_vehicles, unmet_charge
from lempart.dispatch.devices.heat_pump import heat_pumps, unmet_comfort
from lempart.dispatch.devices.inverter import inverters
from lempart.dispatch.devices.shiftable import shiftables, unmet_energy
from lempart.errors import UsageError
from lempart.typing import IntArray

__all__ = ["DeviceBlock", "DeviceContext", "Directions", "device_blocks", "scattered", "unmet_by_devices"]


K = TypeVar("K", bound=Flexibility)


def device_blocks(
    builder: ProgramBuilder, prosumers: Sequence[Prosumer], context: DeviceContext
) -> tuple[DeviceBlock, ...]:
    """Add every prosumer's flexibility and return one block per kind (Eq 1f)."""
    blocks: list[DeviceBlock] = []
    # Inverters come last: their circle needs the active power of what is behind them.
    if battery := _of_kind(prosumers, Battery):
        blocks.append(batteries(builder, *battery, context))
    if curtailment := _of_kind(prosumers, Curtailment):
        blocks.append(curtailments(builder, *curtailment, context))
    if convex := _of_kind(prosumers, Convex):
        blocks.append(convexes(builder, *convex, context))
    if heat_pump := _of_kind(prosumers, HeatPump):
        blocks.append(heat_pumps(builder, *heat_pump, context))
    if shiftable := _of_kind(prosumers, Shiftable):
        blocks.append(shiftables(builder, *shiftable, context))
    if vehicle := _of_kind(prosumers, ElectricVehicle):
        blocks.append(electric_vehicles(builder, *vehicle, context))
    for number, (owner, own) in enumerate(zip(*(_of_kind(prosumers, OwnFlexibility) or ((), ())), strict=True)):
        blocks.append(_own_block(builder, f"{own.kind} {number}", own, int(owner), context))
    if inverter := _of_kind(prosumers, Inverter):
        blocks.append(inverters(builder, *inverter, context, tuple(blocks)))
    return tuple(blocks)


def _own_block(
    builder: ProgramBuilder, name: str, own: OwnFlexibility, owner: int, context: DeviceContext
) -> DeviceBlock:
    """Return the block of a device of a kind that isn't part of lempart, as far as it is one."""
    made = own.block(builder, name, owner, context)
    if not isinstance(made, DeviceBlock) or not made.active_mw.size == made.linear_cost.size == context.steps:
        wanted = f"a DeviceBlock of one device, with {context.steps} entries of power and of cost"
        raise UsageError(f"{type(own).__name__}.block must return {wanted}; found {made!r:.80}")
    return made


def unmet_by_devices(prosumers: Sequence[Prosumer], context: DeviceContext) -> tuple[str, ...]:
    """Return what devices can't do even alone, whatever the grid allows: one sentence each, naming the prosumer."""
    found: list[tuple[int, str]] = []
    if heat_pump := _of_kind(prosumers, HeatPump):
        found += _told(heat_pump[0], unmet_comfort(heat_pump[1], context))
    if shiftable := _of_kind(prosumers, Shiftable):
        found += _told(shiftable[0], [unmet_energy(item, context) for item in shiftable[1]])
    if vehicle := _of_kind(prosumers, ElectricVehicle):
        found += _told(vehicle[0], [unmet_charge(item, context) for item in vehicle[1]])
    return tuple(f"{prosumers[owner].name}: {problem}" for owner, problem in sorted(found))


def _told(owners: IntArray, problems: Sequence[str | None]) -> list[tuple[int, str]]:
    return [(int(owner), text) for owner, text in zip(owners, problems, strict=True) if text is not None]


def _of_kind(prosumers: Sequence[Prosumer], kind: type[K]) -> tuple[IntArray, list[K]] | None:
    """Return the owners and records of all devices of one kind, or None where there is none."""
    found = [(m, item) for m, owner in enumerate(prosumers) for item in owner.flexibility if isinstance(item, kind)]
    return (np.array([m for m, _ in found]), [item for _, item in found]) if found else None
