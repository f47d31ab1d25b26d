"""Steps that Keras has not, settings that every kind of layer has, and narrower floats."""

from collections.abc import Iterator
from dataclasses import replace

from parity.diagnose import operators, reading, writing
from parity.diagnose.activation_of import of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import PERMUTES, RESHAPES
from parity.records.comparison import Step, Variable
from parity.records.interventions import Change

NARROW = ("half", "bfloat16")
KNOWN = ("torch.nn", "parity.semantics")
NO_STEPS = reading.DROPOUTS | {"Identity", "contiguous", "clone", "detach"}
# These take the form of a value, and nothing else of it: it would not stand in for what they give.
OF_FORM = {
    f"{value}_like" for value in ("zeros", "ones", "full", "empty", "rand", "randn", "randint")
}
OF_FORM |= {f"new_{value}" for value in ("zeros", "ones", "full", "empty", "tensor")}
SCALINGS = ("add", "sub", "rsub", "mul", "div", "rdiv", "iadd", "isub", "imul", "idiv", "neg")
# Keras's setting, torch's, its cause
SETTINGS = (
    ("strides", "stride", "stride"),
    ("dilation_rate", "dilation", "dilation"),
)


def settings(case: Case) -> Iterator[Hypothesis]:
    """Stride and dilation of a convolution."""
    found = reading.of(case, reading.CONVOLUTIONS | reading.TRANSPOSED)
    if not found:
        return
    step, count = found[0], len(reading.spatial(case))
    for keras, torch, cause in SETTINGS:
        wanted = reading.each(reading.config(case).get(keras, 1), count)
        present = reading.each(step.settings.get(torch, 1), count)
        if wanted != present:
            yield Hypothesis(
                cause,
                f"{torch} is {present} in the port, {wanted} in Keras",
                writing.with_settings(step, **{torch: wanted if len({*wanted}) > 1 else wanted[0]}),
                (Change(step.name, "setting", torch, wanted),),
            )


def renormed(case: Case) -> Iterator[Hypothesis]:
    """An embedding of the port's that cuts its rows to a norm; Keras's has no such setting."""
    for step in reading.of(case, ("Embedding", "embedding", "EmbeddingBag")):
        if step.settings.get("max_norm") is not None:
            yield Hypothesis(
                "embedding-max-norm",
                f"max_norm is {reading.figure(step.settings['max_norm'])} in the port",
                writing.with_settings(step, max_norm=None),
                (Change(step.name, "setting", "max_norm", None),),
            )


def computed(case: Case) -> Iterator[Hypothesis]:
    """A weight that the port computes of Keras's, as by a norm that it never exceeds. Keras's own
    constraints hold of weights that were trained."""
    settings = (item for step in case.keras for item in step.settings.items())
    if any(value for name, value in settings if name.endswith("_constraint")):
        return
    for step in case.torch:
        made = [v for v in step.variables if v.computed_by and v.name in case.values]
        if made and reading.is_module(step):
            told = ", ".join(f"`{v.name}` by {v.computed_by}" for v in made)
            lines = (f'{_undone(v)}({writing.attribute(step.path)}, "{v.role}")' for v in made)
            given = {v.role: case.values[v.name] for v in made}
            yield Hypothesis(
                "layer-extra",
                f"the port computes {told}, Keras takes its weight as it is",
                "; ".join(lines),
                (Change(step.name, "call", "with_weights", given),),
            )


def own_forward(case: Case) -> Iterator[Hypothesis]:
    """A module of a person's own class, called as the class of torch's that it comes from."""
    for step in case.torch:
        if own := of_own_class(step):
            yield Hypothesis(
                "layer-extra",
                f"{step.name} is a {own.rpartition('.')[2]}, which does more than the "
                f"nn.{step.kind} that it comes from",
                writing.with_settings(step),
                (Change(step.name, "call", "without_own_forward"),),
            )


def of_own_class(step: Step) -> str:
    """The class of a module that a person wrote after one of torch's; "" of another step."""
    owners = sorted({v.owner for v in step.variables if v.owner and reading.is_module(step)})
    return next((name for name in owners if not name.startswith(KNOWN)), "")


def _undone(variable: Variable) -> str:
    is_pruned = variable.computed_by == "torch.nn.utils.prune"
    name = "prune.remove" if is_pruned else "parametrize.remove_parametrizations"
    return f"torch.nn.utils.{name}"


def casts(case: Case) -> Iterator[Hypothesis]:
    """Casts to float16 or bfloat16; those to wider types lose nothing."""
    found = [step for step in case.torch if step.kind in NARROW or _narrows(step)]
    if found:
        names = ", ".join(step.name for step in found)
        yield Hypothesis(
            "dtype",
            f"the port casts to a narrower float type: {names}",
            writing.without(*found),
            tuple(reading.left_out(step) for step in found),
        )


def _narrows(step: Step) -> bool:
    dtype = str(step.settings.get("dtype"))
    return step.kind in ("to", "type") and ("float16" in dtype or "Half" in dtype)


def extra(case: Case) -> Iterator[Hypothesis]:
    """A step left out: first all scalings at an end together, then each step alone."""
    scalings = [is_scaling(step) for step in case.torch]
    begins = next((i for i, own in enumerate(scalings) if not own), len(scalings))
    ends = next((i for i, own in enumerate(reversed(scalings)) if not own), len(scalings))
    head, tail = case.torch[:begins], case.torch[len(case.torch) - ends :]
    if len(head) > 1:
        yield _without(head, "input-normalisation", "prepares its input by")
    if len(tail) > 1 and tail != head:
        yield _without(tail, "output-scaling", "scales its output by")
    for place, step in enumerate(case.torch):
        if place < begins:
            yield _without((step,), "input-scaling", "prepares its input by")
        elif place >= len(case.torch) - ends:
            yield _without((step,), "output-scaling", "scales its output by")
        elif step.kind in PERMUTES:  # without it, values only stand elsewhere
            yield _without((step,), "axis-order", "also does")
        elif activation := of_step(step):
            yield replace(
                _without((step,), "activation-extra", "also does"), subject=activation.name
            )
        elif step.kind not in NO_STEPS | OF_FORM | {*RESHAPES}:
            yield _without((step,), "layer-extra", "also does")
            if operators.joins_two(step):  # of which it may be the second that goes on
                second = Change(step.name, "call", "merge", {"kind": "add", "order": (1,)})
                yield replace(_without((step,), "layer-extra", "also does"), changes=(second,))


def is_scaling(step: Step) -> bool:
    """An operation with a number."""
    return step.kind in SCALINGS and isinstance(step.settings.get("other"), int | float)


def _without(steps: tuple[Step, ...], cause: str, does: str) -> Hypothesis:
    shown = ", ".join(_shown(step) for step in steps)
    return Hypothesis(
        cause,
        f"the port {does} {shown}",
        writing.without(*steps),
        tuple(reading.left_out(step) for step in steps),
        is_tried=True,
    )


def _shown(step: Step) -> str:
    other = step.settings.get("other")
    return step.name if other is None else f"{step.name} ({step.kind} {reading.figure(other)})"
