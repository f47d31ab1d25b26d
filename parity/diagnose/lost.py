"""What Keras has and the port has not: steps in front of a layer or behind it, or its bias."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, product
from typing import Literal

from parity.diagnose import added, addends, operators, rewriting, upsampling, writing
from parity.diagnose.activation_of import of_step
from parity.diagnose.activations import BOUNDS, LOGITS
from parity.diagnose.differing_segment import (
    DifferingSegment,
    Result,
    gap_of,
    is_noise,
    played,
    tried,
)
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.shapes import JOINS
from parity.mapping.rules.operations import ACTIVATIONS, KERAS
from parity.mapping.segments import RANDOM
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Layout, Step
from parity.records.interventions import Change, Lent

LOST = {  # what it means where Keras has such a step and the port has not
    "activation": "activation-missing",
    "permute": "axis-order",
    "flatten": "reshape-order",
}
MOST = 1000  # ways in which several biases may be placed
PARTS = 3  # of what one step gives, as of query, key and value
PREPARING = ("Normalization", "Rescaling")  # the inputs, for which a port may do something else
Base = tuple[Change, ...]  # what is taken for granted


def lost(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Result | None:
    """A Keras step that the port has not: behind the layer, in front of it, or its bias."""
    found = (
        after(subject, played(subject, ()))
        or _ahead(subject, budget)
        or _at_one_input(subject, budget)
    )
    if found is not None and found.hypothesis.changes:
        return found
    return addends.lost(subject) or found


def after(subject: DifferingSegment, values: Array | None, base: Base = ()) -> Result | None:
    """Keras's bias, or its steps behind the layer, if the port's values are those without them.

    values: what the port gives under the changes `base`.
    """
    return _behind(subject, values, base) or bias(subject, values, base)


def bias(subject: DifferingSegment, values: Array | None, base: Base) -> Result | None:
    """Keras's bias, if the port's values are those without it."""
    if subject.without_bias is None or values is None:
        return None
    wanted = tried(subject.without_bias)
    if wanted is None:
        return None
    gap, layout = gap_of(subject, values, wanted)
    if not is_noise(subject, gap):
        return None
    layer = subject.match.keras
    own = dict.fromkeys(name.rpartition("/")[2] for name in subject.biases)
    says = "without its bias, Keras's layer gives what the port gives"
    if [*own] != ["bias"]:
        names = ", ".join(f"`{name}`" for name in own)
        says = f"without {names}, Keras's layer gives what the port gives"
    changes = _proven(subject, (), _with_bias(subject), base)
    fix = "; ".join(_biased(subject, changes))
    return Result(Hypothesis("bias-missing", says, fix, changes), gap, layout, layer)


def _biased(subject: DifferingSegment, changes: Sequence[Change]) -> Iterator[str]:
    """The line for each bias: where it was added, or else at the first step that has a weight."""
    steps = {step.name: step for step in subject.match.torch}
    first = next((name for name, step in steps.items() if step.variables), next(iter(steps)))
    places = [(change.step, change.value["add"]) for change in changes] or [(first, None)]
    for name, bias in places:
        if steps[name].variables or bias is None:
            yield f"{writing.with_settings(steps[name], bias=True)}  # {name}, with a bias"
        else:
            yield f"x = x + bias  # of {bias.array.shape}, to what {name} gives"


def _with_bias(subject: DifferingSegment) -> Iterator[tuple[Change, ...]]:
    """Each bias behind a step, along an axis that is as long: it stands where the kernel is."""
    places = [list(_added_at(subject, subject.lend(name))) for name in subject.biases]
    yield from islice(product(*places), MOST)


def _added_at(subject: DifferingSegment, bias: Lent) -> Iterator[Change]:
    for step in subject.match.torch:
        for axis in dict.fromkeys((1, len(step.shape) - 1)):
            parts, rest = divmod(step.shape[axis], bias.array.size) if axis > 0 else (0, 0)
            if rest or not 0 < parts <= PARTS or (parts > 1 and not step.variables):
                continue
            for part in range(parts):
                at = {"at": part * bias.array.size} if parts > 1 else {}
                yield Change(step.name, "output", "add", {"add": bias, "axis": axis, **at})


def _behind(subject: DifferingSegment, values: Array | None, base: Base) -> Result | None:
    """Keras's last steps, if the port's values are those in front of them; as few as will do."""
    steps = subject.match.keras_steps
    places = reversed(range(len(steps) - 1))
    known = [
        (place, subject.earlier.get(steps[place].name), (steps[place].name,)) for place in places
    ]
    working = [step for step in steps if KERAS.get(step.kind) not in RANDOM]  # at inference
    are_preparing = base and working and all(step.kind in PREPARING for step in working)
    if are_preparing and (taken := subject.taken.get(steps[0].inputs[0])) is not None:
        known.append((-1, taken.array, (steps[0].inputs[0],)))
    for place, earlier, own in known:
        if earlier is not None and values is not None:
            gap, layout = gap_of(subject, values, earlier)
            if is_noise(subject, gap):
                axes, last = added.axes_of(layout, earlier.ndim), subject.match.torch[-1].name
                behind = steps[place + 1 :]
                missing = tuple(step for step in behind if step in working) or behind
                changes = _added(subject, base, missing, axes, last, "output", own)
                return _missing(subject, missing, gap, layout, changes)
    return None


def _ahead(subject: DifferingSegment, budget: Budget) -> Result | None:
    """Keras's steps in front of the layer, if the port agrees when fed with what they give."""
    steps = subject.match.keras_steps
    if _does_something_ahead(subject.match.torch):
        return None
    for place in budget.lasting(range(steps.index(subject.match.keras))):
        earlier = subject.earlier.get(steps[place].name)
        if earlier is not None:
            gap, layout = gap_of(subject, tried(partial(subject.play_on, earlier)))
            if is_noise(subject, gap):
                first = _first(subject.match.torch)
                own = steps[0].inputs
                changes = _added(subject, (), steps[: place + 1], subject.axes, first, "input", own)
                return _missing(subject, steps[: place + 1], gap, layout, changes)
    return None


