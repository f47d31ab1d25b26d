"""Causes that show before any value is compared: weights that do not fit, by the layers' settings.

There is nothing to intervene with where a kernel has another shape. What both layers say of
themselves is compared instead.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from parity.diagnose import reading, writing
from parity.diagnose.causes import CAUSES
from parity.mapping import single_moves
from parity.records.comparison import Alignment, Cause, Finding, Ledger, Match, Step, Variable

PROJECTIONS = 4  # query, key, value, and back
# Keras's setting of how many features a layer gives, and torch's.
WIDTHS = {
    **dict.fromkeys(("Dense", "LSTM", "GRU", "SimpleRNN", "Bidirectional"), "units"),
    **{f"Conv{rank}D{more}": "filters" for rank in (1, 2, 3) for more in ("", "Transpose")},
    "Embedding": "output_dim",
}
OWN = ("out_features", "out_channels", "hidden_size", "embedding_dim")


def findings(alignment: Alignment, ledger: Ledger) -> Iterator[Finding]:
    """A finding for each layer whose weights do not fit because of a setting."""
    placed = {line.keras.name for line in ledger.lines}
    are_answered = not alignment.keras_left and not ledger.unknown and not ledger.uncalled
    is_other = size(ledger.keras_left) != size(ledger.torch_left)  # no packing of the same
    is_other = is_other and not fit_elsewhere(ledger)
    open_inputs = [
        match.keras.inputs for match in alignment.matches if _left(match.keras.variables, placed)
    ]
    for match in alignment.matches:
        if _left(match.keras.variables, placed):
            yield from _groups(match)
            yield from _kernel(match)
            yield from _heads(match)
            # Of two layers that take the same, one of the port's may hold both.
            if are_answered and is_other and open_inputs.count(match.keras.inputs) == 1:
                yield from _width(match)


def _left(variables: Iterable[Variable], placed: Container[str]) -> list[Variable]:
    return [v for v in variables if v.kind == "weight" and v.name not in placed]


def size(variables: Iterable[Variable]) -> int:
    """Of what is trained: an index that the port keeps in a buffer is no packing of anything."""
    return sum(math.prod(v.shape) for v in variables if v.kind == "weight" and v.trainable)


def fit_elsewhere(ledger: Ledger) -> bool:
    """Has a matrix that is left its shape among those that the port has left? Then the alignment
    may have led it to another's place."""
    ours, theirs = (
        [v for v in side if v.kind == "weight" and len(v.shape) > 1]
        for side in (ledger.keras_left, ledger.torch_left)
    )
    return any(single_moves.usual(a, b) for a, b in product(ours, theirs))


