"""Attention: the mask's meaning, widths, and the scale of the scores."""

import math
from collections.abc import Iterator

from parity.diagnose import attention_inputs, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.comparison import Step
from parity.records.interventions import Change, Lent

FUNCTION = "scaled_dot_product_attention"
MODULE = "MultiheadAttention"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    if "Attention" not in reading.layer(case).kind:
        return
    for step in reading.of(case, (FUNCTION, MODULE)):
        yield from widths(case, step)
        yield from batch_first(step)
        yield from padded(case, step)
        yield from mask(step)
        yield from causal(step)
        yield from attention_inputs.order(step)
        yield from scale_of_function(case, step)
    yield from scale_written_out(case)
    yield from mask_written_out(case)
    yield from attention_inputs.order_written_out(case)


def batch_first(step: Step) -> Iterator[Hypothesis]:
    if step.kind == MODULE and not step.settings.get("batch_first", False):
        yield Hypothesis(
            "mha-batch-first",
            "batch_first is False in the port: samples attend to each other, and steps do not",
            writing.with_settings(step, batch_first=True),
            (Change(step.name, "setting", "batch_first", True),),
        )


def padded(case: Case, step: Step) -> Iterator[Hypothesis]:
    """The mask of an Embedding or a Masking, which Keras applies by itself."""
    mask = case.values.get("mask")
    if mask is None:
        return
    if step.kind == FUNCTION:
        shape = "[:, None]"
    else:
        heads = step.settings.get("num_heads")
        shape = f".repeat_interleave({heads}, 0); key_padding_mask = None"
    yield Hypothesis(
        "mask-zero",
        "the port attends to padded steps, Keras skips them",
        f"attn_mask = torch.where({_ALLOWED}, 0.0, -1e30).to(query.dtype){shape}",
        (Change(step.name, "call", "masked_attention", {"mask": mask}),),
    )


def widths(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras's key_dim is the width of one head, torch's embed_dim that of all together."""
    config = reading.config(case)
    heads, width = config.get("num_heads"), config.get("key_dim")
    kernel = case.values.get("query/kernel")
    if step.kind != MODULE or heads is None or width is None or kernel is None:
        return
    present = step.settings.get("num_heads"), step.settings.get("head_dim")
    if present == (heads, width):
        return
    fits = heads * width == step.settings.get("embed_dim")
    yield Hypothesis(
        "mha-key-dim",
        f"{present[0]} heads of {present[1]} in the port, num_heads={heads} of key_dim={width} in "
        "Keras: its key_dim is the width of one head, torch's embed_dim that of all",
        writing.with_settings(step, num_heads=heads) if fits else _of_widths(case, step),
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
    heads, wide, out = case.values["attention_output/kernel"].array.shape
    split = f"h.unflatten(-1, ({heads}, -1)).transpose(1, 2)"
    attended = f"F.{FUNCTION}(split(q(query)), split(k(key)), split(v(value)))"
    return (
        f"q, k, v, o = {into}, nn.Linear({heads * wide}, {out}); split = lambda h: {split}; "
        f"y = o({attended}.transpose(1, 2).flatten(2)), None"
    )


def causal(step: Step) -> Iterator[Hypothesis]:
    """`use_causal_mask` is an argument of Keras's call, no setting: the other way is tried."""
    if step.kind == MODULE:
        yield Hypothesis(
            "mha-mask-missing",
            "later steps are masked in Keras alone",
            f"t = query.shape[{1 if step.settings.get('batch_first') else 0}]; "
            "attn_mask = torch.ones(t, t, dtype=torch.bool).triu(1)",
            (Change(step.name, "call", "causal_attention"),),
        )
        return
    present = bool(step.settings.get("is_causal"))
    yield Hypothesis(
        "mha-mask-extra" if present else "mha-mask-missing",
        f"later steps are masked in {'the port alone' if present else 'Keras alone'}",
        f"F.{FUNCTION}(query, key, value, is_causal={not present})",
        (Change(step.name, "setting", "is_causal", not present),),
    )


def mask(step: Step) -> Iterator[Hypothesis]:
    """True attends in Keras and in F.scaled_dot_product_attention, and blocks in the module."""
    roles = ("attn_mask",) if step.kind == FUNCTION else ("attn_mask", "key_padding_mask")
    for role in roles:
        yield Hypothesis(
            "mha-mask",
            f"the port's {role} has the other meaning: True attends in Keras, "
            + ("and here" if step.kind == FUNCTION else "and blocks in nn.MultiheadAttention"),
            f"{role} = ~{role}",
            (Change(step.name, "input", "invert", {}, role),),
        )
        yield Hypothesis(
            "mha-mask-extra",
            f"the port has {role}, Keras attends everywhere",
            f"{role} = None",
            (Change(step.name, "input", "open_mask", {"attends": step.kind == FUNCTION}, role),),
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
    wanted, softmaxes = _wanted(case), reading.of(case, ("softmax", "Softmax"))
    if wanted is None or not softmaxes or reading.of(case, (FUNCTION, MODULE)):
        return
    scalings = [s for s in case.torch[: case.torch.index(softmaxes[0])] if s.kind in _SCALINGS]
    present = math.prod(_factor(step) for step in scalings)
    if not math.isclose(present, wanted):
        yield Hypothesis(
            "mha-scale",
            f"scores are scaled by {figure(present)} in the port, by {figure(wanted)} in Keras",
            f"x = x * {writing.number(wanted / present)}  # scores times {figure(wanted)} in all",
            (Change(softmaxes[0].name, "input", "scale", {"by": wanted / present}),),
        )


def mask_written_out(case: Case) -> Iterator[Hypothesis]:
    """A mask, or none, in front of the port's own softmax; True attends, or blocks."""
    if reading.of(case, (FUNCTION, MODULE)):
        return
    fills = reading.of(case, ("masked_fill", "where"))
    for step in fills:
        yield Hypothesis(
            "mha-mask",
            f"the mask of {step.name} has the other meaning: True attends in Keras",
            f"{_MASKS[step.kind]} = ~{_MASKS[step.kind]}",
            (Change(step.name, "input", "invert", {}, _MASKS[step.kind]),),
        )
        yield Hypothesis(
            "mha-mask-extra",
            f"the port masks scores ({step.name}), Keras attends everywhere",
            writing.without(step),
            (reading.left_out(step),),
        )
    softmaxes = reading.of(case, ("softmax", "Softmax"))
    if "mask" in case.values:
        for step in softmaxes:
            yield Hypothesis(
                "mask-zero",
                "the port attends to padded steps, Keras skips them",
                f"x = x.masked_fill(~({_ALLOWED}).unsqueeze(1), -1e30)  # scores of all heads",
                (Change(step.name, "input", "padded_blocked", {"mask": case.values["mask"]}),),
            )
    for step in () if fills else softmaxes:
        yield Hypothesis(
            "mha-mask-missing",
            "later steps are masked in Keras alone",
            "x = x.masked_fill(torch.ones(x.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)",
            (Change(step.name, "input", "later_steps_blocked"),),
        )


_MASKS = {"masked_fill": "mask", "where": "condition"}
_ALLOWED = "mask[:, :, None] & mask[:, None, :]"
_SCALINGS = ("mul", "div", "imul", "idiv", "truediv")


def _factor(step: Step) -> float:
    other = step.settings.get("other", 1.0)
    by = float(other) if isinstance(other, int | float) else 1.0
    return 1 / by if "div" in step.kind else by
