"""A number of the port's own that is another in Keras is found, however far off it is."""

import numpy as np
import pytest

from parity.diagnose.differing_segment import DifferingSegment
from parity.diagnose.other_numbers import numbered
from parity.errors import ModelError
from parity.mapping.layout_moves import AS_IT_IS
from parity.records.comparison import Array, Match, Step
from parity.records.interventions import Change

X = np.random.default_rng(0).normal(size=(8, 6)) ** 2
MIXED = np.random.default_rng(1).normal(size=(6, 3))


def given(offset: float) -> Array:
    with np.errstate(invalid="ignore"):
        found: Array = np.log(X + offset) @ MIXED
    return found


def cannot(values: Array) -> Array:
    raise ModelError("not here")


@pytest.mark.parametrize(
    ("present", "wanted"), [(1.0, 1e-3), (0.1, 1e-3), (1e-2, 1e-5), (1e-6, 1e-3)]
)
def test_an_offset_in_a_logarithm_is_found(present: float, wanted: float) -> None:
    def played(changes: tuple[Change, ...]) -> Array:
        return given(changes[0].value if changes else present)

    layer, step = Step("a", "Own", (8, 3)), Step("x", "add", (8, 3), settings={"other": present})
    match = Match(layer, (step,), (layer,))
    keras = given(wanted)
    found = numbered(
        DifferingSegment(match, keras, 1e-13, AS_IT_IS, (0, 1), X.shape, played, {}, cannot)
    )
    assert found is not None
    assert found.hypothesis.changes == (Change("x", "setting", "other", wanted),)


def test_of_a_loop_one_call_is_tried() -> None:
    """Each trial is a pass through all of its calls, and one call moves little."""
    layer = Step("a", "Own", (8, 3))
    calls = [Step(f"tanh_{n}", "tanh", (8, 3), inputs=("x",), where="port.py:7") for n in range(9)]
    tried: set[str] = set()

    def played(changes: tuple[Change, ...]) -> Array:
        tried.update(change.step for change in changes)
        return given(1e-3) + sum(0.1 * float(x.value["by"]) for x in changes)

    match = Match(layer, tuple(calls), (layer,))
    keras = given(1e-2)
    shapes = (0, 1), X.shape
    assert (
        numbered(DifferingSegment(match, keras, 1e-13, AS_IT_IS, *shapes, played, {}, cannot))
        is None
    )
    assert tried == {"tanh_0"}
