"""Weights as an initialiser leaves them when it does not draw: in them mistakes hide."""

import numpy as np

from parity.records.comparison import Array

FIRST = 64  # numbers that tell most kernels from constants, without a look at the others


def is_undrawn(name: str, values: Array) -> bool:
    """Is a variable one number throughout; or a bias of two, as that of an LSTM is, with its
    forget gate at one? name: Keras's path, or its last part."""
    if not (values.size and np.issubdtype(values.dtype, np.floating)):
        return False
    if len(np.unique(values.flat[:FIRST])) > 2:
        return False
    if np.ptp(values) == 0:
        return True
    return name.rpartition("/")[2] == "bias" and len(np.unique(values)) == 2 and values.size > 2
