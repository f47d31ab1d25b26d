"""Gate `output`: every returned value is found, and judged by the noise of the whole model."""

from dataclasses import replace

import numpy as np
import pytest

from parity.gates import loss, output, returned_values
from parity.gates.returned_values import Pairing, Run
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, Dtype, GateResult

GENERATOR = np.random.default_rng(0)
WIDE = GENERATOR.normal(size=(4, 3))
EXACT = (WIDE.astype("float32"), WIDE)


def answer(*values: tuple[str, Array | None], container: str = "list") -> Answer:
    parts = tuple(
        Returned(f"[{n}]", key, "None" if value is None else "tensor", value)
        for n, (key, value) in enumerate(values)
    )
    return Answer(parts, container)


def both(*values: tuple[str, Array | None], container: str = "list") -> dict[Dtype, Answer]:
    """The same answer in both dtypes, rounded to float32 in one."""
    narrow = [(key, None if x is None else x.astype("float32")) for key, x in values]
    return {
        "float64": answer(*values, container=container),
        "float32": answer(*narrow, container=container),
    }


def judged(keras: dict[Dtype, Answer], torch: dict[Dtype, Answer]) -> GateResult:
    return output.judge([Run("the inputs", keras, torch)], "float64")


def test_equal_values_pass() -> None:
    assert judged(both(("", WIDE)), both(("", WIDE))).verdict == "pass"


def test_a_value_that_is_off_by_more_than_noise_differs() -> None:
    gate = judged(both(("", WIDE)), both(("", WIDE + 1e-12)))
    assert gate.verdict == "differ"
    assert "on the inputs" in gate.note


def test_a_dictionary_is_matched_by_its_keys_whatever_their_order() -> None:
    keras = both(("a", WIDE), ("b", 2 * WIDE))
    torch = both(("b", 2 * WIDE), ("a", WIDE), container="dict")
    gate = judged(keras, torch)
    assert gate.verdict == "pass"
    assert "Keras returns list, the port dict" in gate.note


def test_without_keys_place_counts() -> None:
    assert returned_values.pairings(
        answer(("", WIDE), ("", WIDE)), answer(("", WIDE), ("", WIDE), ("", WIDE))
    ) == [Pairing(0, 0), Pairing(1, 1), Pairing(None, 2)]


def test_none_beside_the_values_is_nothing() -> None:
    torch = both(("", WIDE), ("", None))
    assert judged(both(("", WIDE)), torch).verdict == "pass"


@pytest.mark.parametrize(
    ("torch", "verdict"),
    [
        (both(("", None)), "differ"),
        (both(), "differ"),
        (both(("", WIDE[:, :2])), "differ"),
        (both(("", np.full_like(WIDE, np.nan))), "differ"),
        (both(("", WIDE), ("", WIDE)), "incomplete"),
    ],
    ids=["None", "nothing", "another shape", "NaN", "one too many"],
)
def test_what_is_no_answer_does_not_pass(torch: dict[Dtype, Answer], verdict: str) -> None:
    assert judged(both(("", WIDE)), torch).verdict == verdict


def test_channels_first_are_turned() -> None:
    image = GENERATOR.normal(size=(2, 4, 5, 3))
    assert judged(both(("", image)), both(("", np.moveaxis(image, -1, 1)))).verdict == "pass"


def test_the_layout_of_the_first_draw_holds_for_all() -> None:
    """A cube fits either way: a port that turns its axes on some inputs is caught."""
    cube = GENERATOR.normal(size=(3, 3, 3, 3))
    first = Run("the inputs", both(("", cube)), both(("", cube)))
    other = Run("other inputs", both(("", cube)), both(("", np.moveaxis(cube, -1, 1))))
    assert output.judge([first], "float64").verdict == "pass"
    gate = output.judge([first, other], "float64")
    assert gate.verdict == "differ"
    assert "other inputs" in gate.note


def test_a_coarser_type_is_no_noise() -> None:
    """The port's own float32 answer is as far from its float64 answer as bfloat16 is."""
    torch = both(("", WIDE))
    coarse = (WIDE * (1 + 2.0**-9)).astype("float32")
    torch["float32"] = answer(("", coarse))
    run = Run("the inputs", both(("", WIDE)), torch)
    assert output.judge([run], "float64").verdict == "pass"
    assert output.judge([run], "float32").verdict == "differ"


def test_wide_inputs_are_judged_by_the_noise_of_float32() -> None:
    run = Run("wide inputs", both(("", WIDE)), both(("", WIDE + 1e-9)))
    assert output.judge([run], "float64").verdict == "differ"
    assert output.judge([replace(run, is_wide=True)], "float64").verdict == "pass"


def test_a_decision_that_falls_either_way_is_no_difference() -> None:
    """Keras's own answer jumps by as much when its input is moved by a rounding."""
    classes = np.array([0.0, 1.0, 2.0, 1.0])
    other = np.array([0.0, 1.0, 2.0, 2.0])
    run = Run("the inputs", both(("", classes)), both(("", other)))
    assert output.judge([run], "float64").verdict == "differ"
    jumps = (np.array([0.0, 0.0, 0.0, 1.0]),)
    gate = output.judge([replace(run, spread={"float64": jumps})], "float64")
    assert gate.verdict == "pass"
    assert "1 values fall either way by a rounding" in gate.layers[0].note


