"""How far two outcomes are apart."""

import numpy as np
import pytest

from parity.course.laboratory.measure import (
    answered,
    cases,
    classified,
    largest,
    relative,
    times,
    values,
)
from parity.records.outcomes import Raised

ONES = np.ones((2, 3), "float32")


def test_relative_is_the_mean_difference_over_the_mean_value() -> None:
    assert relative(ONES, ONES * 1.5).distance == pytest.approx(0.5)
    assert relative(ONES, ONES * 1.5).text == "50.0 %"
    assert relative(ONES, ONES).text == "0"


def test_times_counts_a_third_as_far_as_three() -> None:
    assert times(np.array(1.0), np.array(3.0)).distance == pytest.approx(2)
    assert times(np.array(3.0), np.array(1.0)).distance == pytest.approx(2)
    assert times(np.array(1.0), np.array(3.0)).text == "3x"


def test_times_of_another_sign_is_no_multiple() -> None:
    assert times(np.array(1.0), np.array(-1.0)).distance == np.inf


def test_classified_counts_the_samples_that_get_another_class() -> None:
    scores = np.array([[1.0, 0.0], [0.0, 1.0]])
    figure = classified(scores, scores[:, ::-1][:1].repeat(2, axis=0))
    assert figure.distance == pytest.approx(1)
    assert figure.text == "100.0 %; 50.0 % of the classes differ"


def test_cases_counts_those_that_are_not_keras_s() -> None:
    found = {"same": ONES, "rounded": ONES * (1 + 1e-7), "other": ONES * 2, "smaller": ONES[:1]}
    figure = cases(dict.fromkeys(found, ONES), found)
    assert figure.distance == pytest.approx(0.5)
    assert figure.text == "2 of 4 cases differ"


def test_an_exception_leaves_no_case() -> None:
    assert cases({"one": ONES}, Raised("ValueError", "no")).distance == np.inf


def test_answered_asks_for_no_more_than_is_given() -> None:
    keras = {"drawn": ONES, "loaded": ONES}
    assert answered(keras, {"loaded": ONES}).distance == 0
    assert answered(keras, {"drawn": ONES * 2}).distance == pytest.approx(1)


def test_an_answer_to_what_keras_has_not_is_no_agreement() -> None:
    assert answered({"drawn": ONES}, {"drawn": ONES, "other": ONES}).distance == np.inf
    assert answered({"drawn": ONES}, Raised("ValueError", "no")).distance == np.inf


def test_values_shows_both() -> None:
    assert values(np.array(1.0), np.array(2.5)).text == "2.5 (Keras 1)"


@pytest.mark.parametrize("measure", [relative, classified, largest, times, values])
def test_nothing_is_broadcast(measure) -> None:  # type: ignore[no-untyped-def]
    figure = measure(ONES, ONES[:1])
    assert figure.distance == np.inf
    assert figure.text == "shape (1, 3) (Keras (2, 3))"


@pytest.mark.parametrize("measure", [relative, classified, largest, times, values])
def test_nan_is_never_near(measure) -> None:  # type: ignore[no-untyped-def]
    spoilt = ONES.copy()
    spoilt[0, 0] = np.nan
    assert measure(ONES, spoilt).distance == np.inf


@pytest.mark.parametrize("measure", [relative, classified, largest, times, values])
def test_nan_on_keras_s_side_is_never_near_a_number(measure) -> None:  # type: ignore[no-untyped-def]
    spoilt = ONES.copy()
    spoilt[0, 0] = np.nan
    assert not measure(spoilt, ONES).distance <= 1


def test_an_exception_is_as_far_as_can_be() -> None:
    figure = largest(ONES, Raised("ValueError", "no"))
    assert figure.distance == np.inf
    assert figure.text == "raises ValueError: no"


def test_of_several_parts_the_furthest_counts() -> None:
    figure = largest({"near": ONES, "far": ONES}, {"near": ONES, "far": ONES + 2})
    assert figure.text == "far: 2"


def test_a_part_that_is_missing_is_no_agreement() -> None:
    assert largest({"a": ONES, "b": ONES}, {"a": ONES}).distance == np.inf
