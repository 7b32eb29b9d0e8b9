"""Eight steps along a list of neighbours for 64 replicates at once: the innermost loop of the scan.

A *lane* is one replicate of a block of 64. The counts of an area, and the bounds of a bin, are a row with one number
for each lane, so that a step is a load, an addition and a comparison of whole rows. LLVM is given the rows as vectors,
since it cannot know that they do not overlap and would otherwise work lane by lane; it cuts them to the registers of
the processor. Counts are bytes where none is above 127; sums have 16 bits for up to `MOST_SMALL` cases, 32 for more.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

LANES: Final = 64
"""Replicates of a block: the bits of the answer."""
STEPS: Final = 8
MOST_BYTE: Final = 127
MOST_SMALL: Final = 32_000
"""Cases up to which 16 bits are enough: for a sum, and for a bound less a sum."""

Counts: TypeAlias = NDArray[np.int8] | NDArray[np.int16] | NDArray[np.int32]
Sums: TypeAlias = NDArray[np.int16] | NDArray[np.int32]
Part: TypeAlias = Any
"""A type, value or builder of numba and LLVM, which they leave untyped."""
Code = Callable[[Part, Part, Part, Part], Part]
_INDEX: Final = ir.IntType(64)


def _row(kind: Part) -> Part:
    return ir.VectorType(ir.IntType(kind.dtype.bitwidth), LANES)


def _load(builder: Part, kind: Part, base: Part, number: Part = None) -> Part:
    """The row of that number."""
    place = base if number is None else builder.gep(base, [builder.mul(number, ir.Constant(_INDEX, LANES))])
    return builder.load(builder.bitcast(place, _row(kind).as_pointer()), align=kind.dtype.bitwidth // 8)


def _entry(builder: Part, base: Part, at: Part) -> Part:
    """The number at a place of a list."""
    return builder.zext(builder.load(builder.gep(base, [at])), _INDEX)


def _steps(*, low: bool) -> Code:
    """The machine code: near, bins, at, counts, floors[, ceilings], running -> lanes that may hold more."""

    def build(context: Part, builder: Part, signature: Part, values: Part) -> Part:
        near, bins, at, counts, floors, *ceilings, running = (
            value if isinstance(kind, types.Integer) else context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args, values, strict=True)
        )
        counted, summed = signature.args[3], signature.args[-1]
        total, signs = _load(builder, summed, running), ir.Constant(_row(summed), None)
        for step in range(STEPS):
            place = builder.add(at, ir.Constant(_INDEX, step))
            window = _entry(builder, bins, place)
            row = _load(builder, counted, counts, _entry(builder, near, place))
            narrow = counted.dtype.bitwidth < summed.dtype.bitwidth
            total = builder.add(total, builder.sext(row, _row(summed)) if narrow else row)
            signs = builder.or_(signs, builder.sub(_load(builder, summed, floors, window), total))
            if low:
                signs = builder.or_(signs, builder.sub(total, _load(builder, summed, ceilings[0], window)))
        builder.store(total, builder.bitcast(running, _row(summed).as_pointer()), align=summed.dtype.bitwidth // 8)
        return builder.bitcast(builder.icmp_signed("<", signs, ir.Constant(_row(summed), None)), _INDEX)

    return build


def _built(typing: Callable[..., tuple[Part, Code]]) -> Callable[..., int]:
    """What compiled code may call."""
    return cast(Callable[..., int], intrinsic(typing))


@_built
def step_high(
    _context: Part, near: Part, bins: Part, at: Part, counts: Part, floors: Part, running: Part
) -> tuple[Part, Code]:
    """Adds eight areas to the running sums; the bits of the lanes that rose above a floor."""
    return types.uint64(near, bins, at, counts, floors, running), _steps(low=False)


@_built
def step_both(
    _context: Part, near: Part, bins: Part, at: Part, counts: Part, floors: Part, ceilings: Part, running: Part
) -> tuple[Part, Code]:
    """The same, with the lanes too that stayed under a ceiling."""
    return types.uint64(near, bins, at, counts, floors, ceilings, running), _steps(low=True)
