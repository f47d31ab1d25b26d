"""Attention: widths, the scale of the scores, and what else a port may do otherwise with them."""

import math
from collections.abc import Iterator, Sequence

from parity.diagnose import attention_inputs, attention_masks, heads, reading, writing
from parity.diagnose.attention_masks import FUNCTION, MODULE
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.mapping.own_layers import is_known
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step
from parity.records.interventions import Change, Lent

SHUT = -1e3  # a score below that is one of a mask


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    if "Attention" not in reading.layer(case).kind:
        for step in reading.of(case, (MODULE,)):
            yield from batch_first(step)
            yield from numbers_of_heads(step)
        yield from in_steps(case)
        yield from scale_written_out(case)
        yield from heads.hypotheses(case.torch, {})
        return
    for step in reading.of(case, (FUNCTION, MODULE)):
        yield from widths(case, step)
        yield from batch_first(step)
        yield from attention_masks.hypotheses(case, step)
        yield from attention_inputs.order(step)
        yield from scale_of_function(case, step)
    yield from scale_written_out(case)
    if not reading.of(case, (FUNCTION, MODULE)):
        yield from attention_masks.written_out(case)
    yield from attention_inputs.order_written_out(case)
    yield from heads.hypotheses(case.torch, {})


def in_steps(case: Case) -> Iterator[Hypothesis]:
    """The scores of an attention that Keras's side has written out, too, in front of a softmax."""
    fills = [step.settings.get("value") for step in reading.of(case, ("masked_fill",))]
    is_masked = any(isinstance(value, int | float) and value < SHUT for value in fills)
    is_scored = any(KERAS.get(x.kind) == "softmax" or not is_known(x) for x in case.keras)
    if not is_masked and not is_scored:
        return
    for step in reading.of(case, (FUNCTION,)):
        yield from attention_masks.causal(step)
        yield from attention_masks.biased(case, step, "attn_mask")
        yield from attention_masks.mask(step)
    softmaxes = reading.of(case, ("softmax", "Softmax"))
    if is_masked or any(len(step.shape) > 2 for step in softmaxes):
        yield from attention_masks.written_out(case)


def batch_first(step: Step) -> Iterator[Hypothesis]:
    if step.kind == MODULE and not step.settings.get("batch_first", False):
        yield Hypothesis(
            "mha-batch-first",
            "batch_first is False in the port: samples attend to each other, and steps do not",
            writing.with_settings(step, batch_first=True),
            (Change(step.name, "setting", "batch_first", True),),
        )


def numbers_of_heads(step: Step) -> Iterator[Hypothesis]:
    """As many as there may be in the place of an attention that a person has written."""
    present, width = step.settings.get("num_heads"), step.settings.get("embed_dim")
    if not isinstance(present, int) or not isinstance(width, int):
        return
    for wanted in range(1, width + 1):
        if width % wanted == 0 and wanted != present:
            yield Hypothesis(
                "mha-key-dim",
                f"num_heads is {present} in the port; with {wanted} it gives what Keras does",
                writing.with_settings(step, num_heads=wanted),
                (Change(step.name, "setting", "num_heads", wanted),),
            )


