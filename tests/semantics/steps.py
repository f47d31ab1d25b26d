"""The same optimizer steps for both frameworks: weights of order 1, gradients of many scales."""

from typing import Any

import numpy as np
import torch

from parity import semantics
from parity.records.comparison import Array

SHAPES = [(7, 5), (5,), (3, 2, 2, 2)]
Options = dict[str, Any]


def weights_and_gradients(dtype: str, steps: int = 50) -> tuple[list[Array], list[list[Array]]]:
    """Gradients from 1e-8 to 1, each element with a scale of its own, and some of them 0."""
    draw = np.random.default_rng(0)
    weights = [draw.uniform(0.5, 1.5, shape) * draw.choice([-1, 1], shape) for shape in SHAPES]
    scales = [10 ** draw.uniform(-8, 0, shape) for shape in SHAPES]
    scales[0][0] = 0
    grads = [
        [draw.standard_normal(shape) * scale for shape, scale in zip(SHAPES, scales, strict=True)]
        for _ in range(steps)
    ]
    return (
        [weight.astype(dtype) for weight in weights],
        [[grad.astype(dtype) for grad in each] for each in grads],
    )


def make(
    name: str, options: Options, weights: list[Array], backend: str
) -> tuple[torch.optim.Optimizer, list[torch.nn.Parameter]]:
    params = [torch.nn.Parameter(torch.tensor(weight)) for weight in weights]
    options = dict(options)
    if "learning_rate" in options:
        options["lr"] = options.pop("learning_rate")
    if name == "Adafactor":  # these weights are laid out as Keras's are
        options["dims"] = (-2, -1)
    return getattr(semantics, name)(params, keras_backend=backend, **options), params


def walk(
    optimizer: torch.optim.Optimizer,
    params: list[torch.nn.Parameter],
    grads: list[list[Array]],
) -> list[list[Array]]:
    """The weights after every step."""
    path = []
    for each in grads:
        for param, grad in zip(params, each, strict=True):
            param.grad = torch.tensor(grad)
        optimizer.step()
        path.append([param.detach().numpy().copy() for param in params])
    return path
