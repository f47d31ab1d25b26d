"""What a port takes of an axis, and Keras takes elsewhere: another slice, another element, every
other value, a roll by another number."""

from collections.abc import Iterator, Sequence
from typing import Any

from parity.diagnose import reading, views
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE, SHIFTED = "other-places", "rolled"
MOST = 16  # ways to take as many values of an axis
TAKING = ("getitem", "slice", "take", "gather")

Shape = tuple[int, ...]
Part = Any  # of an index: a slice, a number, or numbers


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        shape = _source(case, step)
        if step.kind == "getitem" and shape:
            yield from _of_index(case, step, shape)
        elif step.kind == "select" and shape:
            yield from _of_select(step, shape)
        elif step.kind == "narrow" and shape:
            yield from _of_narrow(case, step, shape)
        elif step.kind == "index_select" and shape:
            yield from _of_constant(step, shape)
        elif step.kind == "roll":
            yield from _of_roll(step)


def _source(case: Case, step: Step) -> Shape:
    """The shape of what a step takes; () where the case does not show it."""
    shapes = {other.name: other.shape for other in case.torch}
    owner, _, leaf = step.inputs[0].partition(":") if step.inputs else ("", "", "")
    if owner in shapes:
        return () if leaf else shapes[owner]
    return views.given(case)[1]


def _of_index(case: Case, step: Step, shape: Shape) -> Iterator[Hypothesis]:
    """As Keras takes them; all of its parts that are alike together, then each alone."""
    index = step.settings.get("index")
    whole = index if isinstance(index, tuple) else (index,)
    theirs = _of_keras(case, step, len(shape))
    if theirs is not None and theirs != whole:
        yield _hypothesis(step, whole, theirs, (Change(step.name, "setting", "index", theirs),))
    parts = [(place, axis) for place, axis in _axes(whole, len(shape)) if _selects(whole[place])]
    ways: dict[str, tuple[Part, ...]] = {}
    for one, axis in parts:
        alike = [
            place for place, other in parts
            if whole[place] == whole[one] and shape[other] == shape[axis]
        ]  # fmt: skip
        for found in _others(whole[one], shape[axis], _counts(case, axis, shape)):
            for places in (alike, [one]):
                way = tuple(found if i in places else part for i, part in enumerate(whole))
                ways.setdefault(repr(way), way)
    for way in ways.values():
        yield _hypothesis(step, whole, way, (Change(step.name, "setting", "index", way),))


def _of_keras(case: Case, step: Step, rank: int) -> tuple[Part, ...] | None:
    """What Keras's x[...] takes, in the port's order of the axes; None of another layer."""
    parts = reading.config(case).get("index")
    if reading.layer(case).kind != "GetItem" or parts is None or None in parts:
        return None
    behind = parts.index("...") if "..." in parts else len(parts)
    every = [slice(None)] * (rank - len([part for part in parts if part != "..."]))
    own = [slice(*part) if isinstance(part, list) else part for part in parts if part != "..."]
    own[behind:behind] = every
    places = [reading.axis_at(case, step, axis) for axis in range(rank)]
    if len(own) != rank or sorted(places) != [*range(rank)]:
        return None
    return tuple(own[places.index(axis)] for axis in range(rank))


def _axes(index: Sequence[Part], rank: int) -> Iterator[tuple[int, int]]:
    """Each part of an index that stands for an axis, with the axis."""
    if any(part is None or isinstance(part, bool) for part in index):
        return
    behind = next((place for place, part in enumerate(index) if part is Ellipsis), len(index))
    for place, part in enumerate(index):
        if part is not Ellipsis:
            axis = place if place < behind else rank - len(index) + place
            if 0 < axis < rank:  # samples are not for choosing
                yield place, axis


def _selects(part: Part) -> bool:
    is_list = isinstance(part, tuple | list) and all(type(one) is int for one in part)
    return type(part) is int or is_list or (isinstance(part, slice) and part != slice(None))


def _counts(case: Case, axis: int, shape: Shape) -> list[int]:
    """How many values Keras may take: as its own steps that take some give."""
    steps = [step for step in case.keras if KERAS.get(step.kind, step.kind.lower()) in TAKING]
    steps += [step for step in case.keras if step.kind == "GetItem"]
    return [n for step in steps for n in step.shape[1:] if 0 < n < shape[axis]]


