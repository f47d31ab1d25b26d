"""Why two preparations of the same images differ, without a framework."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity.diagnose import preprocessing
from parity.diagnose.prepared_images import CROPPED, Reading
from parity.gates import data
from parity.records.budget import UNLIMITED
from parity.records.comparison import Array

DRAW = np.random.default_rng(0)
RAW = [DRAW.integers(0, 256, (21, 27, 3), np.uint8) for _ in range(3)]
MEAN, SD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
Side = Callable[[list[Array]], Array]


def side(
    frame: str = "",
    kernel: str = "bilinear",
    antialias: bool = False,
    rounding: str = "",
    turned: bool = False,
    scale: Any = 1 / 255,
    shift: Any = 0.0,
) -> Side:
    """A preparation, in float32."""
    factors = np.broadcast_to(scale, 3), np.broadcast_to(shift, 3)
    reading = Reading(frame, kernel, antialias, rounding, turned, *factors)
    return lambda raw: reading.of(raw, (12, 12)).astype(np.float32)


def causes(keras: Side, torch: Side) -> list[str]:
    measured = data.prepared(keras(RAW), np.moveaxis(torch(RAW), -1, 1))
    assert data.judge("float32", [measured]).verdict == "differ"
    found = preprocessing.read(RAW, measured, UNLIMITED)
    assert found.level is None
    return [cause.cause for cause in found.finding.causes]


PLAIN = side()
NORMAL = side(scale=1 / 255 / SD, shift=-MEAN / SD)
TURNED = side(scale=1 / 255 / SD[::-1], shift=-(MEAN / SD)[::-1])


@pytest.mark.parametrize(
    ("keras", "torch", "named"),
    [
        (PLAIN, side(scale=1), ["input-scaling"]),
        (PLAIN, side(scale=1 / 127.5, shift=-1), ["input-scaling"]),
        (NORMAL, PLAIN, ["input-normalisation"]),
        (NORMAL, TURNED, ["input-normalisation"]),
        (PLAIN, side(turned=True), ["channel-order"]),
        (PLAIN, side("", "nearest"), ["resize-interpolation"]),
        (PLAIN, side("", "bilinear, corners aligned"), ["resize-interpolation"]),
        (PLAIN, side("", "bilinear", True), ["resize-antialias"]),
        (PLAIN, side("", "bilinear", False, "twice"), ["input-rounding"]),
        (side(CROPPED, "bilinear"), PLAIN, ["crop-or-padding"]),
        (NORMAL, side("", "bilinear", True), ["resize-antialias", "input-normalisation"]),
    ],
)
def test_what_differs_is_read_off_and_named(keras: Side, torch: Side, named: list[str]) -> None:
    assert causes(keras, torch) == named


def test_the_other_order_of_mean_and_deviation_is_said() -> None:
    found = preprocessing.read(RAW, data.prepared(NORMAL(RAW), TURNED(RAW)), UNLIMITED)
    assert "in the other order of channels" in found.finding.causes[0].says


def test_two_that_do_the_same_are_judged_by_how_far_they_are_from_exact_arithmetic() -> None:
    """TensorFlow's antialiased images are, by ten roundings and more."""
    rough = PLAIN(RAW) + 2e-6 * DRAW.standard_normal((3, 12, 12, 3)).astype(np.float32)
    found = preprocessing.read(RAW, data.prepared(rough, PLAIN(RAW)), UNLIMITED)
    assert found.finding.causes == ()
    assert found.level is not None
    assert 1e-6 < found.level < 1e-5


def test_what_is_no_such_way_is_not_explained() -> None:
    odd = np.sqrt(PLAIN(RAW))
    found = preprocessing.read(RAW, data.prepared(PLAIN(RAW), odd), UNLIMITED)
    assert (found.finding.causes, found.level) == ((), None)
