"""Prepared images, read: in what way were they made of raw ones?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np

from parity.numerics import resampling
from parity.records.comparison import Array

LEVELS = 255
SLACK = 1e-5  # of the largest value: within it a side gives what a way to prepare images gives
NEAR = 4  # levels from which on rounding is no explanation
# Of values that are rounded behind each axis, a share falls on another side of a half by the
# weights' own precision: 1.1 % in Pillow, 1.7 % in torchvision. Rounded once: 14 %.
OFF_BY_ONE = 0.05

CUBIC, REPEATED, ALIGNED = "bicubic, a=-0.75", ", border repeated", ", corners aligned"
AREA = "area"  # without antialiasing it is `nearest`
MIDDLE = "the middle, not resized"
CROPPED, PADDED = "cropped to the new sides' ratio", "padded to the new sides' ratio"


@dataclass(frozen=True)
class Reading:
    """frame: what is cropped or padded; kernel, antialias: how it is resized; rounding: "" for
    none, "once", or "twice", behind each axis; turned: are the channels in the other order;
    scale, shift: of each channel; most: the largest raw value."""

    frame: str = ""
    kernel: str = ""
    antialias: bool = False
    rounding: str = ""
    turned: bool = False
    scale: Array = field(default_factory=lambda: np.ones(1))
    shift: Array = field(default_factory=lambda: np.zeros(1))
    most: float = LEVELS

    @property
    def largest(self) -> float:
        """What the largest raw value comes to, but for the shift."""
        return float(self.most * np.abs(self.scale).max())

    @property
    def is_by_channel(self) -> bool:
        """Is each channel scaled or shifted by numbers of its own?"""
        slack = 2 * SLACK * self.largest
        return bool(self.most * np.ptp(self.scale) > slack or np.ptp(self.shift) > slack)

    def of(self, raw: list[Array], size: tuple[int, int]) -> Array:
        x = _resized(raw, size, self)
        return (x[..., ::-1] if self.turned else x) * self.scale + self.shift


def readings(raw: list[Array], side: Array) -> Iterator[Reading]:
    """All that give what a side gave."""
    size = side.shape[1], side.shape[2]
    most = max(float(np.abs(x).max()) for x in raw)
    is_whole = all(x.min() >= 0 and 1 < x.max() <= LEVELS for x in raw)
    for shape in (replace(shape, most=most) for shape in _shapes(raw, size)):
        for rounding in ("", "once", "twice") if shape.kernel and is_whole else ("",):
            found = [*_in_order(raw, side, replace(shape, rounding=rounding))]
            yield from (reading for reading, is_all in found if is_all)
            if not found:
                break


def _in_order(raw: list[Array], side: Array, shape: Reading) -> Iterator[tuple[Reading, bool]]:
    """With the channels in either order, what comes near, and whether it is all of it."""
    resized = _resized(raw, (side.shape[1], side.shape[2]), shape)
    for turned in (False, True) if side.shape[3] > 1 else (False,):
        x = resized[..., ::-1] if turned else resized
        scale, shift = _fit(x, side, np.ones_like(x))
        if shape.rounding:  # anew, of what fell on the same side
            near = np.abs(x * scale + shift - side) < np.abs(scale) / 2
            scale, shift = _fit(x, side, near.astype(np.float64))
        found = replace(shape, turned=turned, scale=scale, shift=shift)
        apart, step = np.abs(x * scale + shift - side), np.abs(scale)
        allowed = SLACK * float(np.abs(side).max())
        if (apart <= NEAR * step + allowed).all():
            yield found, _is_all(apart, step, allowed, shape.rounding)


def _is_all(apart: Array, step: Array, allowed: float, rounding: str) -> bool:
    if not rounding:
        return bool(apart.max() <= allowed)
    rare = np.mean(apart > allowed + 0.01 * step) <= OFF_BY_ONE
    return bool(rare and (apart <= 1.1 * step + allowed).all())


def _fit(x: Array, side: Array, counted: Array) -> tuple[Array, Array]:
    """Of each channel a factor and an offset, by least squares over what is counted as 1."""
    axes = (0, 1, 2)
    count = np.maximum(1, counted.sum(axes))
    mean, other = ((v * counted).sum(axes) / count for v in (x, side))
    spread = (counted * (x - mean) ** 2).sum(axes)
    scale = (counted * (x - mean) * (side - other)).sum(axes) / np.where(spread > 0, spread, 1)
    return scale, other - scale * mean


def _shapes(raw: list[Array], size: tuple[int, int]) -> Iterator[Reading]:
    """Ways to bring images to a size."""
    if all(x.shape[:2] == size for x in raw):
        yield Reading()
        return
    every = [("nearest", False), ("nearest, by edges", False)]
    every += [(x.name, a) for x in resampling.KERNELS for a in (False, True) if a or x.name != AREA]
    every += [(name + how, False) for name in ("bilinear", CUBIC) for how in (REPEATED, ALIGNED)]
    for frame in _frames(raw, size):
        if frame == MIDDLE:
            yield Reading(frame)
        else:
            yield from (Reading(frame, *kernel) for kernel in every)


def _frames(raw: list[Array], size: tuple[int, int]) -> Iterator[str]:
    yield ""
    if any(x.shape[0] * size[1] != x.shape[1] * size[0] for x in raw):
        yield from (CROPPED, PADDED)
    if all(x.shape[0] >= size[0] and x.shape[1] >= size[1] for x in raw):
        yield MIDDLE
    shorter = min(size)
    for large in dict.fromkeys((shorter, round(shorter * 256 / 224), round(shorter / 0.875))):
        if (large, large) != size or any(x.shape[0] != x.shape[1] for x in raw):
            yield f"the shorter side to {large}, then the middle"


def _resized(raw: list[Array], size: tuple[int, int], reading: Reading) -> Array:
    return np.stack([_image(np.asarray(x, np.float64), size, reading) for x in raw])


def _image(x: Array, size: tuple[int, int], reading: Reading) -> Array:
    frame = reading.frame
    resize = partial(
        _resize, kernel=reading.kernel, antialias=reading.antialias, rounding=reading.rounding
    )
    if frame == MIDDLE:
        return _middle(x, size)
    if frame.startswith("the shorter side"):
        large = int(frame.split()[4].rstrip(","))
        height, width = x.shape[:2]
        factor = large / min(height, width)
        return _middle(resize(x, (int(height * factor), int(width * factor))), size)
    if frame:
        x = _to_ratio(x, size[0] / size[1], is_padded=frame == PADDED)
    return resize(x, size) if reading.kernel else x


def _middle(x: Array, size: tuple[int, int]) -> Array:
    top, side = (round((x.shape[n] - size[n]) / 2) for n in (0, 1))
    return x[top : top + size[0], side : side + size[1]]


def _to_ratio(x: Array, ratio: float, is_padded: bool) -> Array:
    height, width = x.shape[:2]
    if is_padded:
        tall, broad = max(height, int(width * ratio)), max(width, int(height / ratio))
        top, side = (tall - height) // 2, (broad - width) // 2
        return np.pad(x, ((top, tall - height - top), (side, broad - width - side), (0, 0)))
    low, narrow = min(height, int(width * ratio)), min(width, int(height / ratio))
    top, side = (height - low) // 2, (width - narrow) // 2
    return x[top : top + low, side : side + narrow]


def _resize(x: Array, size: tuple[int, int], kernel: str, antialias: bool, rounding: str) -> Array:
    for axis in (1, 0):
        x = np.moveaxis(
            np.tensordot(_weights(x.shape[axis], size[axis], kernel, antialias), x, (1, axis)),
            0,
            axis,
        )
        if rounding == "twice" or (rounding and axis == 0):
            x = np.floor(np.clip(x, 0, LEVELS) + 0.5)
    return x


@cache
def _weights(old: int, new: int, kernel: str, antialias: bool) -> Array:
    if kernel.startswith("nearest"):
        return resampling.nearest(old, new, half=kernel == "nearest")
    name = kernel.removesuffix(REPEATED).removesuffix(ALIGNED)
    chosen = next(one for one in resampling.KERNELS if one.name == name)
    is_plain = name == kernel
    return resampling.weights(
        old,
        new,
        chosen,
        antialias=antialias,
        border="renormalised" if is_plain else "repeated",
        corners=kernel.endswith(ALIGNED),
    )
