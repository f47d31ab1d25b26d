"""Weights whose shape is another in the port, run with Keras's: a layer gives, or takes, another
number of features, or has another kernel."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import reading, weight_shapes, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

INPUTS = "layer-inputs"
CHANGE = "with_weights"
WIDTHS = (
    ("out_features", "out_channels", "embedding_dim", "hidden_size"),
    ("in_features", "in_channels", "input_size"),
)
Shape = tuple[int, ...]


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        held = {v.role: v for v in step.variables if v.name in case.values and not v.computed_by}
        if held:
            roles = (*(role for role in ("weight", "weight_hh_l0") if role in held), *held)
            first = held[roles[0]]
            wanted = case.values[first.name].array.shape
            given = {role: case.values[v.name] for role, v in held.items()}
            change = Change(step.name, "call", CHANGE, given)
            others = _groups(case, step) or _padding(case, step, first.shape, wanted)
            settings = [Change(step.name, "setting", *each) for each in others.items()]
            told = _told(step, roles[0], (first.shape, wanted), others)
            yield Hypothesis(*told, (*settings, change))


def _groups(case: Case, step: Step) -> dict[str, Any]:
    """Keras's groups, of another number than the port's: each takes another part of the
    channels."""
    wanted, present = reading.config(case).get("groups"), weight_shapes.groups_of(step)
    return {"groups": wanted} if None not in (wanted, present) and wanted != present else {}


def _padding(case: Case, step: Step, present: Shape, wanted: Shape) -> dict[str, Any]:
    """What a kernel of Keras's size is padded by, where the port's is as Keras pads one of its."""
    if present[2:] == wanted[2:] or not reading.is_module(step) or len(case.keras) > 1:
        return {}
    own = weight_shapes.padding_of(reading.config(case), step, present[2:])
    is_alike = all(step.settings.get(name) == amount for name, amount in own.items())
    return (
        weight_shapes.padding_of(reading.config(case), step, wanted[2:]) if own and is_alike else {}
    )


def _told(
    step: Step, role: str, shapes: tuple[Shape, Shape], others: dict[str, Any]
) -> tuple[str, str, str]:
    """The cause, what is said, and the line that mends it. shapes: of this role's tensor, in the
    port and in Keras; others: settings that go with it."""
    present, wanted = shapes
    if "groups" in others:
        return "groups", *weight_shapes.told_of_groups(step, others["groups"])
    kernels = [" x ".join(map(str, shape[2:])) for shape in shapes]
    if present[2:] != wanted[2:]:
        fix = writing.with_settings(step, kernel_size=wanted[2:], **others)
        says = f"the kernel of {step.name} is {kernels[0]} in the port, {kernels[1]} in Keras"
        return "kernel-size", says, fix
    (given, taken), (wanted_given, wanted_taken) = (_ends(step, role, shape) for shape in shapes)
    if "mbedding" in step.kind and given == wanted_given:
        says = f"the table of {step.name} has {taken} rows in the port, {wanted_taken} in Keras"
        rows = {"num_embeddings": wanted_taken} if "num_embeddings" in step.settings else {}
        fix = writing.with_settings(step, **rows) if rows else f"rows = {wanted_taken}"
        return "table-rows", says, fix
    if given != wanted_given:
        says = f"{step.name} gives {given} features in the port, {wanted_given} in Keras"
        return "layer-width", says, _written(step, 0, wanted_given)
    says = f"{step.name} takes {taken} features in the port, {wanted_taken} in Keras"
    return INPUTS, says, _written(step, 1, wanted_taken)


def _ends(step: Step, role: str, shape: Shape) -> tuple[int, int]:
    """How many features a weight of this shape gives, and takes."""
    if len(shape) < 2 or role.startswith("weight_ih"):
        return 0, shape[-1]
    if role.startswith("weight_hh"):  # of which the state has as many
        return shape[1], 0
    if step.kind in reading.TRANSPOSED or "mbedding" in step.kind:
        return shape[1], shape[0]
    return shape[0], shape[1]


def _written(step: Step, which: int, wanted: int) -> str:
    names = [name for name in WIDTHS[which] if name in step.settings]
    if names:
        return writing.with_settings(step, **{names[0]: wanted})
    return f"{writing.called(step)}  # with a weight for {wanted}"
