"""Normalisations that a diagnosis puts in the place of a recorded one; each takes its call."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from parity.records.comparison import Array
from parity.sides.rerun import Rerun


def normalise(
    run: Rerun, dims: Sequence[int], axis: int, eps: float, **learned: Array | None
) -> Tensor:
    """Zero mean and unit variance over some axes, then weight and bias along one; or along all of
    `dims`. learned: a weight and a bias, or None, in the place of the call's own."""
    x = run.inputs[0]
    variance, mean = torch.var_mean(x, dim=tuple(dims), correction=0, keepdim=True)
    y = (x - mean) / (variance + eps).sqrt()
    weight, bias = (
        part if part is None else _along(x, part, dims, axis) for part in _learned(run, learned)
    )
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def group_norm(run: Rerun, groups: int, eps: float) -> Tensor:
    """Of (N, C, ...), with the call's weight and bias."""
    weight, bias = (run.tensors.get(role) for role in ("weight", "bias"))
    return F.group_norm(run.inputs[0], groups, weight, bias, eps)


def rms_normalise(run: Rerun, dims: Sequence[int], eps: float) -> Tensor:
    """A mean square of one over some axes, then the weight, which stands along them."""
    x = run.inputs[0]
    y = x * (x.square().mean(tuple(dims), keepdim=True) + eps).rsqrt()
    weight = run.tensors.get("weight")
    if weight is None:
        return y
    return y * weight.view([x.shape[i] if i in dims else 1 for i in range(x.ndim)])


def normalise_by(
    run: Rerun, mean: Array, variance: Array, eps: float | None = None, **learned: Array | None
) -> Tensor:
    """Batch normalisation (N, C, ...) with these statistics, and the call's epsilon where no other
    is given. learned: as of `normalise`."""
    x = run.inputs[0]
    own_mean, own_variance = (torch.as_tensor(a).to(x) for a in (mean, variance))
    weight, bias = _learned(run, learned)
    eps = run.setting("eps", 1e-5) if eps is None else eps
    return F.batch_norm(x, own_mean, own_variance, weight, bias, eps=eps)


def biased_batch_norm(run: Rerun) -> Tensor:
    """In training mode the moving variance takes the batch's own variance, as Keras's does."""
    x, variance = run.inputs[0], run.tensors["running_var"]
    kept = variance * (1 - run.setting("momentum", 0.1))
    output: Tensor = run()
    count = x.numel() // x.shape[1]
    variance.copy_(kept + (variance - kept) * (count - 1) / count)
    return output


def _learned(run: Rerun, given: dict[str, Array | None]) -> list[Tensor | None]:
    """Weight and bias: those given, or the call's own where none are."""
    if not given:
        return [run.tensors.get(role) for role in ("weight", "bias")]
    parts = [given.get(role) for role in ("weight", "bias")]
    return [None if part is None else torch.as_tensor(part).to(run.inputs[0]) for part in parts]


def _along(x: Tensor, part: Tensor, dims: Sequence[int], axis: int) -> Tensor:
    """What is multiplied with x: of one axis, or of several, in the order of `dims`."""
    places = [axis % x.ndim] if part.ndim == 1 else [*dims]
    turned = part.permute(sorted(range(part.ndim), key=lambda place: places[place]))
    return turned.reshape([x.shape[i] if i in places else 1 for i in range(x.ndim)])
