"""Attention: the mask's meaning, one that is missing or another, and padding."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

FUNCTION = "scaled_dot_product_attention"
MODULE = "MultiheadAttention"


def hypotheses(case: Case, step: Step) -> Iterator[Hypothesis]:
    yield from given(case, step)
    yield from biased(case, step, "attn_mask")
    yield from padded(case, step)
    yield from mask(step)
    yield from causal(step)


def padded(case: Case, step: Step) -> Iterator[Hypothesis]:
    """The mask of an Embedding or a Masking, which Keras applies by itself."""
    own = " and ".join(step.settings.get("masks", ()))
    alike = f"the port's {own} masks otherwise than Keras, where padded steps attend to all alike"
    nothing = f"the port's {own} masks otherwise than Keras, where padded steps attend to nothing"
    for is_cut in _are_cut(case):
        told = nothing if is_cut else alike
        for allowed, masks in _of_steps(case):
            yield Hypothesis(
                "mask-zero",
                told if own else "the port attends to padded steps, Keras skips them",
                _added(step, allowed) + (_cut(step, allowed) if is_cut else ""),
                (Change(step.name, "call", "masked_attention", {**masks, "is_cut": is_cut}),),
            )


def _are_cut(case: Case) -> tuple[bool, bool]:
    """Does a query that attends to no key give nothing in Keras? Where its attention has a dropout
    it does, or gives its scores; else it attends to all alike."""
    is_likely = bool(reading.config(case).get("dropout"))
    return is_likely, not is_likely


def _cut(step: Step, allowed: str) -> str:
    """The line behind the attention, of queries that attend to nothing."""
    if step.kind == MODULE:
        return (
            f"; y = torch.where(({allowed}).any(-1, True), y, {writing.module(step)}.out_proj.bias)"
        )
    return f"; y = y * ({allowed}).any(-1)[:, None, :, None]"


def _of_steps(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """What lets a query attend to a key, as code and as settings of a change, of the masks that
    come with what Keras's attention takes: of a sequence and itself, of two, or of keys alone."""
    masks = [case.values[name] for name in ("mask", "other_mask") if name in case.values]
    for mask in masks:
        yield "mask[:, :, None] & mask[:, None, :]", {"mask": mask}
    for one, other in permutations(masks, 2):
        both = {"mask": one, "query_mask": other}
        yield "query_mask[:, :, None] & key_mask[:, None, :]", both
    if len(reading.layer(case).inputs) > 1:
        for mask in masks:
            yield "key_mask[:, None, :]", {"mask": mask, "of_keys": True}


def _added(step: Step, allowed: str) -> str:
    """The line that masks the scores of all heads."""
    shape = "[:, None]"
    if step.kind == MODULE:
        shape = f".repeat_interleave({step.settings.get('num_heads')}, 0); key_padding_mask = None"
    return f"attn_mask = torch.where({allowed}, 0.0, -1e30).to(query.dtype){shape}"


def given(case: Case, step: Step) -> Iterator[Hypothesis]:
    """The mask that Keras's attention is called with."""
    mask = case.values.get("attention_mask")
    if mask is None:
        return
    masks = " and ".join(step.settings.get("masks", []))
    yield Hypothesis(
        "mha-mask-replaced" if masks else "mha-mask-missing",
        f"Keras masks by its attention_mask, the port by another: {masks}"
        if masks
        else "Keras masks by its attention_mask, the port does not",
        _added(step, "attention_mask"),
        (Change(step.name, "call", "masked_attention", {"mask": mask}),),
    )


def biased(case: Case, step: Step, role: str) -> Iterator[Hypothesis]:
    """Numbers of Keras's graph that are added to the scores of each query and key, as distances
    are. role: of the step's tensor in which the port has its own."""
    if step.kind == MODULE or (step.kind == FUNCTION and not step.settings.get("masks")):
        return
    for constant in (x for layer in case.keras for x in layer.constants):
        if constant.held is not None and len(constant.shape) > 1:
            numbers = np.asarray(constant.held)
            yield Hypothesis(
                "mha-mask-replaced",
                f"Keras adds numbers {constant.shape} to the scores, the port others ({step.name})",
                f"{role} = numbers  # of Keras's",
                (Change(step.name, "input", "replaced", {"by": numbers}, role),),
            )