def _others(part: Part, length: int, counts: Sequence[int]) -> Iterator[Part]:
    """Other ways to take as many of an axis, those first that are near."""
    if type(part) is int:
        own = part % length
        near = sorted(range(length), key=lambda place: abs(place - own))
        yield from [place for place in near if place != own][:MOST]
        return
    places = [*range(*part.indices(length))] if isinstance(part, slice) else [*part]
    if not places:
        return
    start, pace = places[0], places[1] - places[0] if len(places) > 1 else 1
    found = [
        range(first, first + by * (count - 1) + 1, by)
        for count in dict.fromkeys((len(places), *counts))
        for by in sorted(range(1, length), key=lambda by: abs(by - pace))
        for first in sorted(range(length - by * (count - 1)), key=lambda n: abs(n - start))
    ]
    for taken in [one for one in found if [*one] != places][:MOST]:
        first, by = taken.start, taken.step
        is_whole = taken[-1] + by >= length
        yield slice(first or None, None if is_whole else taken[-1] + 1, by if by > 1 else None)
    if not isinstance(part, slice):
        for by in range(1, length):
            for moved in ([one + by for one in places], [one - by for one in places]):
                if min(moved) >= 0 and max(moved) < length:
                    yield moved


def _hypothesis(step: Step, present: Any, wanted: Any, changes: tuple[Change, ...]) -> Hypothesis:
    return Hypothesis(
        CAUSE,
        f"{step.name} takes x[{written(present)}] in the port, Keras x[{written(wanted)}]",
        f"y = x[{written(wanted)}]",
        changes,
    )


def written(index: Any) -> str:
    """An index as Python has it between its brackets."""
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(map(_part, parts))


def _part(part: Part) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return str(part)
    ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
    return ":".join(ends if part.step in (None, 1) else [*ends, str(part.step)])


def _along(dim: int, part: Part) -> tuple[Part, ...]:
    return (*(slice(None),) * dim, part)


def _of_select(step: Step, shape: Shape) -> Iterator[Hypothesis]:
    dim, index = step.settings.get("dim"), step.settings.get("index")
    if type(dim) is int and type(index) is int and dim % len(shape):
        dim %= len(shape)
        for other in _others(index, shape[dim], ()):
            change = Change(step.name, "setting", "index", other)
            yield _hypothesis(step, _along(dim, index), _along(dim, other), (change,))


def _of_narrow(case: Case, step: Step, shape: Shape) -> Iterator[Hypothesis]:
    dim, start, count = (step.settings.get(name) for name in ("dim", "start", "length"))
    if dim is None or start is None or count is None or not dim % len(shape):
        return
    dim %= len(shape)
    present = slice(start, start + count)
    for other in _others(present, shape[dim], _counts(case, dim, shape)):
        index = _along(dim, other)
        change = Change(step.name, "call", "taken", {"index": index})
        yield _hypothesis(step, _along(dim, present), index, (change,))


def _of_constant(step: Step, shape: Shape) -> Iterator[Hypothesis]:
    """Places that stand in a tensor: as many, in a row or not."""
    dim = step.settings.get("dim")
    if type(dim) is int and dim % len(shape):
        dim %= len(shape)
        present = [*range(step.shape[dim])]
        for other in [slice(0, step.shape[dim]), *_others(present, shape[dim], ())]:
            index = _along(dim, other)
            yield Hypothesis(
                CAUSE,
                f"{step.name} takes other places of axis {dim} in the port than Keras, "
                f"x[{written(index)}]",
                f"y = x[{written(index)}]",
                (Change(step.name, "call", "taken", {"index": index}),),
            )


def _of_roll(step: Step) -> Iterator[Hypothesis]:
    """By other numbers, the other way round first; then along other axes."""
    shifts, dims = step.settings.get("shifts"), step.settings.get("dims")
    if dims is None or shifts is None:
        return
    by, along = (one if isinstance(one, tuple | list) else (one,) for one in (shifts, dims))
    rank = len(step.shape)
    ways = [(tuple(-one for one in by), tuple(along))]
    length = max(step.shape[axis] for axis in along)
    near = sorted(range(1, length), key=lambda n: abs(n - abs(by[0])))[: MOST // 2]
    ways += [((n,) * len(by), tuple(along)) for near_n in near for n in (near_n, -near_n)]
    for axis in range(1, rank) if len(by) == 1 else ():
        ways += [((n,), (axis,)) for n in (by[0], -by[0]) if axis != along[0] % rank]
    for other, there in ways:
        if (other, there) != (tuple(by), tuple(along)):
            given = (other[0], there[0]) if len(other) == 1 else (other, there)
            yield Hypothesis(
                SHIFTED,
                f"{step.name} rolls by {shifts} along {dims} in the port, Keras by {given[0]} "
                f"along {given[1]}",
                f"y = x.roll({given[0]}, {given[1]})",
                (
                    Change(step.name, "setting", "shifts", given[0]),
                    Change(step.name, "setting", "dims", given[1]),
                ),
            )
