"""Rules seen elsewhere that pass wrong tensors must fail here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.linalg import norm

from parity.numerics.difference import difference, largest

VALUES = np.linspace(-1, 2, 24).reshape(4, 6)


def test_equal_arrays_do_not_differ() -> None:
    found = difference(VALUES, VALUES.copy())
    assert (found.max_abs, found.rel, found.ulp, found.note) == (0, 0, 0, "")


def test_the_largest_difference_is_found_with_its_place() -> None:
    other = VALUES.copy()
    other[2, 3] += 0.25
    found = difference(VALUES, other)
    assert found.max_abs == pytest.approx(0.25)
    assert found.index == (2, 3)


def test_an_imaginary_part_is_a_part_of_the_difference() -> None:
    """Cast to real numbers, only the real parts were compared."""
    for keras in (VALUES, VALUES + 1j):
        found = difference(keras, VALUES + 3j)
        assert found.max_abs == pytest.approx(abs(VALUES + 3j - keras).max())
        assert found.max_abs == largest(keras, VALUES + 3j)
        assert found.rel == pytest.approx(norm(VALUES + 3j - keras) / norm(keras))
        assert found.ulp
    assert difference(VALUES + 1j, VALUES + 1j).max_abs == 0


def test_a_permutation_keeps_the_mean_and_differs() -> None:
    other = VALUES[::-1]
    assert other.mean() == pytest.approx(VALUES.mean())
    assert difference(VALUES, other).max_abs > 1


def test_a_scaled_array_keeps_the_cosine_and_differs() -> None:
    assert difference(VALUES, VALUES * 1.5).max_abs == pytest.approx(1.0)


def test_nan_on_one_side_differs() -> None:
    other = VALUES.copy()
    other[0, 1] = np.nan
    found = difference(VALUES, other)
    assert np.isinf(found.max_abs)
    assert found.index == (0, 1)
    assert "1 in torch" in found.note


def test_nan_on_both_sides_differs() -> None:
    both = VALUES.copy()
    both[0, 1] = np.nan
    assert np.isinf(difference(both, both).max_abs)


def test_shapes_are_not_broadcast() -> None:
    found = difference(np.zeros((4, 6)), np.zeros((1, 6)))
    assert np.isinf(found.max_abs)
    assert "(4, 6) and (1, 6)" in found.note


def test_nothing_to_compare_is_no_agreement() -> None:
    assert np.isinf(difference(np.zeros((0, 3)), np.zeros((0, 3))).max_abs)


def test_one_ulp_is_one_ulp() -> None:
    ones = np.ones(3, np.float32)
    found = difference(ones, np.nextafter(ones, np.float32(0)))
    assert found.ulp == pytest.approx(0.5)  # below 1 the spacing is half of that above it


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e6, 1e6)), st.integers(0, 11))
def test_any_single_changed_element_is_seen(array: np.ndarray, place: int) -> None:
    other = array.copy()
    other.flat[place] += 1 + abs(other.flat[place])
    found = difference(array, other)
    assert found.max_abs > 0
    assert found.index == divmod(place, 4)


SOME = st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf])


@given(*(hnp.arrays(kind, (3, 4), elements=SOME) for kind in (np.float64, np.float32)))
def test_the_largest_alone_is_that_of_all(one: np.ndarray, other: np.ndarray) -> None:
    assert largest(one, other) == difference(one, other).max_abs
    assert largest(one, other[:2]) == np.inf
