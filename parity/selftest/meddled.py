"""Ports that compute what they should and return something else, or that work in ways which no
record of a pass tells: what a module gives is what counts.

Nothing here knows how a check is made. Whether a meddling shows is measured by running the port
with it and without it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from parity.records.comparison import Array
from parity.selftest import torch_twin
from parity.selftest.spec import Spec

Meddling = Callable[["Meddled", Tensor], Any]
SHOWS, UNCLEAR = 1e-3, 1e-6  # shares of the largest value: between them nobody can say


class Meddled(nn.Module):
    """A port whose result goes through a meddling, which is all that is wrong with it."""

    calls: Tensor

    def __init__(self, port: nn.Module, meddling: Meddling, is_ahead: bool) -> None:
        super().__init__()
        self.port, self._meddling, self._is_ahead = port, meddling, is_ahead
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, *inputs: Tensor) -> Any:
        if self._is_ahead:
            inputs = tuple(self._meddling(self, x) if x.is_floating_point() else x for x in inputs)
            return self.port(*inputs)
        return self._meddling(self, self.port(*inputs))


def _unused(module: Meddled, y: Tensor) -> Tensor:
    torch.softmax(y * 2, -1)
    return y


def _in_place_on_a_copy(module: Meddled, y: Tensor) -> Tensor:
    y.clone().relu_()
    return y


def _there_and_back(module: Meddled, y: Tensor) -> Tensor:
    y = y.contiguous()
    y.view(-1).mul_(2.0)
    y.mul_(0.5)
    return y


def _through_numpy(module: Meddled, y: Tensor) -> Tensor:
    return torch.from_numpy(y.detach().cpu().numpy().copy())


def _counted(module: Meddled, y: Tensor) -> Tensor:
    module.calls += 1
    return y


def _clamped_weights(module: Meddled, y: Tensor) -> Tensor:
    for parameter in module.port.parameters():
        parameter.data.clamp_(-1e6, 1e6)
    return y


def _half_in_place(module: Meddled, y: Tensor) -> Tensor:
    y = y.contiguous()
    y.view(-1)[::2] *= 1.01
    return y


def _data(module: Meddled, y: Tensor) -> Tensor:
    y.data.mul_(1.01)
    return y


def _numpy_in_place(module: Meddled, y: Tensor) -> Tensor:
    if y.requires_grad:
        return y * 1.01
    array = y.numpy()
    array *= 1.01
    return y


def _stateful(module: Meddled, y: Tensor) -> Tensor:
    module.calls += 1
    return y * (1 + 0.01 * (module.calls - 1).to(y.dtype))


def _one_alone(module: Meddled, y: Tensor) -> Tensor:
    return y * 1.01 if len(y) == 1 else y


def _positive(module: Meddled, y: Tensor) -> Tensor:
    axes = tuple(range(1, y.ndim))
    some = (y.mean(axes, keepdim=True) > y.mean()) if axes else y > y.mean()
    return torch.where(some, y, y * 0.99)


def _clamp_in_place(module: Meddled, x: Tensor) -> Tensor:
    return x.clamp_(-0.5, 0.5)


def _reversed(module: Meddled, y: Tensor) -> Tensor:
    return y.flip(0)


# Name -> what is done, to what the port returns, or to what it takes.
AFTER: dict[str, Meddling] = {
    "softmax computed and not used": _unused,
    "work in place on a copy": _in_place_on_a_copy,
    "doubled and halved in place": _there_and_back,
    "through NumPy": _through_numpy,
    "calls counted": _counted,
    "weights clamped where none is": _clamped_weights,
    "detached": lambda module, y: y.detach(),
    "in a tuple": lambda module, y: (y,),
    "in a dictionary": lambda module, y: {"answer": y},
    "a constant": lambda module, y: torch.zeros_like(y),
    "nothing": lambda module, y: None,
    "twice": lambda module, y: (y, y),
    "a part in place, through a view": _half_in_place,
    "in place through .data": _data,
    "in place through NumPy": _numpy_in_place,
    "rounded": lambda module, y: (y * 50 / y.abs().max()).round() * y.abs().max() / 50,
    "bfloat16 on the way": lambda module, y: y.bfloat16().to(y.dtype),
    "more with each call": _stateful,
    "otherwise for a batch of one": _one_alone,
    "otherwise on some inputs": _positive,
    "samples in reverse": _reversed,
    "the first sample for all": lambda module, y: y[:1].expand_as(y).clone(),
    "less the batch's mean": lambda module, y: y - y.mean(0),
    "clipped at the top": lambda module, y: y.clamp(max=float(y.max()) * 0.9),
}
AHEAD: dict[str, Meddling] = {
    "input clamped in place": _clamp_in_place,
    "input negated twice": lambda module, x: x.neg().neg(),
    "input rounded": lambda module, x: (x * 4).round() / 4,
    "input of the sample before": lambda module, x: x.roll(1, 0),
}


def build(spec: Spec, name: str) -> nn.Module:
    """The port of a spec with this meddling."""
    found = AHEAD.get(name) or AFTER[name]
    return Meddled(torch_twin.build(spec), found, name in AHEAD)


def shows(spec: Spec, name: str, inputs: list[Array]) -> bool | None:
    """Does the meddling change what the port gives? None where it is too little to say.

    inputs: as the port takes them. Two calls in a row, and one of the first sample alone.
    """
    torch.manual_seed(0)
    module = build(spec, name).eval().double()
    assert isinstance(module, Meddled)
    gaps = [_gap(module, inputs), _gap(module, [x[:1] for x in inputs])]
    if None in gaps:
        return True
    largest = max(gap for gap in gaps if gap is not None)
    return True if largest > SHOWS else None if largest > UNCLEAR else False


@torch.no_grad()
def _gap(module: Meddled, inputs: list[Array]) -> float | None:
    """How far the port is from itself, as a share of its largest value; None: it is no tensor."""
    module.calls.zero_()
    plain = module.port(*_tensors(inputs)).clone()
    gaps = []
    for _ in range(2):
        found = module(*_tensors(inputs))
        found = tuple(found.values()) if isinstance(found, dict) else found
        found = found[0] if isinstance(found, tuple) and len(found) == 1 else found
        if not isinstance(found, Tensor) or found.shape != plain.shape:
            return None
        gaps.append(float((found - plain).abs().max() / plain.abs().max().clamp(min=1e-30)))
    return max(gaps)


def _tensors(inputs: list[Array]) -> list[Tensor]:
    return [
        torch.tensor(x, dtype=torch.float64 if np.issubdtype(x.dtype, np.floating) else torch.int64)
        for x in inputs
    ]
