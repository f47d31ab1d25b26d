"""Keras's `use_ema`: a moving average of the weights beside them, and at times in their place."""

import torch
from torch import Tensor

from parity.semantics.accumulation import updates_before
from parity.semantics.options import Group

SLOT = "average"  # Keras's name of the state


def average_(group: Group, state: dict[Tensor, dict[str, Tensor]]) -> None:
    """Move the averages towards the weights, as they are behind an update and before constraints.

    average = momentum * average + (1 - momentum) * weight, and the weight itself behind the first
    update (keras BaseOptimizer._update_model_variables_moving_average). Every parameter has one,
    whether it had a gradient or not.
    """
    if not group["use_ema"]:
        return
    before = updates_before(group)
    for param in group["params"]:
        average = state[param].setdefault(SLOT, torch.zeros_like(param))
        momentum = (before != 0).to(param) * group["ema_momentum"]
        average.copy_(momentum * average + (1 - momentum) * param)
    every = group["ema_overwrite_frequency"]
    if every is not None and (int(before) + 1) % every == 0:
        overwrite_(group, state)


def overwrite_(group: Group, state: dict[Tensor, dict[str, Tensor]]) -> None:
    """Put the averages in the weights' place."""
    for param in group["params"]:
        if SLOT in state[param]:
            param.copy_(state[param][SLOT])
