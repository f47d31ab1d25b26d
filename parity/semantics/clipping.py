"""Clipping of gradients as Keras's BaseOptimizer does it, with nothing read back from the device.

The gradients themselves (`param.grad`) are not touched.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from parity.semantics import conventions, occurrences

Grads = dict[Tensor, Tensor]  # by parameter


def clip(grads: Grads, groups: Sequence[dict[str, Any]]) -> Grads:
    """The gradients, clipped as the group of their parameter asks.

    clipnorm goes by the norm of each gradient; global_clipnorm by the norm of all gradients of
    all groups; clipvalue by element. Of a sparse gradient each occurrence of a row is an element
    by itself; what global_clipnorm makes of it is dense, as on tensorflow.
    """
    clipped = dict(grads)
    for group in groups:
        params = [param for param in group["params"] if param in grads]
        own = [grads[param] for param in params]
        backend = group["keras_backend"]
        if not own:
            continue
        if group["clipnorm"] is not None:
            own = _by_norm(own, group["clipnorm"], backend)
        elif group["global_clipnorm"] is not None:
            own = _by_global_norm(own, list(grads.values()), group["global_clipnorm"], backend)
        elif group["clipvalue"] is not None:
            own = [_by_value(grad, group["clipvalue"]) for grad in own]
        clipped.update(zip(params, own, strict=True))
    return clipped


def _by_value(grad: Tensor, limit: float) -> Tensor:
    return occurrences.with_values(grad, occurrences.values(grad).clamp(-limit, limit))


def _by_norm(grads: list[Tensor], limit: float, backend: str) -> list[Tensor]:
    """Each gradient times limit / max(its norm, limit); keras BaseOptimizer._clip_by_norm."""
    every = [occurrences.values(grad) for grad in grads]
    clipped = []
    for grad, values, norm in zip(grads, every, torch._foreach_norm(every), strict=True):
        largest = norm.clamp(min=limit)
        if backend == "torch":  # Keras's `maximum` is float32 there, whatever goes in
            largest = conventions.through_float32(largest)
        clipped.append(occurrences.with_values(grad, values * limit / largest))
    return clipped


def _by_global_norm(
    grads: list[Tensor], every: list[Tensor], limit: float, backend: str
) -> list[Tensor]:
    """All gradients times one factor; keras.optimizers.base_optimizer.clip_by_global_norm.

    A norm that is infinite or NaN makes every gradient NaN, as in Keras.
    """
    values = [occurrences.values(grad) for grad in every]
    norms = [norm.to(values[0]) for norm in torch._foreach_norm(values)]
    norm = torch.linalg.vector_norm(torch.stack(norms))
    inverse = (1 / norm).clamp(max=1 / limit)
    if backend == "torch":  # Keras's `minimum`, and the product after it, are float32 there
        inverse = inverse.float()
    scale = (limit * inverse).to(norm) + (norm - norm)
    return [occurrences.total(grad) * scale.to(grad.dtype) for grad in grads]
