"""When two results are one: element by element, NaN never, shapes never broadcast."""

import numpy as np

from parity.records.comparison import Array

EXACT = 1e-13  # relative: a few roundings of float64


def assert_close(ours: Array, keras: Array, relative: float = EXACT, floor: float = 0.0) -> None:
    """floor: what is allowed besides, as a share of the largest element.

    An element that is what is left of a cancellation carries the rounding of the larger ones.
    """
    ours, keras = np.asarray(ours), np.asarray(keras)
    assert ours.shape == keras.shape
    largest = np.abs(keras).max() if keras.size else 0.0
    allowed = relative * np.abs(keras) + floor * largest
    excess = np.abs(ours - keras) - allowed
    assert (excess <= 0).all(), f"off by {np.abs(ours - keras).max():.2e}, of {largest:.2e}"
