"""Keras's `gradient_accumulation_steps`: one update for several calls of `step`.

An update takes the mean of the gradients since the last one. Clip, decay and update see nothing
else in between; learning-rate schedules count every call, as do constraints and averages.
"""

import torch
from torch import Tensor

from parity.semantics import occurrences
from parity.semantics.options import Group

SLOT = "gradient_accumulator"  # Keras's name of the state


def updates_before(group: Group) -> Tensor:
    """How many updates were made: Keras's `optimizer.iterations`, 0-dim."""
    count: Tensor = group["iterations"]
    steps = group["gradient_accumulation_steps"]
    return count if steps is None else count // steps


def due(
    grads: dict[Tensor, Tensor], groups: list[Group], state: dict[Tensor, dict[str, Tensor]]
) -> dict[Tensor, Tensor]:
    """The gradients that an update is made with now: parameter -> gradient; {} at most calls.

    The others are added to the state (keras BaseOptimizer._backend_apply_gradients).
    """
    found = dict(grads)
    for group in groups:
        steps = group["gradient_accumulation_steps"]
        if steps is None:
            continue
        is_due = (int(group["iterations"]) + 1) % steps == 0
        for param in group["params"]:
            if param not in grads:
                continue
            held = state[param].setdefault(SLOT, torch.zeros_like(param))
            held.add_(occurrences.total(found.pop(param)))
            if is_due:
                found[param] = held / steps
                state[param][SLOT] = torch.zeros_like(held)
    return found
