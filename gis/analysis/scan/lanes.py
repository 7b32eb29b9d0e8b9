"""Steps along a list of neighbours for 64 replicates at once: the innermost loops of the scan.

A *lane* is one replicate of a block of 64. The counts of an area, and the bounds of a bin, are a row with one number
for each lane, so that a step is a load, an addition and a comparison of whole rows. LLVM is given the rows as vectors,
since it cannot know that they do not overlap and would otherwise work lane by lane; it cuts them to the registers of
the processor. Counts are bytes where they can be; sums have 16 bits for up to `MOST_SMALL` cases, 32 for more.

Sums never fall, and neither do bounds from one window to the next wider one. So a *group* of four areas whose last sum
is not above the floor of its first window holds nothing to look at (under low rates: whose first sum is not below the
ceiling of its last window). `leap` goes on while that is so for all lanes; `step` looks at each window of a group.
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
STEPS: Final = 4
"""Areas of a group."""
MOST_BYTE: Final = 255
MOST_SMALL: Final = 32_000
"""Cases up to which 16 bits are enough: for a sum, and for a bound less a sum."""

Counts: TypeAlias = NDArray[np.uint8] | NDArray[np.int16] | NDArray[np.int32]
Sums: TypeAlias = NDArray[np.int16] | NDArray[np.int32]
Part: TypeAlias = Any
"""A type, value or builder of numba and LLVM, which they leave untyped."""
Code = Callable[[Part, Part, Part, Part], Part]
_INDEX: Final = ir.IntType(64)


def fill_rows(number: int, kind: type | np.dtype[Any], value: int) -> NDArray[Any]:
    """Rows of lanes that begin where a line of the processor's cache does, all of one value."""
    size, line = number * LANES * np.dtype(kind).itemsize, 64
    memory = np.empty(size + line, dtype=np.uint8)
    begin = -memory.ctypes.data % line
    rows = memory[begin : begin + size].view(kind).reshape(number, LANES)
    rows[:] = value
    return rows


def _row(kind: Part) -> Part:
    return ir.VectorType(ir.IntType(kind.dtype.bitwidth), LANES)


