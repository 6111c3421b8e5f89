"""What a built ex-ante problem makes of many forecasts at once: parameters, right-hand sides, readings, prices.

With losses it may be many shifts of limits, too, where it was built with some.

Arrays have the draws last, so that a sparse matrix takes all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lempart.dispatch.exante import ExAnteModel
from lempart.dispatch.losses import given_losses
from lempart.dispatch.network import line_radius
from lempart.dispatch.problem import LossShift
from lempart.dispatch.reading import GivenSlope, Reading
from lempart.dispatch.storage import Storage
from lempart.grid import line_flows
from lempart.typing import BoolArray, ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class Forecasts:
    """A model's parameters and right-hand sides at many forecasts.

    Attributes
    ----------
    forecast
        ``U_hat``, complex MVA, shape ``(draws, prosumers, steps)``.
    parameters, cost_of_parameters
        Shape ``(parameters, draws)``.
    slopes
        As `ExAnteModel.line_radius_slope`, shape ``(draws, radii)``.
    rhs
        Shape ``(rows, draws)``.
    shift
        By how much losses shift the limits of each; None where the model's aren't.
    """

    forecast: ComplexArray
    parameters: FloatArray
    cost_of_parameters: FloatArray
    slopes: FloatArray
    rhs: FloatArray
    shift: LossShift | None = None

    def chosen(self, kept: BoolArray) -> Forecasts:
        """Return some of the draws."""
        return Forecasts(
            self.forecast[kept],
            self.parameters[:, kept],
            self.cost_of_parameters[:, kept],
            self.slopes[kept],
            self.rhs[:, kept],
            None if self.shift is None else self.shift.of(kept),
        )


@dataclass(frozen=True, eq=False)
class ForecastMap:
    """How a model depends on the forecast, whose structure it doesn't."""

    model: ExAnteModel

    def at(self, forecast: ComplexArray, shift: LossShift | None = None) -> Forecasts:
        """Return parameters and right-hand sides at forecasts of shape ``(draws, prosumers, steps)``.

        Parameters
        ----------
        shift
            By how much losses shift the limits of each, where the model was built with a shift.
        """
        program = self.model.program
        parameters, slopes = self._parameters(forecast, shift)
        change = parameters - program.parameters[:, None]
        rhs = program.rhs[:, None] - program.parameter_matrix @ change
        return Forecasts(forecast, parameters, self._cost_of_parameters(parameters), slopes, rhs, shift)

    def model_at(self, found: Forecasts, draw: int) -> ExAnteModel:
        """Return the model at one of the forecasts."""
        model, program = self.model, self.model.program
        parameters, cost = found.parameters[:, draw], found.cost_of_parameters[:, draw]
        constant = program.constant - float(program.cost_of_parameters @ program.parameters) + float(cost @ parameters)
        here = replace(
            program,
            rhs=found.rhs[:, draw].copy(),
            constant=constant,
            cost_of_parameters=cost.copy(),
            parameters=parameters.copy(),
        )
        problem = replace(model.problem, forecast=found.forecast[draw])
        if model.reactive_is_fixed and problem.losses is not None:
            own, before = self._given_losses(parameters)[1], self._given_losses(program.parameters)[1]
            here = replace(here, constant=here.constant + float(own.sum() - before.sum()))
        if found.shift is not None and problem.losses is not None:
            problem = replace(problem, losses=replace(problem.losses, shift=found.shift.of(draw)))
        return replace(model, problem=problem, program=here, line_radius_slope=found.slopes[draw])

    def injections(self, x: FloatArray, parameters: FloatArray) -> ComplexArray:
        """Return ``u`` of the points, complex MVA, shape ``(draws, prosumers, steps)``."""
        shape = (len(self.model.problem.prosumers), self.model.problem.steps, x.shape[1])
        active, reactive = (part.values(x, parameters).reshape(shape) for part in self._injections)
        return _draws_first(active, reactive)

    def flexibility_costs(self, x: FloatArray, parameters: FloatArray) -> FloatArray:
        """Return ``c_m(u_m)`` over the horizon in currency, shape ``(draws, prosumers)``."""
        draws = x.shape[1]
        cost = np.zeros((draws, len(self.model.problem.prosumers)))
        for block, (linear, squares) in zip(self.model.devices, self._costs, strict=True):
            per_step = linear.values(x, parameters)
            for reading, weight in squares:
                per_step = per_step + weight[:, None] * reading.values(x, parameters) ** 2
            # Summed over contiguous steps, so that the bits of a draw don't depend on how many there are.
            own = np.ascontiguousarray(per_step.T).reshape(draws, len(block.prosumer), -1).sum(axis=-1)
            for device, owner in enumerate(block.prosumer.tolist()):
                cost[:, owner] += own[:, device]
        return cost

    def burning(self, x: FloatArray, parameters: FloatArray) -> BoolArray:
        """Return in which of the points batteries burn energy, shape ``(draws,)``."""
        problem, program = self.model.problem, self.model.program
        burning = np.zeros(x.shape[1], dtype=bool)
        for own in Storage.of(problem.prosumers, problem.steps, problem.step_hours):
            (block,) = (block for block in self.model.devices if block.kind == own.kind)
            shape = (len(own.prosumer), problem.steps, -1)
            injection = Reading.of(block.active_mw, program).values(x, parameters).reshape(shape)
            energy = x[program.variable_blocks[f"{own.kind} energy"]]
            burning |= own.burnt_mwh(injection, energy).any(axis=(0, 1))
        return burning

    def nodal_prices(self, found: Forecasts, z: FloatArray) -> ComplexArray:
        """Return ``lambda_n`` at the duals ``z``, shape ``(draws, nodes, steps)``, as `Dispatch.nodal_prices`."""
        model, problem = self.model, self.model.problem
        blocks, shape = model.program.parameter_blocks, (problem.grid.node_count, problem.steps, z.shape[1])
        slope = -(found.cost_of_parameters + model.program.parameter_matrix.T @ z) / problem.step_hours
        active = slope[blocks["active injection"].ravel()].reshape(shape)
        if not model.reactive_is_fixed:
            reactive = slope[blocks["reactive injection"].ravel()].reshape(shape)
            return _draws_first(active, reactive)
        per_flow = slope[blocks["reactive flow"].ravel()].reshape(shape)
        if found.slopes.size:
            rated = np.flatnonzero(problem.grid.has_rating)
            limited = problem.limited_steps("line")
            radii = slope[blocks["line radius"].ravel()] * found.slopes.T
            # With losses either end of a line has a radius.
            per_flow[np.ix_(rated, limited)] += radii.reshape(-1, len(rated), len(limited), len(found.forecast)).sum(0)
        # An injection moves the reactive flow of every edge on its path, and the PCC's (row 0).
        reactive = problem.grid.over_paths(per_flow) + per_flow[0]
        return _draws_first(active, reactive)

    def _parameters(self, forecast: ComplexArray, shift: LossShift | None) -> tuple[FloatArray, FloatArray]:
        model, draws = self.model, len(forecast)
        blocks, grid, steps = model.program.parameter_blocks, model.problem.grid, model.problem.steps
        found = np.repeat(model.program.parameters[:, None], draws, axis=1)
        injections = np.zeros((grid.node_count, steps, draws), dtype=np.complex128)
        injections[grid.tree.leaf] = forecast.transpose(1, 2, 0)
        found[blocks["active injection"]] = injections.real
        self._shift_limits(found, shift)
        slopes = np.zeros((draws, model.line_radius_slope.size))
        if not model.reactive_is_fixed:
            found[blocks["reactive injection"]] = injections.imag
            return found, slopes
        leaves = injections[grid.tree.leaf].reshape(-1, steps * draws)
        reactive = line_flows(grid, leaves).imag.reshape(grid.node_count, steps, draws)
        found[blocks["reactive flow"]] = reactive
        if slopes.size:
            radius, slope = self._radii(reactive, shift)
            found[blocks["line radius"].ravel()], slopes = radius.reshape(-1, draws), slope.reshape(-1, draws).T
        return found, slopes

    def _shift_limits(self, parameters: FloatArray, shift: LossShift | None) -> None:
        """Set the parameters, shape ``(parameters, draws)``, that shift limits."""
        if shift is None:
            return
        blocks, problem = self.model.program.parameter_blocks, self.model.problem
        rated, banded = np.flatnonzero(problem.grid.has_rating), np.flatnonzero(problem.grid.has_band)
        lines = shift.lines[:, :, rated][..., problem.limited_steps("line")]
        voltages = shift.voltages[:, banded][..., problem.limited_steps("voltage")]
        named = {"active line shift": lines.real, "reactive line shift": lines.imag, "voltage shift": voltages}
        for name, values in named.items():
            if name in blocks:
                parameters[blocks[name]] = np.moveaxis(values, 0, -1)

    def _radii(self, reactive: FloatArray, shift: LossShift | None) -> tuple[FloatArray, FloatArray]:
        """Return line radii, and their slopes, at given reactive flows ``(nodes, steps, draws)``: end after end."""
        if shift is None:
            return line_radius(self.model.problem, reactive)
        ends = [
            line_radius(self.model.problem, reactive - end) for end in np.moveaxis(shift.lines.imag, (0, 1), (-1, 0))
        ]
        radii, slopes = zip(*ends, strict=True)
        return np.array(radii), np.array(slopes)

    def _given_losses(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return slope and constant of what given reactive flows lose, shape ``(nodes, steps, ...)``."""
        return given_losses(self.model.problem, parameters[self.model.program.parameter_blocks["reactive flow"]])

    def _cost_of_parameters(self, parameters: FloatArray) -> FloatArray:
        """Return what parameters cost: the same at all forecasts, but for tax and losses of flows that they give."""
        program = self.model.program
        plain = program.cost_of_parameters[:, None]
        if self.model.reactive_is_fixed and self.model.problem.losses is not None:
            plain = np.repeat(plain, parameters.shape[1], axis=1)
            change = self._given_losses(parameters)[0] - self._given_losses(program.parameters[:, None])[0]
            plain[program.parameter_blocks["reactive flow"]] += change
        if self._given is None:
            return plain if plain.shape == parameters.shape else np.repeat(plain, parameters.shape[1], axis=1)
        tax = self._given
        return plain - tax.slope(program.parameters[:, None]) + tax.slope(parameters)

    @cached_property
    def _injections(self) -> tuple[Reading, ...]:
        return tuple(Reading.of(part, self.model.program) for part in (self.model.active_mw, self.model.reactive_mvar))

    @cached_property
    def _costs(self) -> tuple[tuple[Reading, tuple[tuple[Reading, FloatArray], ...]], ...]:
        program = self.model.program
        return tuple(
            (
                Reading.of(block.linear_cost, program),
                tuple((Reading.of(expression, program), weight) for expression, weight in block.squares),
            )
            for block in self.model.devices
        )

    @cached_property
    def _given(self) -> GivenSlope | None:
        tax = self.model.given_tax
        return None if tax is None else GivenSlope.of(tax, self.model.program)


def _draws_first(active: FloatArray, reactive: FloatArray) -> ComplexArray:
    return np.ascontiguousarray((active + 1j * reactive).transpose(2, 0, 1))
