"""Random numbers that both sides share: drawn by NumPy, from counters, never from a framework.

The same key gives the same draws in any process, and no draw needs the ones before it.
"""

import numpy as np

from parity.records import Array


def _generator(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


def permutation(seed: int, epoch: int, samples: int) -> Array:
    """The order of the samples in an epoch, int64 (samples,)."""
    return _generator(seed, epoch, 0).permutation(samples)


def standard_normal(key: tuple[int, ...], shape: tuple[int, ...], dtype: str) -> Array:
    """Standard normal draws of this shape; `dtype` is float32 or float64."""
    return _generator(*key, 1).standard_normal(shape, dtype=np.dtype(dtype).type)