def widths(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras's key_dim is the width of one head, torch's embed_dim that of all together."""
    config = reading.config(case)
    wanted, width = config.get("num_heads"), config.get("key_dim")
    kernel = case.values.get("query/kernel")
    if step.kind != MODULE or wanted is None or width is None or kernel is None:
        return
    present = step.settings.get("num_heads"), step.settings.get("head_dim")
    if present == (wanted, width):
        return
    fits = wanted * width == step.settings.get("embed_dim")
    yield Hypothesis(
        "mha-key-dim",
        f"{present[0]} heads of {present[1]} in the port, num_heads={wanted} of key_dim={width} in "
        "Keras: its key_dim is the width of one head, torch's embed_dim that of all",
        writing.with_settings(step, num_heads=wanted) if fits else _of_widths(case, step),
        (Change(step.name, "call", "attention_of_keras", _weights(case)),),
    )


def _weights(case: Case) -> dict[str, Lent]:
    """By names that may be those of arguments: "query_kernel"."""
    found = case.values.items()
    return {name.replace("/", "_"): lent for name, lent in found if "/" in name}


def _of_widths(case: Case, step: Step) -> str:
    """Attention whose heads are as wide as Keras's, which nn.MultiheadAttention cannot have."""
    parts = ("query", "key", "value")
    kernels = [case.values[f"{part}/kernel"].array for part in parts]
    into = ", ".join(f"nn.Linear({k.shape[0]}, {k.shape[1] * k.shape[2]})" for k in kernels)
    count, wide, out = case.values["attention_output/kernel"].array.shape
    split = f"h.unflatten(-1, ({count}, -1)).transpose(1, 2)"
    attended = f"F.{FUNCTION}(split(q(query)), split(k(key)), split(v(value)))"
    return (
        f"q, k, v, o = {into}, nn.Linear({count * wide}, {out}); split = lambda h: {split}; "
        f"y = o({attended}.transpose(1, 2).flatten(2)), None"
    )


def _wanted(case: Case) -> float | None:
    config = reading.config(case)
    if "key_dim" in config:
        return 1 / math.sqrt(config["key_dim"])
    return 1.0 if config.get("use_scale") is False else None  # True: a weight


def scale_of_function(case: Case, step: Step) -> Iterator[Hypothesis]:
    wanted = _wanted(case)
    if step.kind != FUNCTION or wanted is None or step.settings.get("scale") == wanted:
        return
    present = step.settings.get("scale")
    own = 1 / math.sqrt(step.shape[-1]) if present is None else present
    if not math.isclose(own, wanted):
        yield Hypothesis(
            "mha-scale",
            f"scores are scaled by {figure(own)} in the port, by {figure(wanted)} in Keras",
            f"F.{FUNCTION}(query, key, value, scale={writing.number(wanted)})",
            (Change(step.name, "setting", "scale", wanted),),
        )


def scale_written_out(case: Case) -> Iterator[Hypothesis]:
    """Scores from a product of the port's own, in front of a softmax."""
    softmaxes = reading.of(case, ("softmax", "Softmax"))
    if not softmaxes or reading.of(case, (FUNCTION, MODULE)):
        return
    ahead = case.torch[: case.torch.index(softmaxes[0])]
    present = math.prod(_factor(step) for step in ahead if step.kind in _SCALINGS)
    for wanted in _wanted_of_scores(case, ahead):
        by = wanted / present
        if not math.isclose(by, 1.0):
            yield Hypothesis(
                "mha-scale",
                f"scores are scaled by {figure(present)} in the port, by {figure(wanted)} in Keras",
                f"x = x * {writing.number(by)}  # scores times {figure(wanted)} in all",
                (Change(softmaxes[0].name, "input", "scale", {"by": by}),),
            )


def _wanted_of_scores(case: Case, ahead: Sequence[Step]) -> list[float]:
    """As Keras's layer says; of a person's own, the usual ones for what is multiplied."""
    wanted = _wanted(case)
    if wanted is not None or is_known(reading.layer(case)):
        return [] if wanted is None else [wanted]
    shapes = {step.name: step.shape for step in ahead}
    products = [step for step in ahead if step.kind in PRODUCTS and not step.variables]
    taken = (shapes[name] for step in products[-1:] for name in step.inputs if name in shapes)
    widths = {size for shape in taken for size in shape[-2:]} | {case.input_shape[-1]}
    return [1.0, *(1 / math.sqrt(width) for width in sorted(widths))]


PRODUCTS = ("matmul", "bmm", "baddbmm", "einsum", "mm")
_SCALINGS = ("mul", "div", "imul", "idiv", "truediv")


def _factor(step: Step) -> float:
    other = step.settings.get("other", 1.0)
    by = float(other) if isinstance(other, int | float) else 1.0
    return 1 / by if "div" in step.kind else by
