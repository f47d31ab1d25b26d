"""Why two preparations of the same images differ: each is read off what it gives.

A reading is a way from raw images to prepared ones: cropped or padded, resized, rounded, channels
in an order, each channel scaled and shifted. Where one of a finite number of ways gives what a side
gave, to rounding, that is what the side does; the causes are the parts in which two readings
differ, and each is proven by running the port's reading with Keras's part in its place.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from parity.diagnose.left import cause, left
from parity.diagnose.prepared_images import SLACK, Reading, readings
from parity.records.budget import Budget
from parity.records.comparison import Array, Finding, Measured

IMAGES = 4  # axes of prepared images
FEW = 2  # images that a reading is found with


@dataclass(frozen=True)
class Read:
    """What both sides do, as far as it is known, and what it says. level: how far either side is
    from exact arithmetic, where both do the same; None where they do not, or nobody knows."""

    finding: Finding
    level: float | None = None


def read(raw: list[Array], found: Measured, budget: Budget) -> Read:
    """raw: images (H, W, C) of any sizes; found: what both sides made of them, (N, h, w, C)."""
    keras, torch = (np.asarray(x, np.float64) for x in (found.keras, found.torch))
    before = left([found])
    nothing = Finding("preprocessing", "preprocessing", "data", (), before.gap, before.gap)
    if keras.shape != torch.shape or keras.ndim != IMAGES or keras.shape[3] != raw[0].shape[-1]:
        return Read(nothing)
    raw, few = raw[:FEW], replace(found, keras=keras[:FEW], torch=torch[:FEW])
    size = keras.shape[1], keras.shape[2]
    ours, theirs = ([*budget.lasting(readings(raw, x))] for x in (few.keras, few.torch))
    pairs = sorted(product(ours, theirs), key=lambda pair: len(_apart(*pair)))
    if not pairs:
        return Read(nothing)
    keras_reads, torch_reads = pairs[0]
    exact = keras_reads.of(raw, size)
    parts = _apart(keras_reads, torch_reads)
    if not parts:
        level = max(float(np.abs(exact - x).max()) for x in (few.keras, few.torch))
        return Read(nothing, level)
    few = replace(few, keras=exact)
    causes, last = [], left([few])
    for part in parts:
        says, fix = _told(part, keras_reads, torch_reads)
        torch_reads = _with(torch_reads, keras_reads, part)
        now = left([replace(few, torch=torch_reads.of(raw, size))])
        causes.append(cause(part, says, fix, last, now))
        last = now
    return Read(replace(nothing, causes=tuple(causes), after=last.gap))


SCALING, NORMALISATION = "input-scaling", "input-normalisation"
PARTS: dict[str, tuple[str, ...]] = {
    "crop-or-padding": ("frame",),
    "resize-interpolation": ("kernel",),
    "resize-antialias": ("antialias",),
    "input-rounding": ("rounding",),
    "channel-order": ("turned",),
    SCALING: ("scale", "shift"),
}


def _apart(keras: Reading, torch: Reading) -> list[str]:
    """The causes: the parts in which two readings differ."""
    found = [cause for cause in PARTS if not _is_same(keras, torch, cause)]
    if SCALING in found and (keras.is_by_channel or torch.is_by_channel):
        found[found.index(SCALING)] = NORMALISATION
    return found


def _is_same(keras: Reading, torch: Reading, cause: str) -> bool:
    if cause == SCALING:
        apart = keras.most * np.abs(keras.scale - torch.scale) + np.abs(keras.shift - torch.shift)
        return bool((apart <= 2 * SLACK * max(keras.largest, torch.largest)).all())
    return all(getattr(keras, name) == getattr(torch, name) for name in PARTS[cause])


def _with(torch: Reading, keras: Reading, cause: str) -> Reading:
    names = PARTS[SCALING if cause == NORMALISATION else cause]
    return replace(torch, **{name: getattr(keras, name) for name in names})


def _told(cause: str, keras: Reading, torch: Reading) -> tuple[str, str]:
    """What the port does, and how it is mended."""
    if cause == "crop-or-padding":
        does, other = torch.frame or "nothing", keras.frame or "nothing"
        return f"of the image the port takes: {does}; Keras: {other}", f"as Keras: {other}"
    if cause == "resize-interpolation":
        says = (
            f"the port resizes by {torch.kernel or 'nothing'}, Keras by {keras.kernel or 'nothing'}"
        )
        return says, f"interpolation: {keras.kernel or 'none'}"
    if cause == "resize-antialias":
        does = "antialiases" if torch.antialias else "does not antialias"
        return (
            f"the port {does} what it makes smaller, Keras otherwise",
            f"antialias={keras.antialias}",
        )
    if cause == "input-rounding":
        if torch.rounding:
            return (
                "the port rounds what it resizes to whole levels",
                "resize in floats, not in uint8 or a PIL image",
            )
        return "Keras rounds what it resizes to whole levels", "x = x.round()"
    if cause == "channel-order":
        return "one side has the channels as RGB, the other as BGR", "x = x.flip(-3)"
    ours, theirs = _affine(keras), _affine(torch)
    says = f"the port computes {theirs}, Keras {ours}"
    back = replace(keras, scale=keras.scale[::-1], shift=keras.shift[::-1])
    if _is_same(back, torch, SCALING):
        says = "mean and standard deviation stand in the other order of channels"
    return says, f"of raw values {ours}"


def _affine(reading: Reading) -> str:
    slack = SLACK * reading.largest
    shift = np.where(np.abs(reading.shift) < slack, 0.0, reading.shift)
    scale, shifted = (_number(x, reading.is_by_channel) for x in (reading.scale, shift))
    return f"x * {scale}" + (f" + {shifted}" if shift.any() else "")


def _number(values: Array, is_by_channel: bool) -> str:
    if not is_by_channel:
        return f"{values.mean():.6g}"
    return str([float(f"{value:.6g}") for value in values])
