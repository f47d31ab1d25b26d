"""Arrays are copied and compared tile by tile, and nothing is lost between tiles."""

import numpy as np
import pytest

from parity.numerics import tiles

A = np.arange(7 * 300 * 5 * 130, dtype="float32").reshape(7, 300, 5, 130)
TURNED = {
    "matrix": A.reshape(7 * 300, -1).T,
    "kernel": A.transpose(3, 2, 0, 1),
    "swapped": A.swapaxes(1, 3),
    "backwards": A[::-1, :, :, ::-1],
    "every other": A[:, ::2],
    "repeated": np.broadcast_to(A[:1], A.shape),
    "small": A[0, :3].T,
    "number": np.ones(()),
}


@pytest.mark.parametrize("name", TURNED)
def test_a_copy_in_order_is_the_array(name: str) -> None:
    found = tiles.contiguous(TURNED[name])
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, TURNED[name])


def test_what_is_in_order_is_not_copied() -> None:
    assert tiles.contiguous(A) is A


@pytest.mark.parametrize("place", [0, A.size // 2, A.size - 1])
def test_one_other_bit_is_seen(place: int) -> None:
    other = TURNED["kernel"].copy()
    assert tiles.same(TURNED["kernel"], other)
    other.reshape(-1).view("u4")[place] ^= 1
    assert not tiles.same(TURNED["kernel"], other)


def test_the_same_pattern_is_the_same_where_it_is_no_number() -> None:
    assert tiles.same(np.array([np.nan]), np.array([np.nan]))
    assert not tiles.same(np.array([0.0]), np.array([-0.0]))
    assert not tiles.same(np.zeros(2, "float32"), np.zeros(2))
    assert not tiles.same(np.zeros(2), np.zeros((2, 1)))
