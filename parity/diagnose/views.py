"""A view, or a reshape, in the place of a permutation: the shape is right, the values are not."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, permutations, product
from operator import mul

from parity.diagnose import places, reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import PERMUTES, RESHAPES
from parity.mapping.rules.operations import KERAS
from parity.records import axis_order
from parity.records.comparison import Array, Step
from parity.records.interventions import Change

MOST = 12  # ways to turn the axes of all such views together

Shape = tuple[int, ...]
Move = tuple[str, Shape]  # "permute" and axes, or "reshape" and a shape without the batch's axis
Moves = tuple[Move, ...]


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    yield from turned_and_reshaped(case)
    yield from across(case)
    yield from heads(case)
    yield from sequences(case)


def turned_and_reshaped(case: Case) -> Iterator[Hypothesis]:
    """Keras turns axes and fills another shape; the port fills that shape with what it has."""
    kinds = {KERAS.get(step.kind) for step in case.keras}
    steps = reading.of(case, (*RESHAPES, *PERMUTES))
    if kinds != {"permute", "flatten"} or len(steps) < len(case.torch):
        return
    *others, last = steps
    (axes, shape), keras = given(case), case.keras[-1].shape
    rank = len(keras)
    for after in dict.fromkeys((reading.to_torch(rank), tuple(range(rank)))):
        moves = _joined([("permute", axes), *map(_move, case.keras), ("permute", after)])
        if tuple(keras[axis] for axis in after)[1:] != last.shape[1:]:
            continue
        if places.are_equal(places.after(case.torch, shape), _moved(shape, moves)):
            return  # or in a layout that is as good
        yield Hypothesis(
            "axis-order",
            f"the port reads the values into {last.shape[1:]} without turning the axes as Keras",
            _line(moves),
            (
                *(reading.left_out(step) for step in others),
                Change(last.name, "call", "moved", {"moves": moves}),
            ),
        )


def across(case: Case) -> Iterator[Hypothesis]:
    """A view that cuts across the axes of what it takes may have been meant to turn them, before or
    behind: all such together, and each alone."""
    found = [(step, ways) for step in reading.of(case, RESHAPES) if (ways := _ways(case, step))]
    several = product(*(ways for _, ways in found)) if len(found) > 1 else ()
    for chosen in islice(several, MOST):
        yield _turned([(step, moves) for (step, _), moves in zip(found, chosen, strict=True)])
    for step, ways in found:
        for moves in ways:
            yield _turned([(step, moves)])


def heads(case: Case) -> Iterator[Hypothesis]:
    """Heads that are split off by a view (samples, heads, steps, width) are no heads."""
    for step in reading.of(case, ("scaled_dot_product_attention",)):
        if len(step.shape) == 4:
            yield Hypothesis(
                "axis-order",
                "query, key and value are read into heads and steps, where steps come first",
                "x = x.reshape(len(x), x.shape[2], x.shape[1], -1).transpose(1, 2)  # each of them",
                tuple(
                    Change(step.name, "input", "heads_of_steps", {}, role)
                    for role in ("query", "key", "value")
                ),
            )


def sequences(case: Case) -> Iterator[Hypothesis]:
    """Steps of all samples as one axis are read into sequences, by the other order of these: the
    steps of one sample stand together there, or the samples of one step."""
    shapes = {step.name: step.shape for step in case.torch}
    for step in reading.of(case, RESHAPES):
        source = step.inputs[0].partition(":")[0] if step.inputs else ""
        before, (first, *rest) = shapes.get(source, case.input_shape), step.shape
        if not rest or before[:1] != (first * rest[0],):
            continue
        sizes = (rest[0], -1) if first == case.output_shape[0] else (-1, first)
        yield Hypothesis(
            "axis-order",
            f"{step.name} reads samples and steps into {step.shape[:2]} as if they stood in the "
            "other order",
            f"x.unflatten(0, {sizes}).transpose(0, 1)",
            (Change(step.name, "output", "samples_of_steps", {}),),
        )


def _turned(steps: Sequence[tuple[Step, Moves]]) -> Hypothesis:
    names = ", ".join(f"{step.name} into {step.shape[1:]}" for step, _ in steps)
    return Hypothesis(
        "axis-order",
        f"the port reads the values anew ({names}), where axes change places",
        "; ".join(_line(moves) for _, moves in steps),
        tuple(Change(step.name, "call", "moved", {"moves": moves}) for step, moves in steps),
    )


def _ways(case: Case, step: Step) -> list[Moves]:
    """What gives a view's shape without cutting across axes; nothing of one that does not."""
    shapes = {other.name: other.shape for other in case.torch}
    source = step.inputs[0].partition(":")[0] if step.inputs else ""
    outside = given(case)[1] if step is reading.first(case) else ()
    before, after = shapes.get(source, outside), step.shape
    if not before or before[0] != after[0] or _folds(before, after) or _folds(after, before):
        return []
    ahead: list[Moves] = [
        (("permute", turn), *([("reshape", after[1:])] if own != after else []))
        for turn in _turns(len(before))
        if _folds(own := _in_order(before, turn), after)
    ]
    behind: list[Moves] = [
        (("reshape", own[1:]), ("permute", turn))
        for turn in _turns(len(after))
        if _folds(own := _in_order(after, tuple(map(turn.index, range(len(after))))), before)
    ]
    return [*ahead, *(moves for moves in behind if len(after) > len(before))]


def _turns(rank: int) -> Iterator[Shape]:
    return ((0, *axes) for axes in permutations(range(1, rank)))


def _in_order(shape: Shape, axes: Shape) -> Shape:
    return tuple(shape[axis] for axis in axes)


def _folds(fine: Shape, coarse: Shape) -> bool:
    """Is each axis of the one a row of whole axes of the other?"""
    return {*accumulate(coarse, mul)} <= {*accumulate(fine, mul)}


def given(case: Case) -> tuple[Shape, Shape]:
    """The axes of the segment's input in the port, by those of Keras's; and its shape there."""
    rank = len(case.input_shape)
    axes = case.axes if len(case.axes) == rank else tuple(range(rank))
    return axes, tuple(case.input_shape[axes.index(axis)] for axis in range(rank))


def _move(step: Step) -> Move:
    """What a Keras layer that only moves values does."""
    if KERAS.get(step.kind) == "permute":
        return "permute", axis_order.of(step.settings, len(step.shape))
    return "reshape", step.shape[1:]


def _joined(moves: Sequence[Move]) -> Moves:
    """The same in fewer: permutations that follow each other in one, and none that does nothing."""
    found: list[Move] = []
    for kind, value in moves:
        if found and kind == found[-1][0] == "permute":
            found[-1] = kind, _in_order(found[-1][1], value)
        else:
            found.append((kind, value))
    return tuple(move for move in found if move[0] == "reshape" or list(move[1]) != sorted(move[1]))


def _moved(shape: Shape, moves: Sequence[Move]) -> Array:
    values = places.numbered(shape)
    for kind, value in moves:
        values = (
            values.transpose(value) if kind == "permute" else values.reshape(len(values), *value)
        )
    return values


def _line(moves: Sequence[Move]) -> str:
    shown = (
        f".permute{value}"
        if kind == "permute"
        else f".reshape(len(x), {', '.join(map(str, value))})"
        for kind, value in moves
    )
    return "x" + "".join(shown)