def _load(builder: Part, kind: Part, base: Part, number: Part = None) -> Part:
    """The row of that number."""
    place = base if number is None else builder.gep(base, [builder.mul(number, ir.Constant(_INDEX, LANES))])
    return builder.load(builder.bitcast(place, _row(kind).as_pointer()), align=kind.dtype.bitwidth // 8)


def _entry(builder: Part, base: Part, at: Part) -> Part:
    """The number at a place of a list."""
    return builder.zext(builder.load(builder.gep(base, [at])), _INDEX)


def _add(builder: Part, kinds: Part, base: Part, number: Part, total: Part) -> Part:
    """The total with a row of counts added; `kinds` are those of counts and sums."""
    counted, summed = kinds
    row = _load(builder, counted, base, number)
    if counted.dtype.bitwidth < summed.dtype.bitwidth:
        row = (builder.sext if counted.dtype.signed else builder.zext)(row, _row(summed))
    return builder.add(total, row)


def _bits(builder: Part, lanes: Part) -> Part:
    return builder.bitcast(lanes, _INDEX)


def _arrays(context: Part, builder: Part, signature: Part, values: Part) -> list[Part]:
    """The arguments, of arrays where their numbers begin."""
    return [
        value if isinstance(kind, types.Integer) else context.make_array(kind)(context, builder, value).data
        for kind, value in zip(signature.args, values, strict=True)
    ]


def _steps(*, low: bool) -> Code:
    """The machine code: near, bins, at, counts, floors[, ceilings], running -> lanes that may hold more."""

    def build(context: Part, builder: Part, signature: Part, values: Part) -> Part:
        near, bins, at, counts, floors, *ceilings, running = _arrays(context, builder, signature, values)
        counted, summed = signature.args[3], signature.args[-1]
        total, signs = _load(builder, summed, running), ir.Constant(_row(summed), None)
        for step in range(STEPS):
            place = builder.add(at, ir.Constant(_INDEX, step))
            window = _entry(builder, bins, place)
            total = _add(builder, (counted, summed), counts, _entry(builder, near, place), total)
            signs = builder.or_(signs, builder.sub(_load(builder, summed, floors, window), total))
            if low:
                signs = builder.or_(signs, builder.sub(total, _load(builder, summed, ceilings[0], window)))
        builder.store(total, builder.bitcast(running, _row(summed).as_pointer()), align=summed.dtype.bitwidth // 8)
        return _bits(builder, builder.icmp_signed("<", signs, ir.Constant(_row(summed), None)))

    return build


def _leaps(*, low: bool) -> Code:
    """The machine code: near, first[, last], at, end, counts, floors[, ceilings], running -> where it stopped."""

    def build(context: Part, builder: Part, signature: Part, values: Part) -> Part:
        near, *edges, at, end, counts, floors = _arrays(context, builder, signature, values)[: 7 if low else 6]
        *ceilings, running = _arrays(context, builder, signature, values)[7 if low else 6 :]
        kinds = signature.args[5 if low else 4], signature.args[-1]
        begin = builder.block
        loop, look, done = (builder.append_basic_block(name) for name in ("loop", "look", "done"))
        before = _load(builder, kinds[1], running)
        builder.branch(loop)
        builder.position_at_end(loop)
        place, sums = builder.phi(_INDEX), builder.phi(_row(kinds[1]))
        place.add_incoming(at, begin)
        sums.add_incoming(before, begin)
        builder.cbranch(builder.icmp_signed("<", place, end), look, done)
        builder.position_at_end(look)
        totals = [sums]
        for step in range(STEPS):
            number = _entry(builder, near, builder.add(place, ir.Constant(_INDEX, step)))
            totals.append(_add(builder, kinds, counts, number, totals[-1]))
        group = builder.udiv(place, ir.Constant(_INDEX, STEPS))
        floor = _load(builder, kinds[1], floors, _entry(builder, edges[0], group))
        lanes = builder.icmp_signed(">", totals[-1], floor)
        if low:
            ceiling = _load(builder, kinds[1], ceilings[0], _entry(builder, edges[1], group))
            lanes = builder.or_(lanes, builder.icmp_signed("<", totals[1], ceiling))
        place.add_incoming(builder.add(place, ir.Constant(_INDEX, STEPS)), look)
        sums.add_incoming(totals[-1], look)
        builder.cbranch(builder.icmp_unsigned("==", _bits(builder, lanes), ir.Constant(_INDEX, 0)), loop, done)
        builder.position_at_end(done)
        builder.store(sums, builder.bitcast(running, _row(kinds[1]).as_pointer()), align=kinds[1].dtype.bitwidth // 8)
        return place

    return build


def _built(typing: Callable[..., tuple[Part, Code]]) -> Callable[..., int]:
    """What compiled code may call."""
    return cast(Callable[..., int], intrinsic(typing))


@_built
def step_high(
    _context: Part, near: Part, bins: Part, at: Part, counts: Part, floors: Part, running: Part
) -> tuple[Part, Code]:
    """Adds a group to the running sums; the bits of the lanes that rose above a floor."""
    return types.uint64(near, bins, at, counts, floors, running), _steps(low=False)


@_built
def step_both(
    _context: Part, near: Part, bins: Part, at: Part, counts: Part, floors: Part, ceilings: Part, running: Part
) -> tuple[Part, Code]:
    """The same, with the lanes too that stayed under a ceiling."""
    return types.uint64(near, bins, at, counts, floors, ceilings, running), _steps(low=True)


@_built
def leap_high(
    _context: Part, near: Part, first: Part, at: Part, end: Part, counts: Part, floors: Part, running: Part
) -> tuple[Part, Code]:
    """Adds groups to the running sums up to the first in which a lane may rise above a floor, or the end; where."""
    return types.int64(near, first, at, end, counts, floors, running), _leaps(low=False)


@_built
def leap_both(
    _context: Part,
    near: Part,
    first: Part,
    last: Part,
    at: Part,
    end: Part,
    counts: Part,
    floors: Part,
    ceilings: Part,
    running: Part,
) -> tuple[Part, Code]:
    """The same, where a lane may stay under a ceiling too."""
    return types.int64(near, first, last, at, end, counts, floors, ceilings, running), _leaps(low=True)
