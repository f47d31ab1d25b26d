"""Order of axes and features: reshaping, flattening, permuting; and inputs that are merged."""

from collections.abc import Iterator
from itertools import combinations, permutations
from math import prod

from parity.diagnose import places, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import PERMUTES, RESHAPES
from parity.mapping.rules.operations import KERAS
from parity.records import axis_order
from parity.records.comparison import Step
from parity.records.interventions import Change

JOINS = ("cat", "concat", "concatenate")
MERGES = {
    **dict.fromkeys(("add", "iadd"), "add"),
    **dict.fromkeys(("sub", "isub", "subtract"), "subtract"),
    **dict.fromkeys(("mul", "imul", "multiply"), "multiply"),
    "maximum": "maximum",
    "minimum": "minimum",
}
KERAS_MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    kind = reading.layer(case).kind
    if kind == "Reshape":
        yield from reshape(case)
    elif KERAS.get(kind) == "permute":
        yield from permute(case)
    elif kind == "Concatenate":
        yield from concatenate(case)
    elif kind.lower() in KERAS_MERGES:
        yield from merge(case, kind.lower())
    elif kind in ("Dense", "EinsumDense"):
        yield from dense(case)
    yield from flatten(case)


def dense(case: Case) -> Iterator[Hypothesis]:
    """A Dense works on the channels, which stand last in Keras; Linear on torch's last axis."""
    for step in reading.of(case, reading.LINEAR):
        rank = len(step.shape)
        place = reading.axis_at(case, step, -1)
        if rank == len(reading.layer_input(case)) > 2 and place != rank - 1:
            there = (*(a for a in range(rank) if a != place), place)
            back = tuple(there.index(a) for a in range(rank))
            yield Hypothesis(
                "axis-order",
                f"{step.name} works along axis {rank - 1} of the port, Keras along the channels",
                writing.called(step, f"x.movedim({place}, -1)") + f".movedim(-1, {place})",
                (
                    Change(step.name, "input", "permute", {"dims": there}),
                    Change(step.name, "output", "permute", {"dims": back}),
                ),
            )


def reshape(case: Case) -> Iterator[Hypothesis]:
    """Keras fills the new shape with channels last."""
    steps = reading.of(case, (*RESHAPES, *PERMUTES))
    if not steps:
        return
    *others, last = steps
    before = reading.axes(case)
    torch_shape = reading.torch_input(case)
    present = places.after(case.torch, torch_shape)
    for shape, after in _layouts(reading.layer(case).shape, last.shape):
        whole = (torch_shape[0], *shape)
        wanted = places.numbered(torch_shape).transpose(before).reshape(whole).transpose(after)
        if places.are_equal(present, wanted):
            return  # or in a layout that is as good
        yield Hypothesis(
            "reshape-order",
            f"the port reads the values into {last.shape[1:]}, Keras into "
            f"{reading.layer(case).shape[1:]}",
            reshape_fix(before, shape, after),
            (
                *(reading.left_out(step) for step in others),
                Change(
                    last.name,
                    "call",
                    "reshape_as_keras",
                    {"before": before, "shape": shape, "after": after},
                ),
            ),
        )


def reshape_fix(before: tuple[int, ...], shape: tuple[int, ...], after: tuple[int, ...]) -> str:
    to_keras = "" if before == tuple(range(len(before))) else f".permute{before}"
    to_torch = "" if after == tuple(range(len(after))) else f".permute{after}"
    return f"x{to_keras}.reshape(len(x), {', '.join(map(str, shape))}){to_torch}"


