"""Random scenarios: what a draw really consumes and produces, and how wrong its forecast is.

A draw depends on the study's seed and its own index alone. All points of a study see the same draws: a noise level
scales the same random numbers, so that points and partitions are compared under common random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lempart.case import Case
from lempart.errors import InputError
from lempart.study.draw import branches
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.typing import ComplexArray, FloatArray

_VARIANT, _FORECAST = 0, 1


@dataclass(frozen=True, eq=False)
class Prosumption:
    """What a draw really consumes and produces: ``U = generation - load``, complex MVA, ``(prosumers, steps)`` each."""

    load: ComplexArray
    generation: ComplexArray


class Profiles(Protocol):
    """Where the realisations of draws come from."""

    def draw(self, rng: np.random.Generator, options: ScenarioOptions) -> Prosumption:
        """Return one variant of the profiles."""


@dataclass(frozen=True, eq=False)
class ScenarioSource:
    """The draws of a study."""

    profiles: Profiles
    options: ScenarioOptions
    seed: int

    def draw(self, index: int) -> tuple[ComplexArray, ComplexArray]:
        """Return forecast and realisation of a draw, complex MVA, shape ``(prosumers, steps)`` each.

        ``U_hat = generation (1 + s e) - load (1 + s e')`` with independent standard normal ``e`` and ``e'`` for each
        prosumer and step; or ``U (1 + s e)`` where noise is on the net injection.
        """
        options = self.options
        actual = self.profiles.draw(self._rng(_VARIANT, index), options)
        load, generation = options.load_factor * actual.load, options.generation_factor * actual.generation
        noise = options.forecast_noise * self._errors(index, load.shape)
        realization = generation - load
        if options.noise_on == "net":
            return realization * (1.0 + noise[0]), realization
        return generation * (1.0 + noise[0]) - load * (1.0 + noise[1]), realization

    def block(self, start: int, stop: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the forecasts and realisations of draws ``start`` to ``stop - 1``, draws first."""
        forecasts, realizations = zip(*(self.draw(index) for index in range(start, stop)), strict=True)
        return np.array(forecasts), np.array(realizations)

    def _rng(self, stream: int, index: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(stream, index)))

    def _errors(self, index: int, shape: tuple[int, ...]) -> FloatArray:
        """Return standard normal errors, shape ``(2, prosumers, steps)``: of generation, then of load."""
        rng = self._rng(_FORECAST, index)
        own, common = rng.standard_normal((2, *shape)), rng.standard_normal((2, 1, shape[1]))
        shared = self.options.correlation
        errors: FloatArray = np.sqrt(1.0 - shared) * own + np.sqrt(shared) * common
        return errors


@dataclass(frozen=True, eq=False)
class CaseProfiles:
    """Variants of a case's own realisation: where it injects it is generation, where it consumes it is load.

    Every prosumer varies by itself. A shift by part of a step interpolates between the steps beside it.
    """

    realization: ComplexArray
    step_hours: float

    def draw(self, rng: np.random.Generator, options: ScenarioOptions) -> Prosumption:
        """Return one variant of the realisation."""
        prosumers, steps = self.realization.shape
        shifts = rng.uniform(-1.0, 1.0, (prosumers,)) * (options.shift_hours / self.step_hours)
        scales = 1.0 + options.step_scaling * rng.uniform(-1.0, 1.0, (prosumers, steps))
        varied = self._shifted(shifts) * scales
        injects = varied.real > 0
        return Prosumption(np.where(injects, 0.0, -varied), np.where(injects, varied, 0.0))

    def _shifted(self, shifts: FloatArray) -> ComplexArray:
        """Return every prosumer's series, shifted later by so many steps on the circle of the horizon."""
        steps = self.realization.shape[1]
        position = (np.arange(steps) - shifts[:, None]) % steps
        left = np.floor(position).astype(int) % steps
        part = position - np.floor(position)
        row = np.arange(len(shifts))[:, None]
        shifted: ComplexArray = (1 - part) * self.realization[row, left] + part * self.realization[
            row, (left + 1) % steps
        ]
        return shifted


@dataclass(frozen=True, eq=False)
class BranchProfiles:
    """Variants of the paper's three branches (Section VII-A): one of each branch's load and generation per draw.

    All prosumers of a branch share its variant, times their peak load. Loads and PV are shifted and scaled step by
    step; the wind is shifted and has an independent Rayleigh factor of mean 1 in every hour, after which the day's
    wind energy is scaled to the energy of the branch's load; the waste-to-energy plant is constant.

    Attributes
    ----------
    branch_of
        Each prosumer's branch.
    peak_mw
        Each prosumer's peak load, shape ``(prosumers,)``.
    """

    branch_of: tuple[str, ...]
    peak_mw: FloatArray

    @classmethod
    def of(cls, case: Case) -> BranchProfiles:
        """Return the profiles of a case made of the branches: groups name the branch, the realisation the peak.

        Raises
        ------
        InputError
            If a prosumer belongs to none of the branches, or its realisation isn't the branch's profile.
        """
        group_of = {member: group.name for group in case.groups for member in group.members}
        names = tuple(group_of.get(prosumer.name, "") for prosumer in case.prosumers)
        known = {f"branch {number}" for number in (1, 2, 3)}
        if case.horizon.steps != 24 or case.horizon.step_hours != 1.0 or not set(names) <= known:
            message = "the case isn't made of the paper's three branches at 24 hours"
            raise InputError.of("scenarios.profiles", message, 'Use profiles = "case".')
        shapes = np.array([branches.generation(name) - branches.load(name) for name in names])
        actual = case.scenario.realization.real
        peaks = (shapes * actual).sum(axis=1) / (shapes * shapes).sum(axis=1)
        if np.abs(actual - shapes * peaks[:, None]).max() > 1e-5:
            message = "the case's realisation isn't made of the paper's three profiles"
            raise InputError.of("scenarios.profiles", message, 'Use profiles = "case".')
        return cls(names, peaks)

    def draw(self, rng: np.random.Generator, options: ScenarioOptions) -> Prosumption:
        """Return one variant of the branches."""
        names = tuple(dict.fromkeys(sorted(self.branch_of)))
        loads = {name: self._varied_load(name, rng, options) for name in names}
        generations = {name: self._varied_generation(name, rng, options) for name in names}
        load = np.array([loads[name] for name in self.branch_of]) * self.peak_mw[:, None]
        generation = np.array([generations[name] for name in self.branch_of]) * self.peak_mw[:, None]
        return Prosumption(load.astype(np.complex128), generation.astype(np.complex128))

    def _varied_load(self, name: str, rng: np.random.Generator, options: ScenarioOptions) -> FloatArray:
        shift, scales = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0, 24)
        hours: FloatArray = branches.HOURS - options.shift_hours * shift
        varied: FloatArray = branches.load(name, hours) * (1.0 + options.step_scaling * scales)
        return varied

    def _varied_generation(self, name: str, rng: np.random.Generator, options: ScenarioOptions) -> FloatArray:
        shift, scales = rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0, 24)
        hours: FloatArray = branches.HOURS - options.shift_hours * shift
        if name == "branch 1":
            return branches.generation(name, hours, rng.rayleigh(np.sqrt(2 / np.pi), 24))
        if name == "branch 3":
            return branches.generation(name)
        varied: FloatArray = branches.generation(name, hours) * (1.0 + options.step_scaling * scales)
        return varied
