"""The training loops of the PyTorch side: alike, and as fast as it goes."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity.records.comparison import Array
from parity.records.training import AS_MATCHED, Lane
from parity.sides.fused_adam import FusedAdam, serves
from parity.sides.torch_hits import hits
from parity.sides.torch_models import Held


class Matched:
    """Eager steps on tensors that lie on the device; the port's own loss and optimizer."""

    about = "eager steps on tensors on the device"

    def __init__(self, held: Held, device: torch.device) -> None:
        self._held, self._device = held, device

    def place(self, x: Array, y: Array) -> None:
        self._x, self._y = self._tensor(x), self._tensor(y)

    def steps(self, batches: list[Array]) -> Array:
        sizes = [len(batch) for batch in batches]
        whole = torch.from_numpy(np.concatenate(batches)).to(self._device)
        chosen = torch.split(whole, sizes)
        self._held.model.train()
        figures = [self._step(self._x[index], self._y[index]) for index in chosen]
        self._held.model.eval()
        losses, accuracies = zip(*figures, strict=True)
        # Fetched once for all steps: a number read at every step would be waited for.
        table = torch.stack([torch.stack(losses).double(), torch.stack(accuracies).double()], dim=1)
        found: Array = table.cpu().numpy()
        return found

    def _step(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        held = self._held
        assert held.optimizer is not None
        held.optimizer.zero_grad(set_to_none=True)
        loss, output = self._forward(x, y)
        loss.backward()  # type: ignore[no-untyped-call]
        held.optimizer.step()
        return loss.detach(), hits(held, output.detach(), y)

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        held = self._held
        assert held.loss is not None
        output = held.model(x)
        return held.loss(output, y), output

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


CHANNELS_LAST, FUSED, COMPILED = "channels_last", "fused Adam", "CUDA graphs (torch.compile)"


class Tuned(Matched):
    """The same mathematics in another way: parts of it, with a comma between, or AS_MATCHED.

    On a CPU torch.compile was slower than eager steps for all five models, and took up to 30 s.
    """

    def __init__(self, held: Held, device: torch.device) -> None:
        super().__init__(held, device)
        assert held.optimizer is not None
        assert held.feed is not None
        self.ways = _ways(held, device)
        self.about = held.feed.session.way or self.ways[-1]
        self._parts = self.about.split(", ")
        if CHANNELS_LAST in self._parts:
            held.model.to(memory_format=torch.channels_last)  # of the weights with four axes
        if FUSED in self._parts:
            held.optimizer = FusedAdam(held.optimizer)  # type: ignore[arg-type]
        self._fast = super()._forward
        if COMPILED in self._parts:
            self._fast = torch.compile(self._fast, mode="reduce-overhead")

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        if COMPILED in self._parts:
            torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
            loss, output = self._fast(x, y)
            return loss.clone(), output  # the next step writes over the graph's own memory
        return self._fast(x, y)

    def _tensor(self, array: Array) -> Tensor:
        tensor = super()._tensor(array)
        is_image = tensor.ndim == 4 and tensor.is_floating_point()
        if not is_image or CHANNELS_LAST not in self._parts:
            return tensor
        return tensor.contiguous(memory_format=torch.channels_last)


def _ways(held: Held, device: torch.device) -> tuple[str, ...]:
    """That of the matched lane first, and the likeliest to be fast last."""
    assert held.optimizer is not None
    parts = [CHANNELS_LAST] if any(p.ndim == 4 for p in held.model.parameters()) else []
    parts += [FUSED] if serves(held.optimizer) else []
    ways = [AS_MATCHED, *(parts if len(parts) > 1 else []), ", ".join(parts)]
    if device.type == "cuda":
        ways += [", ".join([*parts, COMPILED])]
    return tuple(dict.fromkeys(filter(None, ways)))


def lane(name: Lane) -> Any:
    """The loop of a lane. torchvision, a third of this side's start, is imported where one asks."""
    if name == "idiomatic":
        from parity.sides.torch_idiomatic import Idiomatic

        return Idiomatic
    return {"matched": Matched, "tuned": Tuned}[name]
