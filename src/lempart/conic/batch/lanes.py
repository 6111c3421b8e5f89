# ruff: noqa: ARG001, PLW0108  # numba looks at the names of arguments and wants functions of its own
"""Eight numbers at once: a vector type for compiled code, with the arithmetic the batch solver needs.

A lane holds one program of a batch. Each operation treats all lanes alike and none looks at a neighbour, so that what
a lane computes depends on its own data alone, bit for bit. Vector instructions are asked for explicitly instead of
hoping that a compiler finds them, and products are fused with sums only where the code says so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model
from numba.np.arrayobj import make_array

from lempart.conic.settings import LANES
from lempart.typing import FloatArray

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_CACHE_LINE = 64

Lanes: TypeAlias = Any
"""A vector of one number per lane, in compiled code."""

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function to machine code when it is first called; the code is kept on disk for the next time.

    Where nothing may be written, neither beside the source nor at home, it is compiled anew in each process.
    """
    try:
        return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # that is how numba tells that it found no place to keep it
        return cast(F, njit(nogil=True, error_model="numpy")(function))


def _instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function write instructions into compiled code; called there, it takes one argument less."""
    return cast(Callable[..., Any], intrinsic(function))


def aligned(rows: int) -> FloatArray:
    """Return an uninitialised array of shape ``(rows, LANES)`` of which each row fills one cache line."""
    raw = np.empty(rows * LANES + _CACHE_LINE // 8)
    start = -raw.ctypes.data % _CACHE_LINE // 8
    return raw[start : start + rows * LANES].reshape(rows, LANES)


class _LanesType(types.Type):  # type: ignore[misc]  # the base has no types
    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


_LANES = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _row(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Return the address of a row of an array of shape ``(rows, LANES)``."""
    data = make_array(signature.args[0])(context, builder, args[0]).data
    row = context.cast(builder, args[1], signature.args[1], types.intp)
    return builder.gep(builder.bitcast(data, _VECTOR.as_pointer()), [row])


@_instruction
def load(_typing: Any, array: Any, row: Any) -> Any:
    """Return a row of an array of shape ``(rows, LANES)``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_row(context, builder, signature, args), align=8)

    return _LANES(array, row), generate


@_instruction
def store(_typing: Any, array: Any, row: Any, value: Any) -> Any:
    """Set a row of an array of shape ``(rows, LANES)``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _row(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.void(array, row, value), generate


@_instruction
def at(_typing: Any, array: Any, index: Any) -> Any:
    """Return an element of a one-dimensional array; negative indices aren't looked for."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = make_array(signature.args[0])(context, builder, args[0]).data
        position = context.cast(builder, args[1], signature.args[1], types.intp)
        found = builder.load(builder.gep(data, [position]))
        return context.cast(builder, found, signature.args[0].dtype, signature.return_type)

    return (types.float64 if isinstance(array.dtype, types.Float) else types.intp)(array, index), generate


@_instruction
def splat(_typing: Any, value: Any) -> Any:
    """Return a number in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = context.cast(builder, args[0], signature.args[0], types.float64)
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.IntType(32)(0))
        spread = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), spread)

    return _LANES(value), generate


def _call(builder: Any, name: str, args: Any) -> Any:
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64"), args)


@_instruction
def fused(_typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ``a b + c``, rounded once."""
    return _LANES(_LANES, _LANES, _LANES), lambda _context, builder, _signature, args: _call(builder, "fma", args)


@_instruction
def root(_typing: Any, a: Any) -> Any:
    """Return the square root."""
    return _LANES(_LANES), lambda _context, builder, _signature, args: _call(builder, "sqrt", args)


@_instruction
def size(_typing: Any, a: Any) -> Any:
    """Return the absolute value."""
    return _LANES(_LANES), lambda _context, builder, _signature, args: _call(builder, "fabs", args)


@_instruction
def choose(_typing: Any, test: Any, a: Any, b: Any) -> Any:
    """Return ``a`` in the lanes in which ``test`` is positive, ``b`` in the others, also where it is no number."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        positive = builder.fcmp_ordered(">", args[0], ir.Constant(_VECTOR, [0.0] * LANES))
        return builder.select(positive, args[1], args[2])

    return _LANES(_LANES, _LANES, _LANES), generate


@_instruction
def largest(_typing: Any, a: Any, b: Any) -> Any:
    """Return the larger of two; ``b`` where ``a`` is no number."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[0], args[1])

    return _LANES(_LANES, _LANES), generate


@_instruction
def any_positive(_typing: Any, a: Any) -> Any:
    """Return whether a lane is positive."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        positive = builder.fcmp_ordered(">", args[0], ir.Constant(_VECTOR, [0.0] * LANES))
        bits = builder.bitcast(positive, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.IntType(LANES)(0))

    return types.boolean(_LANES), generate


@_instruction
def _add(_typing: Any, a: Any, b: Any) -> Any:
    return _LANES(_LANES, _LANES), lambda _context, builder, _signature, args: builder.fadd(*args)


@_instruction
def _subtract(_typing: Any, a: Any, b: Any) -> Any:
    return _LANES(_LANES, _LANES), lambda _context, builder, _signature, args: builder.fsub(*args)


@_instruction
def _multiply(_typing: Any, a: Any, b: Any) -> Any:
    return _LANES(_LANES, _LANES), lambda _context, builder, _signature, args: builder.fmul(*args)


@_instruction
def _divide(_typing: Any, a: Any, b: Any) -> Any:
    return _LANES(_LANES, _LANES), lambda _context, builder, _signature, args: builder.fdiv(*args)


@_instruction
def _negate(_typing: Any, a: Any) -> Any:
    return _LANES(_LANES), lambda _context, builder, _signature, args: builder.fneg(args[0])


def _with_operator(symbol: Any, apply: Any) -> None:
    """Let an operator stand for an operation on two vectors, or on a vector and a number."""

    def implementation(a, b):  # type: ignore[no-untyped-def]  # numba compares signatures, annotations included
        if a is _LANES and b is _LANES:
            return lambda a, b: apply(a, b)
        if a is _LANES and isinstance(b, types.Number):
            return lambda a, b: apply(a, splat(b))
        if b is _LANES and isinstance(a, types.Number):
            return lambda a, b: apply(splat(a), b)
        return None

    overload(symbol)(implementation)


for _symbol, _apply in (
    (operator.add, _add),
    (operator.sub, _subtract),
    (operator.mul, _multiply),
    (operator.truediv, _divide),
    (operator.iadd, _add),
    (operator.isub, _subtract),
    (operator.imul, _multiply),
):
    _with_operator(_symbol, _apply)


overload(operator.neg)(lambda a: (lambda a: _negate(a)) if a is _LANES else None)
