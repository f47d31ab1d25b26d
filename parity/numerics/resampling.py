"""How images are resized: the resampling that Keras, torch and Pillow share, one axis at a time.

Centres of pixels lie at halves. Antialiasing widens the kernel by the factor by which an image is
made smaller. Sources: jax.image.scale_and_translate, Pillow's Resample.c, torch's UpSample.h.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from parity.records.comparison import Array

Border = Literal["renormalised", "repeated"]


@dataclass(frozen=True)
class Kernel:
    """reach: in pixels, to either side; weigh: by distance."""

    name: str
    reach: float
    weigh: Callable[[Array], Array]


def _linear(x: Array) -> Array:
    found: Array = np.maximum(0.0, 1 - np.abs(x))
    return found


def _box(x: Array) -> Array:
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


def _cubic(a: float) -> Callable[[Array], Array]:
    """Keys's kernel, whose slope at 1 is a."""

    def weigh(x: Array) -> Array:
        x = np.abs(x)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = a * (((x - 5) * x + 8) * x - 4)
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))

    return weigh


def _lanczos(x: Array) -> Array:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


KERNELS = (
    Kernel("bilinear", 1, _linear),
    Kernel("bicubic", 2, _cubic(-0.5)),
    Kernel("bicubic, a=-0.75", 2, _cubic(-0.75)),
    Kernel("area", 0.5, _box),
    Kernel("lanczos3", 3, _lanczos),
)


def weights(
    old: int,
    new: int,
    kernel: Kernel,
    *,
    antialias: bool = False,
    border: Border = "renormalised",
    corners: bool = False,
) -> Array:
    """(new, old): what each new pixel takes of each old one. corners: those of both sizes stand on
    each other, rather than the edges."""
    if corners and new > 1:
        centres = np.arange(new) * ((old - 1) / (new - 1))
    else:
        centres = (np.arange(new) + 0.5) * old / new - 0.5
    wide = max(1.0, old / new) if antialias else 1.0
    reach = int(np.ceil(kernel.reach * wide)) + 1
    places = np.floor(centres).astype(int)[:, None] + np.arange(-reach, reach + 1)
    each = kernel.weigh((places - centres[:, None]) / wide)
    if border == "renormalised":
        each = np.where((places >= 0) & (places < old), each, 0.0)
    found = np.zeros((new, old))
    np.add.at(found, (np.arange(new)[:, None], np.clip(places, 0, old - 1)), each)
    found /= found.sum(axis=1, keepdims=True)
    return found


def nearest(old: int, new: int, half: bool = True) -> Array:
    """(new, old). half: by the new pixel's centre; otherwise by its edge, as torch's `nearest`."""
    places = np.floor((np.arange(new) + (0.5 if half else 0.0)) * old / new).astype(int)
    found: Array = np.eye(old)[np.minimum(places, old - 1)]
    return found
