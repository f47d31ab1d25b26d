"""What a translation looks like when Keras's conventions are not kept, one part at a time."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from parity.sides.twin_file import TwinFile

Loss = Callable[[Tensor, Tensor], Tensor]


def optimizer(parameters: Iterable[nn.Parameter], epsilon: float | None) -> torch.optim.Adam:
    """torch's own Adam; its own epsilon (1e-8), or Keras's in torch's place."""
    settings: dict[str, Any] = {} if epsilon is None else {"eps": epsilon}
    return torch.optim.Adam(parameters, lr=1e-3, **settings)


def loss(twin: TwinFile) -> Loss:
    """The loss that a PyTorch textbook has for what the port's own loss computes."""
    kind = type(twin.loss()).__name__
    if kind == "CategoricalCrossentropy":
        return nn.CrossEntropyLoss()
    plain = nn.BCELoss() if kind == "BinaryCrossentropy" else nn.MSELoss()
    return lambda output, target: plain(twin.predicted(output), target)


def reset(model: nn.Module) -> None:
    """Draw all weights anew, as torch's layers do by default."""
    for layer in model.modules():
        draw = getattr(layer, "reset_parameters", None)
        if callable(draw):
            draw()
