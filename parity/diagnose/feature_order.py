"""Features that stand in another order along their axis: interleaved where Keras joins them, or the
channels of another number of groups."""

from collections.abc import Iterator

from parity.diagnose import reading, table_order
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import RESHAPES
from parity.diagnose.shapes import JOINS
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "feature-order"
SHUFFLES = ("PixelShuffle", "pixel_shuffle", "PixelUnshuffle", "pixel_unshuffle")
UNFOLDS = ("unfold", "Unfold")
REPEATS = ("repeat", "tile", "repeat_interleave")  # all in turn, or each as often
COMPLEX = ("view_as_complex", "view_as_real")  # of features that are pairs
MOST = 8  # ways to read an axis as two


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    yield from table_order.hypotheses(case)
    for step in case.torch:
        if step.kind in JOINS:
            yield from _in_turn(step)
        if step.kind in SHUFFLES:
            yield from _shuffled(step)
        elif step.kind in (*JOINS, *UNFOLDS, *REPEATS) or _flattens(case, step):
            for axis in dict.fromkeys((_joined(step), 1, len(step.shape) - 1)):
                yield from _reordered(step, axis)
        elif step.kind in RESHAPES:
            yield from _regrouped(case, step)
    yield from _around(case)


def _in_turn(step: Step) -> Iterator[Hypothesis]:
    """Several values that are joined in turn, or those of one kind together; the first of them may
    stand apart."""
    count = len(step.inputs)
    dim = step.settings.get("dim", 0)
    orders = [
        (*range(apart), *(apart + row * second + column for column in range(second)
                          for row in range(first)))
        for apart in (0, 1)
        for first, second in _factors(count - apart)
    ]  # fmt: skip
    orders += [
        (*range(apart), *(place + 1 if (place - apart) % 2 == 0 else place - 1
                          for place in range(apart, count)))
        for apart in (0, 1)
        if count > 3 and (count - apart) % 2 == 0
    ]  # fmt: skip
    for order in orders:
        yield Hypothesis(
            "merge-order",
            f"Keras joins the inputs in the order {order} of the port's",
            f"torch.cat([tensors[i] for i in {order}], {dim})",
            (Change(step.name, "call", "concatenate", {"dim": dim, "order": order}),),
        )


def _joined(step: Step) -> int:
    """The axis that a step joins along, where it tells."""
    dim = step.settings.get("dim")
    return dim % len(step.shape) if isinstance(dim, int) else len(step.shape) - 1


def _flattens(case: Case, step: Step) -> bool:
    before = _before(case, step)
    return step.kind in RESHAPES and before is not None and len(step.shape) < len(before)


def _before(case: Case, step: Step) -> tuple[int, ...] | None:
    shapes = {other.name: other.shape for other in case.torch}
    return shapes.get(step.inputs[0].partition(":")[0]) if step.inputs else None


def _factors(size: int) -> list[tuple[int, int]]:
    return [(n, size // n) for n in range(2, size) if size % n == 0 and size // n > 1][:MOST]


def _reordered(step: Step, axis: int) -> Iterator[Hypothesis]:
    for form in _factors(step.shape[axis] if 0 < axis < len(step.shape) else 0):
        yield Hypothesis(
            CAUSE,
            f"{step.name} gives features {form[1]} by {form[1]} along axis {axis}, where Keras "
            "has them in turn",
            f"y = {_turned('y', axis, form)}",
            (Change(step.name, "output", "reorder", _value(axis, form)),),
        )


def _shuffled(step: Step) -> Iterator[Hypothesis]:
    """Channels are (features, places of a block) in torch, and the other way round in Keras."""
    factor = step.settings.get("upscale_factor", step.settings.get("downscale_factor", 0))
    blocks, unshuffles = factor**2, "nshuffle" in step.kind
    features = step.shape[1] // blocks if unshuffles else step.shape[1]
    if features < 2 or not blocks:
        return
    form = (features, blocks) if unshuffles else (blocks, features)
    yield Hypothesis(
        CAUSE,
        f"{step.name} has the channels of one feature together, Keras those of one place of a "
        "block",
        f"{'y' if unshuffles else 'x'} = {_turned('y' if unshuffles else 'x', 1, form)}",
        (Change(step.name, "output" if unshuffles else "input", "reorder", _value(1, form)),),
    )


def _around(case: Case) -> Iterator[Hypothesis]:
    """Features that are paired otherwise, as those of halves or of neighbours in a rotary
    embedding: in another order all steps together do what Keras does, and are put back behind."""
    own, last = {step.name for step in case.torch}, case.torch[-1]
    taking = [s for s in case.torch if any(x.partition(":")[0] not in own for x in s.inputs)]
    pairs = any(step.kind in (*JOINS, *RESHAPES, *COMPLEX) for step in case.torch)
    if not pairs or not taking or any(step.variables for step in case.torch):
        return
    axis = len(last.shape) - 1
    for form in _factors(last.shape[-1] if last.shape[-1] == case.input_shape[-1] else 0):
        back = form[::-1]
        ahead, behind = _turned("x", axis, form), _turned("y", axis, back)
        yield Hypothesis(
            CAUSE,
            f"{taking[0].name} to {last.name} do what Keras does to features that stand "
            f"{form[1]} by {form[1]} along axis {axis}",
            f"x = {ahead}; y = {behind}  # in front of {taking[0].name}, and behind {last.name}",
            (
                *(Change(step.name, "input", "reorder", _value(-1, form)) for step in taking),
                Change(last.name, "output", "reorder", _value(-1, back)),
            ),
        )


def _value(axis: int, form: tuple[int, int]) -> dict[str, object]:
    return {"shape": form, "dims": (1, 0), "axis": axis}


def _turned(value: str, axis: int, form: tuple[int, int]) -> str:
    turned = f".transpose({axis}, {axis + 1}).flatten({axis}, {axis + 1})"
    return f"{value}.unflatten({axis}, {form}){turned}"


def _regrouped(case: Case, step: Step) -> Iterator[Hypothesis]:
    """A view that splits an axis into groups, and may be meant for another number of them."""
    before = _before(case, step) or _outside(case, step)
    if before is None or before[:1] != step.shape[:1]:
        return
    axis = next((i for i in range(1, len(before)) if step.shape[i : i + 1] != before[i : i + 1]), 0)
    groups = step.shape[axis] if 0 < axis < len(step.shape) - 1 else 0
    if not groups or before[axis] % groups:
        return
    size = groups * step.shape[axis + 1]
    for wanted in [n for n in range(1, before[axis] + 1) if before[axis] % n == 0][:MOST]:
        if wanted != groups:
            shape = (*step.shape[1:axis], wanted, size // wanted, *step.shape[axis + 2 :])
            yield _of_groups(case, step, axis, wanted, shape)


def _outside(case: Case, step: Step) -> tuple[int, ...] | None:
    """The shape of the segment's input in the port, for the step that takes it."""
    rank = len(case.input_shape)
    if step is not reading.first(case) or len(case.axes) != rank:
        return None
    return tuple(case.input_shape[case.axes.index(axis)] for axis in range(rank))


def _of_groups(
    case: Case, step: Step, axis: int, wanted: int, shape: tuple[int, ...]
) -> Hypothesis:
    is_norm = reading.layer(case).kind == "GroupNormalization"
    return Hypothesis(
        "groupnorm-groups" if is_norm else "groups",
        f"{step.name} makes {step.shape[axis]} groups along axis {axis}, Keras {wanted}",
        f"y = x.reshape(len(x), {', '.join(map(str, shape))})",
        (Change(step.name, "call", "moved", {"moves": (("reshape", shape),)}),),
    )
