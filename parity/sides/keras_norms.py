"""Keras's normalisations on a tensor of torch's that stands in Keras's layout."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Config = dict[str, Any]
Weights = dict[str, Tensor]


def batch_norm(x: Tensor, config: Config, held: Weights) -> Tensor:
    mean, variance = held["moving_mean"], held["moving_variance"]
    given = mean, variance, held.get("gamma"), held.get("beta")
    axis = config.get("axis", -1)
    y = F.batch_norm(x.movedim(axis, 1), *given, eps=config.get("epsilon", 1e-3))
    return y.movedim(1, axis)


def layer_norm(x: Tensor, config: Config, held: Weights) -> Tensor:
    """Over axes, along which weights stand in the order in which the layer names them."""
    axes = [axis % x.ndim for axis in _axes(config.get("axis", -1))]
    last = tuple(range(-len(axes), 0))
    y = x.movedim(axes, last)
    given = held.get("gamma"), held.get("beta")
    y = F.layer_norm(y, y.shape[-len(axes) :], *given, eps=config.get("epsilon", 1e-3))
    return y.movedim(last, axes)


def rms_norm(x: Tensor, config: Config, held: Weights) -> Tensor:
    """Over one axis, along which its weight stands, or over the last ones."""
    axes = _axes(config.get("axis", -1))
    y: Tensor = x * (x.square().mean(axes, keepdim=True) + config.get("epsilon", 1e-6)).rsqrt()
    scale = held.get("scale")
    if scale is None or scale.ndim > 1:
        return y if scale is None else y * scale
    return (y.movedim(axes[0], -1) * scale).movedim(-1, axes[0])


def group_norm(x: Tensor, config: Config, held: Weights) -> Tensor:
    """-1 groups are as many as there are channels."""
    axis, groups = config.get("axis", -1), config.get("groups", 32)
    y = x.movedim(axis, 1)
    groups = y.shape[1] if groups == -1 else groups
    given = held.get("gamma"), held.get("beta")
    return F.group_norm(y, groups, *given, eps=config.get("epsilon", 1e-3)).movedim(1, axis)


def unit_norm(x: Tensor, config: Config, held: Weights) -> Tensor:
    """The layer, or ops.normalize, which has an `order`; the smallest square is 1e-12."""
    order = config.get("order", 2)
    if order != 2:
        return F.normalize(x, p=order, dim=config.get("axis", -1))
    length = x.square().sum(_axes(config.get("axis", -1)), keepdim=True).clamp(min=1e-12).sqrt()
    return x / length


def normalization(x: Tensor, config: Config, held: Weights) -> Tensor:
    """By the mean and the variance of the axes named, which were adapted or given."""
    chosen = config.get("axis", -1)
    axes = [] if chosen is None else [axis % x.ndim for axis in _axes(chosen)]
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)]

    def along(role: str) -> Tensor:
        found = held[role] if role in held else torch.as_tensor(config[role]).to(x)
        return found.reshape(shape) if found.numel() > 1 else found.reshape(())

    mean, deviation = along("mean"), along("variance").sqrt().clamp(min=1e-7)
    return mean + x * deviation if config.get("invert") else (x - mean) / deviation


def _axes(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)
