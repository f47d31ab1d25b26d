"""Every move has its inverse, and puts each number where the other framework reads it."""

import numpy as np
import pytest

from parity.mapping import layout_moves
from parity.records.comparison import Move


@pytest.mark.parametrize(
    ("move", "shape"),
    [
        (layout_moves.COPY, (5,)),
        (layout_moves.DENSE, (3, 5)),
        (layout_moves.CONV2D, (2, 3, 4, 5)),
        (layout_moves.CONV2D_TRANSPOSE, (2, 3, 4, 5)),
        (layout_moves.by_axes((2, 0, 1)), (2, 3, 4)),
    ],
    ids=lambda value: value.name if isinstance(value, Move) else "",
)
def test_there_and_back_is_bitwise(move: Move, shape: tuple[int, ...]) -> None:
    weight = np.random.default_rng(0).normal(size=shape)
    assert np.array_equal(move.to_keras(move.to_torch(weight)), weight)


def test_conv_kernel_keeps_height_and_width_apart() -> None:
    moved = layout_moves.CONV2D.to_torch(np.zeros((2, 3, 4, 5)))
    assert moved.shape == (5, 4, 2, 3)


def test_a_dense_after_flatten_computes_the_same() -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(7, 2, 3, 4)), rng.normal(size=(24, 5))
    index = np.arange(24).reshape(1, 2, 3, 4)
    order = layout_moves.CHANNELS.to_torch(index).ravel()
    layout = layout_moves.flat(order, (2, 3, 4))
    torch_features = layout_moves.CHANNELS.to_torch(x).reshape(7, -1)
    move: Move = layout_moves.in_order(layout_moves.DENSE, layout, 0)
    np.testing.assert_allclose(
        torch_features @ move.to_torch(kernel).T, x.reshape(7, -1) @ kernel, rtol=1e-12
    )
    assert np.array_equal(move.to_keras(move.to_torch(kernel)), kernel)
    assert np.array_equal(layout.to_keras(torch_features), x.reshape(7, -1))
    assert np.array_equal(layout.to_torch(x.reshape(7, -1)), torch_features)
    assert layout.name == "HWC -> CHW of 2x3x4"


def test_flattening_that_loses_features_is_refused() -> None:
    with pytest.raises(ValueError, match="drops or repeats"):
        layout_moves.flat(np.array([0, 1, 1]), (1, 1, 3))
