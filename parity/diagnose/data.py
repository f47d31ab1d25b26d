"""Data: the images are prepared otherwise, or the targets are others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from parity.diagnose.inputs import MNIST
from parity.diagnose.left import Figures
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.records.comparison import Array, Finding, Measured

Preparation = Callable[[Array], Array]

MEAN, SD = MNIST
CLASSES = 1  # the axis of one-hot rows
IMAGES = 4  # axes of images in Keras's layout


def find(figures: Figures) -> Finding:
    """Why inputs and targets differ: the same is done to what Keras's file makes of the images."""
    return explain("data", "images", "images", figures, _trials(figures))


def normalised(x: Array) -> Array:
    made: Array = (x - MEAN) / SD
    return made


def clamped(x: Array) -> Array:
    return np.clip(normalised(x), 0, 1)


def _trials(figures: Figures) -> Iterator[Trial]:
    apart = [f.keras_name for f in figures if f.keras.shape != f.torch.shape or _differs(f)]
    what = " and ".join(apart)
    ranges = f"(x - {MEAN}) / {SD}"
    for cause, name, prepare in (
        ("input-normalisation", ranges, normalised),
        ("input-normalisation", f"{ranges}, clamped to [0, 1]", clamped),
        ("input-scaling", "x * 255", lambda x: x * 255),
        ("input-scaling", "x * 2 - 1", lambda x: x * 2 - 1),
        ("input-scaling", "1 - x", lambda x: 1 - x),
    ):
        says = f"the port's {what} are {name}, where Keras's file has x in [0, 1]"
        yield _trial(Remedy(cause, says, "images / 255, and no more"), figures, apart, prepare)
    if all(one.keras.ndim == IMAGES for one in figures if one.keras_name in apart):
        says = f"height and width of the port's {what} change places"
        remedy = Remedy("axis-order", says, "images[:, None], and no other order of the axes")
        yield _trial(remedy, figures, apart, lambda x: x.swapaxes(1, 2))
    for by in (1, -1):
        remedy = Remedy(
            "targets-shifted", f"the port's classes are shifted by {by}", f"labels + {-by}"
        )
        yield _trial(remedy, figures, apart, partial(np.roll, shift=by, axis=CLASSES))


def _differs(figure: Measured) -> bool:
    return not np.allclose(figure.keras, figure.torch, rtol=0, atol=8 * figure.noise)


def _trial(remedy: Remedy, figures: Figures, apart: list[str], prepare: Preparation) -> Trial:
    def under() -> Figures:
        return [
            replace(one, keras=prepare(one.keras)) if one.keras_name in apart else one
            for one in figures
        ]

    return Trial((remedy,), (under,))