def causal(step: Step) -> Iterator[Hypothesis]:
    """`use_causal_mask` is an argument of Keras's call, no setting: the other way is tried."""
    time = -2 if step.kind == FUNCTION else 1 if step.settings.get("batch_first") else 0
    lower = "tril()" if step.kind == FUNCTION else "triu(1)"
    mask = f"t = query.shape[{time}]; attn_mask = torch.ones(t, t, dtype=torch.bool).{lower}"
    change = Change(step.name, "call", "causal_attention")
    if "attn_mask" in step.settings.get("masks", []):
        says = "Keras masks later steps, the port others, by its attn_mask"
        yield Hypothesis("mha-mask-replaced", says, mask, (change,))
    elif step.kind == MODULE:
        says = "later steps are masked in Keras alone"
        yield Hypothesis("mha-mask-missing", says, mask, (change,))
    else:
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


def written_out(case: Case) -> Iterator[Hypothesis]:
    """A mask, or none, in front of the port's own softmax; True attends, or blocks."""
    softmaxes = reading.of(case, ("softmax", "Softmax"))
    fills = reading.of(case, ("masked_fill", "where"))
    for step in fills:
        yield Hypothesis(
            "mha-mask",
            f"the mask of {step.name} has the other meaning: True attends in Keras",
            f"{_MASKS[step.kind]} = ~{_MASKS[step.kind]}",
            (Change(step.name, "input", "invert", {}, _MASKS[step.kind]),),
        )
        for change in _unmasked(step):
            says = f"the port masks scores ({step.name}), Keras attends everywhere"
            yield Hypothesis("mha-mask-extra", says, writing.without(step), (change,))
    of_pairs = case.values.get("attention_mask")
    padding = "mask-zero", "the port attends to padded steps, Keras skips them"
    missing = "mha-mask-missing", "Keras masks by its attention_mask, the port does not"
    lost = [(*missing, "attention_mask", {"mask": of_pairs})] if of_pairs else []
    lost += [(*padding, f"({allowed})", masks) for allowed, masks in _of_steps(case)]
    for is_cut in _are_cut(case):
        for cause, says, allowed, masks in lost:
            blocked = f".masked_fill(~{allowed}.unsqueeze(1)"
            fix = f"x = x{blocked}, -1e30)  # scores of all heads"
            for step in softmaxes:
                ahead = Change(step.name, "input", "padded_blocked", masks)
                behind = Change(step.name, "output", "padded_blocked", {**masks, "by": 0.0})
                line, changes = f"y = y{blocked}, 0.0)", (ahead, behind)
                if is_cut:
                    yield Hypothesis(cause, says, f"{fix}; {line}", changes)
                else:
                    yield Hypothesis(cause, says, fix, (ahead,))
    for step in _added_masks(case, softmaxes):
        yield from biased(case, step, "other")
    later = "x = x.masked_fill(torch.ones(x.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)"
    own = [*fills, *_added_masks(case, softmaxes)]
    for step in softmaxes:
        change = Change(step.name, "input", "later_steps_blocked")
        if not own:
            says = "later steps are masked in Keras alone"
            yield Hypothesis("mha-mask-missing", says, later, (change,))
        for mask in own:
            for other in _unmasked(mask):
                says = f"Keras masks later steps, the port others ({mask.name})"
                fix = f"{later}  # without {mask.name}"
                yield Hypothesis("mha-mask-replaced", says, fix, (other, change))


def _unmasked(step: Step) -> list[Change]:
    """What lets a mask leave scores as they are; of `where`, either place may be theirs."""
    if step.kind != "where":
        return [reading.left_out(step)]
    return [
        Change(step.name, "input", "open_mask", {"attends": attends}, _MASKS[step.kind])
        for attends in (True, False)
    ]


def _added_masks(case: Case, softmaxes: list[Step]) -> list[Step]:
    """Tensors that no input is in, added to scores."""
    ahead = case.torch[: case.torch.index(softmaxes[0])] if softmaxes else ()
    adds = (step for step in ahead if step.kind in ("add", "iadd") and len(step.inputs) == 1)
    return [step for step in adds if step.settings.get("other") is None and not step.variables]


_MASKS = {"masked_fill": "mask", "where": "condition"}
