"""Numbers of an input that stand for something, as a masked step's -1: no rounding moves them."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from parity.records.comparison import Array


def movable(values: Array, marks: Collection[float] = ()) -> NDArray[np.bool_]:
    """Which floats may be another by a rounding: all but `marks`, and whole numbers among others.

    A model may ask whether an input is one of those, which both sides are shown to the bit.
    """
    whole = values == np.rint(values)
    found: NDArray[np.bool_] = ~(np.isin(values, list(marks)) | (whole & (not whole.all())))
    return found