def turned_over(share: float) -> tuple[Run, np.ndarray]:
    """Two of five samples are turned over by float32's rounding, in this share of their values."""
    wide = GENERATOR.normal(size=(5, 200))
    rounded = [wide * (1 + 1e-5 * GENERATOR.normal(size=wide.shape)) for _ in range(2)]
    for one in rounded:
        one[:2] += 3 * GENERATOR.normal(size=(2, 200)) * (GENERATOR.random((2, 200)) < share)
    keras, torch = both(("", wide)), both(("", wide))
    keras["float32"], torch["float32"] = (answer(("", x.astype("float32"))) for x in rounded)
    return Run("the inputs", keras, torch), wide


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_samples_that_a_rounding_turns_over_say_nothing_of_the_noise(share: float) -> None:
    """Of what they return each value jumps by chance; the other samples tell what float32 costs."""
    run, wide = turned_over(share)
    jumps = np.full(wide.shape, 1e-5)
    jumps[:2] = np.abs(3 * GENERATOR.normal(size=(4, 2, 200))).max(0)
    run = replace(run, spread={"float32": (jumps,), "float64": (jumps * 1e-9,)})
    assert output.judge([run], "float64").verdict == "pass"
    assert output.judge([run], "float32").verdict == "pass"


def test_a_port_that_rounds_more_differs_beside_samples_that_are_turned_over() -> None:
    run, wide = turned_over(1.0)
    (part,) = run.torch["float32"].parts
    coarse = np.asarray(part.value).copy()
    coarse[3] *= 1 + 1e-1
    run = replace(run, torch={**run.torch, "float32": answer(("", coarse))})
    jumps = np.full(wide.shape, 1e-5)
    jumps[:2] = 3
    run = replace(run, spread={"float32": (jumps,), "float64": (jumps * 1e-9,)})
    assert output.judge([run], "float32").verdict == "differ"


def test_what_goes_through_float32_is_moved_by_its_rounding() -> None:
    """A deep model may grow it far beyond what its own two passes are apart."""
    run = Run("the inputs", both(("", WIDE)), both(("", WIDE + 1e-5)))
    spread: dict[Dtype, tuple[Array, ...]] = {
        "float64": (np.full(WIDE.shape, 1e-13),),
        "float32": (np.full(WIDE.shape, 1e-5),),
    }
    run = replace(run, spread=spread)
    assert output.judge([run], "float64").verdict == "differ"
    assert output.judge([run], "float64", is_narrow=True).verdict == "pass"


def test_a_decision_that_is_clear_is_one() -> None:
    classes, other = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    run = Run("the inputs", both(("", classes)), both(("", other)))
    jumps = (np.array([0.0, 1.0]),)
    assert output.judge([replace(run, spread={"float64": jumps})], "float64").verdict == "differ"


def test_what_cannot_be_run_is_incomplete_and_told() -> None:
    torch = both(("", WIDE))
    torch["float64"] = Answer(error="TypeError: no")
    gate = judged(both(("", WIDE)), torch)
    assert (gate.verdict, gate.note) == ("incomplete", "the port raises TypeError: no")


def test_predictions_that_tie_are_counted() -> None:
    one = np.array([[1.0, 1.0 - 2.0**-53, 0.2], [1.0, 0.9, 0.2]])
    assert loss.tied(one) == 0.5
    assert loss.tied(one[:, :1]) == 0.0


def test_an_axis_of_length_one_that_is_gone_passes_and_is_told() -> None:
    gate = judged(both(("", WIDE[:, :1])), both(("", WIDE[:, 0])))
    assert gate.verdict == "pass"
    assert "the port returns (N,), Keras (N, 1)" in gate.note


def test_what_is_no_number_on_both_sides_alike_is_not_judged() -> None:
    lost = WIDE.copy()
    lost[0, 1], lost[2, 0] = np.nan, np.inf
    gate = judged(both(("", lost)), both(("", lost)))
    assert gate.verdict == "incomplete"
    assert "the same 2 of 12 values" in gate.note


@pytest.mark.parametrize("other", [np.nan, -np.inf, 1.0])
def test_what_is_no_number_on_one_side_differs(other: float) -> None:
    lost, found = WIDE.copy(), WIDE.copy()
    lost[2, 0], found[2, 0] = np.inf, other
    assert judged(both(("", lost)), both(("", found))).verdict == "differ"


def test_a_difference_beside_what_is_no_number_is_one() -> None:
    lost = WIDE.copy()
    lost[0, 1] = np.nan
    gate = judged(both(("", lost)), both(("", lost + 1.0)))
    assert gate.verdict == "differ"
    assert gate.layers[0].max_abs == pytest.approx(1.0)


@pytest.mark.parametrize(("gap", "is_far"), [(1.0, True), (1e-5, False), (0.0, False)])
def test_a_port_is_far_only_where_no_rounding_of_its_own_could_be_the_reason(
    gap: float, is_far: bool
) -> None:
    torch = answer(("", WIDE + gap))
    alone = Run("the inputs", both(("", WIDE)), {"float64": torch, "float32": torch})
    assert output.is_far(alone) is is_far


def test_a_port_that_raises_is_not_told_to_be_far() -> None:
    torch = Answer(error="RuntimeError: no")
    alone = Run("the inputs", both(("", WIDE)), {"float64": torch, "float32": torch})
    assert not output.is_far(alone)
