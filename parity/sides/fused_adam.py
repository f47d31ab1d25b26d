"""Keras's Adam by torch's fused kernel: the same mathematics, in one pass over the weights."""

from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer

from parity.semantics import Adam


def serves(optimizer: Optimizer) -> bool:
    """Is this an optimizer that FusedAdam can stand in for?"""
    clips = ("clipnorm", "clipvalue", "global_clipnorm")
    extras = ("amsgrad", "weight_decay", *clips, "use_ema", "gradient_accumulation_steps")
    groups = optimizer.param_groups
    return (
        type(optimizer) is Adam
        and len(groups) == 1
        and not any(groups[0][name] for name in extras)
        and all(parameter.dtype == torch.float32 for parameter in groups[0]["params"])
    )


class FusedAdam(torch.optim.Adam):
    """torch.optim.Adam(fused=True) whose epsilon is set anew before every step.

    Keras:  w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)
    torch:  w -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)

    They are one formula where eps = epsilon / sqrt(1 - b2^t): 3.2e-6 at the first step, 1e-7 after
    some thousands. Keras computes the powers of the betas in float32, where 1 - 0.999 is off by
    5e-5 of itself; lr is corrected for that.
    """

    def __init__(self, keras_adam: Adam) -> None:
        """Take over the parameters and settings of parity.semantics.Adam. See `serves`."""
        group = keras_adam.param_groups[0]
        self._lr, self._epsilon = float(group["lr"]), group["epsilon"]
        betas = (group["beta_1"], group["beta_2"])
        super().__init__(group["params"], lr=self._lr, betas=betas, fused=True)
        self.param_groups[0]["iterations"] = torch.zeros((), dtype=torch.int64)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        group = self.param_groups[0]
        group["iterations"] += 1
        count = int(group["iterations"])
        seen = [1 - beta**count for beta in group["betas"]]
        kerass = [1 - np.float32(beta) ** np.float32(count) for beta in group["betas"]]
        group["eps"] = self._epsilon / seen[1] ** 0.5
        rounding = (kerass[1] / seen[1]) ** 0.5 * seen[0] / kerass[0]
        group["lr"] = self._lr * float(rounding)
        return super().step(closure)