def ahead(subject: DifferingSegment, budget: Budget = UNLIMITED) -> Iterator[Result]:
    """Keras's steps in front of the layer, done in the port as it runs, beside which there may be
    another fault: not proven alone."""
    steps, own = subject.match.keras_steps, subject.match.keras_steps[0].inputs
    first = _first(subject.match.torch)
    for place in budget.lasting(range(steps.index(subject.match.keras))):
        lacking = steps[: place + 1]
        for changes in filter(None, _ways(subject, lacking, subject.axes, first, "input", own)):
            gap, layout = gap_of(subject, played(subject, changes))
            yield _missing(subject, lacking, gap, layout, changes)


def _does_something_ahead(steps: tuple[Step, ...]) -> bool:
    """Has the port, in front of its weights, a step that would leave its own result as it is? Then
    it agrees on what Keras's step gives, and yet has one of its own: a ReLU6 of a ReLU."""
    weights = (place for place, step in enumerate(steps) if step.variables)
    ahead = steps[: next(weights, len(steps) - 1)]
    return any(of_step(s) is not None or s.kind in {*BOUNDS, *upsampling.STEPS} for s in ahead)


def _proven(
    subject: DifferingSegment, base: Base, ways: Iterable[tuple[Change, ...]], behind: Base = ()
) -> tuple[Change, ...]:
    """The changes that make the segment agree, done between those of `base` and those `behind`;
    none where no way does."""
    for changes in filter(None, ways):
        gap, _ = gap_of(subject, played(subject, (*base, *changes, *behind)))
        if is_noise(subject, gap):
            return changes
    return ()


def _added(
    subject: DifferingSegment,
    base: Base,
    steps: tuple[Step, ...],
    axes: tuple[int, ...],
    place: str,
    where: Literal["input", "output"],
    own: Sequence[str],
) -> tuple[Change, ...]:
    """Steps of Keras's done by the port, too, if it agrees then."""
    return _proven(subject, base, _ways(subject, steps, axes, place, where, own))