def _layouts(
    keras: tuple[int, ...], torch: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Shapes that Keras's order is read into, and permutations of their axes that give torch's:
    channels first, or as Keras; or torch's own shape, if that has fewer axes of as many values."""
    for after in dict.fromkeys((reading.to_torch(len(keras)), tuple(range(len(keras))))):
        if len(torch) == len(keras) and tuple(keras[axis] for axis in after)[1:] == torch[1:]:
            yield keras[1:], after
    if len(torch) < len(keras) and prod(torch[1:]) == prod(keras[1:]):
        yield torch[1:], tuple(range(len(torch)))


def permute(case: Case) -> Iterator[Hypothesis]:
    """Keras names axes of channels-last tensors; a layer names them from 1."""
    steps = reading.of(case, PERMUTES)
    if not steps:
        return
    *others, last = steps
    rank = len(reading.layer(case).shape)
    order = axis_order.of(reading.config(case), rank)
    shape = reading.torch_input(case)
    present = places.after(case.torch, shape)
    for after in dict.fromkeys((reading.to_torch(rank), tuple(range(rank)))):
        dims = tuple(reading.torch_axis(case, order[axis]) for axis in after)
        if places.are_equal(present, places.numbered(shape).transpose(dims)):
            return
        yield Hypothesis(
            "axis-order",
            f"{last.name} puts axes elsewhere; Keras's order {order} is torch's {dims}",
            f"x.permute{dims}",
            (
                *(reading.left_out(step) for step in others),
                Change(last.name, "call", "permute", {"dims": dims}),
            ),
        )


def flatten(case: Case) -> Iterator[Hypothesis]:
    """Keras flattens channels last. Dense weights of the one order do not fit the other."""
    shape = _before_flatten(case)
    flat = next((s for s in case.torch if s.kind in RESHAPES and len(s.shape) == 2), None)
    if flat is None or shape is None or len(shape) < 3 or max(shape[1:-1]) == 1:
        return
    turned = [s for s in case.torch[: case.torch.index(flat)] if s.kind in PERMUTES]
    if turned:
        yield Hypothesis(
            "flatten-order",
            f"the port permutes axes ({turned[0].name}) before it flattens",
            writing.without(*turned),
            tuple(reading.left_out(step) for step in turned),
        )
        return
    rank = len(shape)
    dims = case.axes if len(case.axes) == rank else (0, *range(2, rank), 1)
    if dims == tuple(range(rank)):
        return
    own = tuple(shape[dims.index(axis)] for axis in range(1, rank))
    yield Hypothesis(
        "flatten-order",
        f"the port flattens {own} in torch's order, Keras {shape[1:]} with channels last",
        f"x = x.permute{dims}",
        (Change(flat.name, "input", "permute", {"dims": dims}),),
    )


def _before_flatten(case: Case) -> tuple[int, ...] | None:
    """What Keras flattens, where the case shows it."""
    shapes = [case.input_shape, *(step.shape for step in case.keras)]
    return next((s for s, k in zip(shapes, case.keras, strict=False) if k.kind == "Flatten"), None)


def concatenate(case: Case) -> Iterator[Hypothesis]:
    """The port may join in several steps what Keras joins in one."""
    for step in reading.of(case, JOINS):
        yield from _joined(case, step)


def _joined(case: Case, step: Step) -> Iterator[Hypothesis]:
    axis = reading.config(case).get("axis", -1)
    wanted, rank = reading.torch_axis(case, axis), len(reading.layer_input(case))
    present = step.settings.get("dim", 0)
    if present % rank != wanted:
        yield Hypothesis(
            "concat-axis",
            f"joined along dim {present} in the port; Keras's axis {axis} is torch's {wanted}",
            f"torch.cat(tensors, {wanted})",
            (Change(step.name, "setting", "dim", wanted),),
        )
    for order in _other_orders(max(len(step.inputs) + len(step.variables), 2)):
        yield Hypothesis(
            "merge-order",
            f"Keras joins the inputs in the order {order} of the port's",
            f"torch.cat([tensors[i] for i in {order}], {wanted})",
            (Change(step.name, "call", "concatenate", {"dim": wanted, "order": order}),),
        )


def merge(case: Case, wanted: str) -> Iterator[Hypothesis]:
    """Elementwise merging of two or more inputs; the port joins them two at a time."""
    steps = reading.of(case, MERGES)
    if not steps:
        return
    present = MERGES[steps[0].kind]
    if wanted == "subtract":
        yield Hypothesis(
            "merge-order",
            "the port subtracts in the other direction",
            "b - a",
            (Change(steps[-1].name, "call", "merge", {"kind": wanted, "order": (1, 0)}),),
        )
    halved = present == "add" and wanted == "average" and len(case.torch) > len(steps)
    if present != wanted and not halved:
        count = len(steps) + 1
        changes = [Change(s.name, "call", "merge", _pairwise(wanted)) for s in steps]
        if wanted == "average":  # a sum of all, divided once
            changes.append(Change(steps[-1].name, "output", "scale", {"by": 1 / count}))
        yield Hypothesis(
            "merge-kind",
            f"{present} in the port, {wanted} in Keras",
            _merged(wanted, count),
            tuple(changes),
        )


def _merged(kind: str, count: int) -> str:
    if kind != "average":
        return f"torch.{_TORCH[kind]}(a, b)"
    return "(a + b) / 2" if count == 2 else f"y = sum(tensors) / {count}"


_TORCH = {"add": "add", "subtract": "sub", "multiply": "mul"}
_TORCH |= {"maximum": "maximum", "minimum": "minimum"}


def _pairwise(kind: str) -> dict[str, object]:
    return {"kind": "add" if kind == "average" else kind, "order": (0, 1)}


def _other_orders(count: int) -> list[tuple[int, ...]]:
    """All of up to four inputs; of more, two exchanged, all turned round, or passed on by some."""
    places = tuple(range(count))
    if count <= 4:
        return [order for order in permutations(places) if order != places]
    swapped = [
        tuple({i: j, j: i}.get(place, place) for place in places)
        for i, j in combinations(places, 2)
    ]
    passed_on = [places[first:] + places[:first] for first in places[1:]]
    return list(dict.fromkeys([places[::-1], *swapped, *passed_on]))
