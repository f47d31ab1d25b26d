"""Whole epochs of a person's own training: the steps of lock-step, without shared draws."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity.records.comparison import Array
from parity.records.trees import mapped
from parity.sides.torch_batches import OnDevice
from parity.sides.torch_draws import SharedDraws


class Loop:
    """Eager steps on tensors that lie on the device, by the port's own loss and optimizer.

    done: steps.
    """

    about = "eager steps on tensors on the device"

    def __init__(
        self,
        step: Callable[[OnDevice, int], tuple[Tensor, Tensor]],
        tensors: Callable[[Any], Any],
    ) -> None:
        """step: trains on a batch, the n-th, and gives its loss and accuracy; tensors: of arrays,
        on the device."""
        self._step, self._tensors = step, tensors
        self.done = 0

    def place(self, x: Any, y: Any, w: Any = None) -> None:
        self._data = [self._tensors(tree) for tree in (x, y, w)]

    def steps(self, batches: list[Array]) -> Array:
        figures = []
        for chosen in batches:
            index = self._tensors(chosen)
            x, y, w = (mapped(itemgetter(index), tree) for tree in self._data)
            self.done += 1
            loss, accuracy = self._step(OnDevice(x, y, w, SharedDraws((), [])), self.done)
            figures.append(torch.stack([loss.detach().double(), accuracy.double()]))
        # Fetched once for all steps: a number read at every step would be waited for.
        found: Array = np.asarray(torch.stack(figures).cpu())
        return found