def _ways(
    subject: DifferingSegment,
    steps: tuple[Step, ...],
    axes: tuple[int, ...],
    place: str,
    where: Literal["input", "output"],
    own: Sequence[str],
) -> Iterator[tuple[Change, ...]]:
    """Steps of Keras's done by the port. own: what may be the port's."""
    if _may_be_had(subject, steps):
        return
    case = Case(steps, subject.match.torch, subject.input_shape, steps[-1].shape, axes)
    given = subject.lend, subject.taken, subject.answers
    for one in dict.fromkeys(own):
        yield added.changes(case, steps, place, where, *given, one)


def _may_be_had(subject: DifferingSegment, steps: Sequence[Step]) -> bool:
    """Has the port weights that may be theirs? Then they are not lost."""
    return any(v.name in subject.present for step in steps for v in step.variables)


def _at_one_input(subject: DifferingSegment, budget: Budget) -> Result | None:
    """A step of Keras's that stands in front of one of the values which the port joins."""
    joining = [(step, role) for step in subject.match.torch for role in _inputs(step)]
    for layer in subject.match.keras_steps[:-1]:
        if _may_be_had(subject, (layer,)):
            continue
        case = Case((layer,), subject.match.torch, subject.input_shape, layer.shape, subject.axes)
        for step, role in budget.lasting(joining):
            same = len(step.shape) == len(layer.shape) == len(subject.axes)
            axes = subject.axes if same else tuple(range(len(layer.shape)))
            own = replace(case, axes=axes)
            given = subject.lend, subject.taken, subject.answers
            found = added.changes(own, (layer,), step.name, "input", *given)
            changes = tuple(replace(change, role=role) for change in found)
            if proven := _proven(subject, (), [changes]):
                gap, layout = gap_of(subject, played(subject, proven))
                says = f"Keras takes {layer.name} ({layer.kind}) of what {step.name} joins"
                fix = rewriting.line(own, "x" if role == "input" else role)
                cause = LOST.get(_word(layer), "layer-missing")
                return Result(Hypothesis(cause, says, fix, proven), gap, layout, layer)
    return None


def _inputs(step: Step) -> tuple[str, ...]:
    """The arguments of a step that joins values, by torch's names."""
    if step.kind in JOINS:
        return tuple(f"tensors.{place}" for place in range(len(step.inputs)))
    is_of_two = step.kind in operators.KINDS and len(step.inputs) == 2
    return ("input", "other") if is_of_two else ()


def _first(steps: tuple[Step, ...]) -> str:
    """The first of the torch steps that takes something from elsewhere."""
    names = {step.name for step in steps}
    takers = (s.name for s in steps if any(n.partition(":")[0] not in names for n in s.inputs))
    return next(takers, steps[0].name)


def _missing(
    subject: DifferingSegment,
    steps: tuple[Step, ...],
    gap: float,
    layout: Layout,
    changes: tuple[Change, ...],
) -> Result:
    """Steps of Keras's without which both sides agree."""
    # The first is what the finding is about; its name would tell apart what is lost several times.
    names = [steps[0].kind, *(f"{step.name} ({step.kind})" for step in steps[1:])]
    says = f"both agree when Keras goes without {', '.join(names)}"
    cause = LOST.get(_word(steps[0]), "layer-missing")
    cause = "softmax-missing" if _is_softmax(steps[0]) else cause
    about = steps[0].activation or KERAS.get(steps[0].kind, "")
    whole = subject.match.keras_steps
    value = "x" if steps[0] is whole[0] else "y"  # in front of the port's steps, or behind them
    fix = "; ".join(rewriting.line(_case(subject, step), value) for step in steps)
    fix += LOGITS.get(about, "") if _is_activation(steps[-1]) and value == "y" else ""
    return Result(Hypothesis(cause, says, fix, changes, about), gap, layout, steps[0])


def _case(subject: DifferingSegment, step: Step) -> Case:
    """A Keras step of the segment as a case."""
    whole = subject.match.keras_steps
    keras = whole[: whole.index(step) + 1]
    return Case(keras, subject.match.torch, subject.input_shape, step.shape, subject.axes)


def _word(step: Step) -> str:
    return "activation" if _is_activation(step) else KERAS.get(step.kind, step.kind)


def _is_activation(step: Step) -> bool:
    return step.kind == "Activation" or KERAS.get(step.kind) in ACTIVATIONS.values()


def _is_softmax(step: Step) -> bool:
    return "softmax" in (KERAS.get(step.kind), step.activation)
