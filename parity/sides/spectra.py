"""Fourier transforms done otherwise than the port does them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from parity.sides.rerun import Rerun

_PARTS: dict[str, Callable[[Tensor], Tensor]] = {
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "abs": torch.abs,
    "angle": torch.angle,
}


def complex_part(x: Tensor, part: str) -> Tensor:
    """Its real or imaginary part, its size, or its angle."""
    return _PARTS[part](x)


def transform(run: Rerun, dims: Sequence[int], norm: str | None) -> Any:
    """The same transform along these axes."""
    kind = run.kind.removeprefix("fft_").rstrip("2n") + "n"
    return getattr(torch.fft, kind)(run.inputs[0], dim=tuple(dims), norm=norm)


def windowed(run: Rerun, name: str, is_periodic: bool) -> Any:
    """A short-time transform under a window of that name."""
    x, held = run.inputs[0], run.setting("win_length") or run.setting("n_fft")
    length = held if held is not None else len(run.argument("window"))
    make = getattr(torch, f"{name}_window")
    window = make(length, periodic=is_periodic, dtype=x.dtype, device=x.device)
    return run.with_argument("window", window)()