def _width(match: Match) -> Iterator[Finding]:
    """A layer of the port's that gives another number of features than Keras's."""
    setting = WIDTHS.get(match.keras.kind)
    owners = [step for step in match.torch if step.variables]
    if setting is None or len(owners) != 1:
        return
    inside = match.keras.settings.get("layer", {}).get("config", {})  # of Bidirectional
    (step,), wanted = owners, (inside or match.keras.settings).get(setting)
    name = next((name for name in OWN if name in step.settings), "")
    present = step.settings.get(name)
    if not name and step.kind in reading.LINEAR | reading.CONVOLUTIONS:  # of a function
        present = next((v.shape[0] for v in step.variables if v.role == "weight"), None)
    if not isinstance(wanted, int) or not isinstance(present, int):
        return
    shape = match.torch[-1].shape
    sizes = {*shape, *(size // 2 for size in shape if inside)}
    if wanted != present and present in sizes:  # what is parted then may be several layers
        says = f"{step.name} gives {present} features in the port, {wanted} in Keras"
        fix = f"weight = torch.empty({wanted}, *weight.shape[1:])"
        fix = writing.with_settings(step, **{name: wanted}) if name else fix
        yield finding(match.keras, step.name, "layer-width", says, fix)


def _heads(match: Match) -> Iterator[Finding]:
    """An attention whose projections are as wide as its input, where Keras's heads make another
    width: as if key_dim were that of all heads together."""
    config, steps = match.keras.settings, match.torch
    heads, width = config.get("num_heads"), config.get("key_dim")
    kernel = next((v for v in match.keras.variables if v.role == "query/kernel"), None)
    if match.keras.kind != "MultiHeadAttention" or kernel is None or not heads or not width:
        return
    projections = [step for step in steps if step.kind in reading.LINEAR and step.variables]
    wide, whole = kernel.shape[0], heads * width
    shapes = [v.shape for step in projections for v in step.variables if v.role == "weight"]
    are_wide = len(shapes) > 1 and {shape[-1] for shape in shapes} == {wide}  # packed, or apart
    if whole != wide and are_wide and sum(shape[0] for shape in shapes) == PROJECTIONS * wide:
        says = (
            f"the port's projections are {wide} wide, Keras's {heads} heads of key_dim={width} "
            f"{whole} in all: key_dim is the width of one head"
        )
        fix = f"nn.Linear({wide}, {whole})  # for query, key and value; and back"
        yield finding(
            match.keras, " + ".join(x.name for x in projections), "mha-key-dim", says, fix
        )


def _groups(match: Match) -> Iterator[Finding]:
    wanted = match.keras.settings.get("groups")
    for step in match.torch:
        present = groups_of(step)
        if None not in (wanted, present) and wanted != present:
            yield finding(match.keras, step.name, "groups", *told_of_groups(step, wanted))


def groups_of(step: Step) -> int | None:
    """Of a convolution of the port's: a function that is told none has one; None of another step,
    and where that is no number."""
    is_convolution = step.kind in reading.CONVOLUTIONS | reading.TRANSPOSED
    found = step.settings.get("groups", 1 if is_convolution else None)
    return found if isinstance(found, int) else None


def told_of_groups(step: Step, wanted: Any) -> tuple[str, str]:
    """What is said of a convolution of another number of groups, and the line that mends it."""
    present = groups_of(step)
    says = f"groups is {present} in the port, {wanted} in Keras: the weights do not fit"
    return says, writing.with_settings(step, groups=wanted)


def _kernel(match: Match) -> Iterator[Finding]:
    """A convolution whose kernel is of another size."""
    convolutions = reading.CONVOLUTIONS | reading.TRANSPOSED
    owners = [step for step in match.torch if step.kind in convolutions and step.variables]
    size = match.keras.settings.get("kernel_size")
    if size is None or len(owners) != 1:  # a separable one is two
        return
    (step,) = owners
    shape = next((v.shape for v in step.variables if v.role == "weight"), ())
    present = tuple(shape[2:])
    wanted = reading.each(size, len(present))
    if wanted != present and present:
        says = (
            f"the kernel of {step.name} is {_sizes(present)} in the port, {_sizes(wanted)} in "
            "Keras: the weights do not fit"
        )
        fix = f"weight = weight.new_empty(*weight.shape[:2], {', '.join(map(str, wanted))})"
        if reading.is_module(step):
            padding = padding_of(match.keras.settings, step, wanted)
            fix = writing.with_settings(step, kernel_size=wanted, **padding)
        yield finding(match.keras, step.name, "kernel-size", says, fix)


def _sizes(lengths: tuple[int, ...]) -> str:
    return " x ".join(map(str, lengths))


def padding_of(
    config: Mapping[str, Any], step: Step, kernel: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    """What goes with such a kernel under 'same', where it is as much at both sides. config: of
    Keras's layer."""
    count = len(kernel)
    strides = reading.each(config.get("strides", 1), count)
    dilation = reading.each(config.get("dilation_rate", 1), count)
    is_transposed = step.kind in reading.TRANSPOSED
    spans = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    if is_transposed:
        spans = [span + 1 - stride for span, stride in zip(spans, strides, strict=True)]
    are_known = is_transposed or {*strides} == {1}
    if config.get("padding") != "same" or not are_known or any(n < 0 or n % 2 for n in spans):
        return {}
    padding = {"padding": tuple(span // 2 for span in spans)}
    return padding | ({"output_padding": (0,) * count} if is_transposed else {})


def finding(layer: Step, torch: str, cause: str, says: str, fix: str) -> Finding:
    known, gap = CAUSES[cause], float("inf")
    named = Cause(cause, known.says, says, fix, known.entry, 1.0)
    return Finding(layer.name, torch, "weights", (named,), gap, gap)
