"""Which axis of a Keras weight runs over the features that come in.

Where a port's features stand in another order, these weights stand in it, too.
"""

from dataclasses import replace

from parity.mapping.rules.dense import einsum_axis
from parity.mapping.rules.operations import ACTIVATIONS
from parity.records.comparison import Step

KERNELS = {  # class of a layer -> the axis of its kernels
    "Dense": 0,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), -2),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), -2),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), -1),
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "Bidirectional", "RNN"), 0),
    **dict.fromkeys(("MultiHeadAttention", "GroupedQueryAttention"), 0),
}
INNER = ("recurrent_kernel", "attention_output/kernel")  # of features that the layer has made
KEPT = ("BatchNormalization", "LayerNormalization", "RMSNormalization", "PReLU")


def unwrapped(step: Step) -> Step:
    """A layer that Keras runs on each step of a sequence, as what it is."""
    inner = step.settings.get("layer") if step.kind == "TimeDistributed" else None
    if not isinstance(inner, dict):
        return step
    return replace(step, kind=inner.get("class_name", ""), settings=inner.get("config", {}))


def mixes(step: Step) -> bool:
    """Does a layer make new features of those that come in, by a kernel over all of them?"""
    step = unwrapped(step)
    if step.kind == "EinsumDense":
        return einsum_axis(step.settings) is not None
    is_whole = step.settings.get("groups", 1) == step.settings.get("depth_multiplier", 1) == 1
    return step.kind in KERNELS and is_whole


def keeps(step: Step) -> bool:
    """Does a layer treat each feature by itself, with weights of its own?"""
    step = unwrapped(step)
    return step.kind in KEPT and step.settings.get("axis", -1) in (-1, len(step.shape) - 1, [-1])


def makes(step: Step) -> bool:
    """Does a layer make features, each by weights of its own, that may so stand in any order?"""
    roles = {v.role for v in step.variables if v.kind == "weight"}
    is_alone = ACTIVATIONS.get(step.activation or "linear", "glu") != "glu"  # of each by itself
    return step.kind == "Dense" and is_alone and roles in ({"kernel"}, {"kernel", "bias"})


def axis(step: Step, role: str, shape: tuple[int, ...], count: int) -> int | None:
    """The axis of a weight that runs over so many features that come in; None if there is none."""
    step = unwrapped(step)
    if mixes(step):
        if not role.endswith("kernel") or role.endswith(INNER):
            return None
        return einsum_axis(step.settings) if step.kind == "EinsumDense" else KERNELS[step.kind]
    is_own = keeps(step) or len(shape) == 1  # also of a layer that a person's rule is for
    return -1 if is_own and shape and shape[-1] == count else None
