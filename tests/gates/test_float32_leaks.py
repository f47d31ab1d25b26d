"""What is computed in float32 inside of a float64 pass is seen by the digits that it loses."""

import numpy as np

from parity.gates.float32_leaks import FAR, NEAR, loses_digits, moved


def test_a_mask_of_infinities_stays_one() -> None:
    scores = np.array([[0.5, -np.inf, 1.5], [np.inf, 2.5, -0.25]])
    for share in (0.0, NEAR, FAR):
        found = moved({"scores": scores}, share)["scores"]
        np.testing.assert_array_equal(found[~np.isfinite(scores)], scores[~np.isfinite(scores)])
        assert (found != scores).any() == (share > 0)


def test_what_is_rounded_on_the_way_is_seen_and_float64_is_not() -> None:
    x = np.random.default_rng(0).normal(size=(3, 50))
    runs = [moved({"x": x}, share)["x"] for share in (0.0, NEAR, FAR)]
    assert not loses_digits(*(np.tanh(one) for one in runs))
    assert loses_digits(*(np.tanh(one.astype("float32")).astype("float64") for one in runs))


def test_values_that_are_no_numbers_are_passed_over() -> None:
    still, near, far = (np.array([np.inf, np.nan, 1.0 + x]) for x in (0.0, NEAR, FAR))
    assert not loses_digits(still, near, far)
