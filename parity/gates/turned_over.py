"""Models that float32's rounding turns over: how far it moves what both sides return.

An input that is moved by a rounding does not tell where a gate that is wide open or shut takes it
up, and a rounding behind that gate turns the model over all the same.
"""

import numpy as np

from parity.gates.segment_values import MOST
from parity.numerics import noise
from parity.numerics.difference import wide
from parity.records.comparison import Array

Both = tuple[Array, Array]  # what one side gives in float32 and in float64

# A port may round more than Keras does, as where it sums in another order. It may not take
# bfloat16 for float32, whose rounding is 2**16 times coarser.
COARSER = 2.0**8
BY_CHANCE = 8  # one in so many samples may be turned over on one side more than on the other


def by_rounding(keras: Both, torch: Both, jumps: Array) -> Array:
    """How far float32 moves each value by its rounding.

    On Keras's side always; on the port's where Keras's model is one that is turned over, and the
    port's samples, from the one that is moved least to the one that is moved most, tell that it
    rounds no coarser. jumps: how far Keras's values go when its input is moved.
    """
    mine, other = _moved(*keras), _moved(*torch)
    if mine.shape != jumps.shape:
        return jumps
    found = np.fmax(jumps, mine)
    is_turning = noise.largest(found) > MOST * noise.largest(keras[1])
    if not is_turning or other.shape != mine.shape or mine.ndim == 0:
        return found
    floor = float(np.finfo(np.float32).eps) * noise.largest(keras[1])
    kept = len(mine) - len(mine) // BY_CHANCE
    is_coarser = _ranked(other)[:kept] > COARSER * np.maximum(_ranked(found)[-kept:], floor)
    return found if is_coarser.any() else np.fmax(found, other)


def _moved(narrow: Array, exact: Array) -> Array:
    """A number that is none in float32 is no rounding."""
    if narrow.shape != exact.shape:
        return np.empty(0)
    with np.errstate(invalid="ignore"):  # infinity - infinity
        gap = np.abs(wide(narrow) - wide(exact))
    return np.where(np.isfinite(gap), gap, 0.0)


def _ranked(gaps: Array) -> Array:
    """What half of the values of each sample are moved by, in order."""
    found: Array = np.sort(np.median(gaps.reshape(len(gaps), -1), axis=1))
    return found
