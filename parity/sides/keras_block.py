"""Several of Keras's layers at inference, computed by torch: a block that a port lacks."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from parity.records.comparison import Array
from parity.records.interventions import BlockStep
from parity.sides.keras_layers import LAYERS
from parity.sides.keras_norms import Config, Weights
from parity.sides.keras_recurrent import MASK

HIDDEN = -1e30  # not infinite: a padded step attends to all alike
Functions = Mapping[str, Callable[..., Tensor]]


def keras_block(
    functions: Functions, x: Tensor, steps: Sequence[BlockStep], axes: Sequence[int], **lent: Array
) -> Tensor:
    """Steps of Keras's in their order, on a tensor of torch's that the first of them take as "".

    axes: Keras's axis i is torch's axis axes[i]. lent: Keras's weights by name.
    """
    held = {n: torch.as_tensor(w, dtype=x.dtype, device=x.device) for n, w in lent.items()}
    values = {"": x.permute(tuple(axes))}
    for step in steps:
        y, *others = (values[name] for name in step.inputs)
        own = {role: held[name] for role, name in step.weights.items()}
        own |= {f"input_{place}": other for place, other in enumerate(others, 1)}
        if step.kind:
            y = _LAYERS[step.kind](y, {**step.config, "inputs": len(step.inputs)}, own)
        if step.activation:
            y = functions[step.activation](y, **step.settings)
        values[step.name] = y
    return y.permute([list(axes).index(axis) for axis in range(x.ndim)])


def attention(x: Tensor, config: Config, held: Weights) -> Tensor:
    """Kernels (in, heads, of each) and (heads, of each, out). held: with a mask of the steps that
    count, (N, T), if it has one."""
    value = held.get("input_1", x)
    given = {"query": x, "value": value, "key": held.get("input_2", value)}
    query, value, key = (
        torch.einsum("...td,dhk->...htk", one, held[f"{name}/kernel"])
        + _bias(held.get(f"{name}/bias"))
        for name, one in given.items()
    )
    scores = query @ key.mT / math.sqrt(config["key_dim"])
    weights = scores.masked_fill(~_allowed(scores, config, held), HIDDEN).softmax(-1)
    y = torch.einsum("...htk,hko->...to", weights @ value, held["attention_output/kernel"])
    bias = held.get("attention_output/bias")
    return y if bias is None else y + bias


def _allowed(scores: Tensor, config: Config, held: Weights) -> Tensor:
    """Which steps attend to which, by Keras's `use_causal_mask` and its mask of steps."""
    allowed = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
    allowed = allowed.tril() if config.get("use_causal_mask") else allowed
    if MASK not in held:
        return allowed
    counts = held[MASK] > 0
    return allowed & counts[:, None, None, :] & counts[:, None, :, None]


def _bias(bias: Tensor | None) -> Tensor | float:
    """(heads, of each) for what is (N, heads, T, of each)."""
    return 0.0 if bias is None else bias[:, None]


_LAYERS = {**LAYERS, "MultiHeadAttention": attention}
