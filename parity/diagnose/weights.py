"""Weights that stand in another layout than the port's: moved by someone else."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step, Variable
from parity.records.interventions import Change


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        kernel = next((v for v in step.variables if v.role == "weight"), None)
        if kernel is None:
            continue
        if step.kind in reading.LINEAR:
            yield from dense(case, step, kernel)
        elif step.kind in reading.CONVOLUTIONS | reading.TRANSPOSED:
            yield from convolution(step, kernel)
    yield from bias_again(case)


def _weight(step: Step, name: str, **value: Any) -> tuple[Change]:
    return (Change(step.name, "weight", name, value, "weight"),)


def dense(case: Case, step: Step, kernel: Variable) -> Iterator[Hypothesis]:
    """A square kernel fits either way round; features may come from a Flatten."""
    if kernel.shape[0] == kernel.shape[-1]:
        yield Hypothesis(
            "dense-kernel-transpose",
            f"the port's weight {kernel.shape} is Keras's kernel as it stands: (in, out)",
            "weight = weight.T",
            _weight(step, "permute", dims=(1, 0)),
        )
    shape = _flattened(case)
    if shape is None or len(shape) < 2:
        return
    *places, channels = shape
    own, rank = (channels, *places), len(shape)
    for name, form, dims in (
        ("Keras's, channels last", shape, (rank - 1, *range(rank - 1))),
        ("torch's, channels first", own, (*range(1, rank), 0)),
    ):
        there = ", ".join(str(axis + 1) for axis in dims)
        yield Hypothesis(
            "flatten-order",
            f"the columns of the port's weight stand in {name}; what it is fed does not",
            f"weight = weight.unflatten(1, {tuple(form)}).permute(0, {there}).flatten(1)",
            _weight(step, "reorder", shape=form, dims=dims),
        )


def _flattened(case: Case) -> tuple[int, ...] | None:
    """The shape, without the batch, that Keras flattens in front of the layer."""
    shapes = [case.input_shape, *(step.shape for step in case.keras)]
    found = (s[1:] for s, k in zip(shapes, case.keras, strict=False) if k.kind == "Flatten")
    return next(found, None)


def convolution(step: Step, kernel: Variable) -> Iterator[Hypothesis]:
    """Kernels (out, in, height, width); of a transposed convolution (in, out, height, width)."""
    places = kernel.shape[2:]
    rank = len(kernel.shape)
    if len(places) == 2 and places[0] == places[1] > 1:
        yield Hypothesis(
            "conv-kernel-layout",
            "height and width of the port's kernel change places",
            "weight = weight.transpose(2, 3)  # of Keras's: kernel.transpose(3, 2, 1, 0)",
            _weight(step, "permute", dims=(0, 1, 3, 2)),
        )
    if max(places) > 1:
        yield Hypothesis(
            "conv-kernel-flip",
            "the port's kernel is turned by 180 degrees",
            f"weight = weight.flip({', '.join(str(axis) for axis in range(2, rank))})",
            _weight(step, "flip", dims=tuple(range(2, rank))),
        )
    if kernel.shape[0] == kernel.shape[1] > 1:
        yield Hypothesis(
            "conv-channels",
            "input and output channels of the port's kernel change places",
            "weight = weight.transpose(0, 1)",
            _weight(step, "permute", dims=(1, 0, *range(2, rank))),
        )
    groups = step.settings.get("groups", 1)
    multiplier = kernel.shape[0] // groups
    if groups > 1 and multiplier > 1 and kernel.shape[1] == 1:
        yield Hypothesis(
            "depthwise-layout",
            f"the port's {kernel.shape[0]} filters stand multiplier first, {multiplier} x {groups}",
            f"weight = weight.unflatten(0, ({multiplier}, {groups})).transpose(0, 1).flatten(0, 1)",
            _weight(step, "swap_kernel_axes", multiplier=multiplier),
        )


def bias_again(case: Case) -> Iterator[Hypothesis]:
    """A bias that is added to what has it already, or that Keras has not."""
    for step in case.torch:
        if step.kind not in ("add", "iadd") or not step.variables:
            continue
        is_again = any(_is_bias(variable) for variable in step.variables)
        names = ", ".join(variable.name for variable in step.variables)
        yield Hypothesis(
            "bias-doubled" if is_again else "bias-extra",
            f"{step.name} adds {'the bias a second time' if is_again else names}",
            writing.without(step),
            (reading.left_out(step),),
        )


def _is_bias(variable: Variable) -> bool:
    """By its own name: of an addition it is the argument `other`."""
    return variable.name.rpartition(".")[2] == "bias"
