"""Random numbers that both sides share: drawn by NumPy, from counters, never from a framework.

The same key gives the same draws in any process, and no draw needs the ones before it: the masks
of step 4,000 can be made without those of the steps before. Philox is counter-based (Salmon et
al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
"""

from functools import lru_cache

import numpy as np

from parity.records.comparison import Array
from parity.records.training import RandomLayer

INPUT = "input"  # the noise that a pair adds to its own inputs is drawn under this name
TRAIN_NOISE, TEST_NOISE = 1, 2  # the last number of a noise key: each use has draws of its own


def _generator(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


@lru_cache(maxsize=2)
def permutation(seed: int, epoch: int, samples: int) -> Array:
    """The order of the samples in an epoch, int64 (samples,)."""
    order = _generator(seed, epoch, 0).permutation(samples)
    order.flags.writeable = False  # it is shared by all who ask
    return order


def epoch_seed(seed: int, epoch: int) -> int:
    """What a framework's own generator is seeded with before an epoch: 31 bits."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0] >> 1)


def steps_per_epoch(samples: int, batch_size: int) -> int:
    return -(-samples // batch_size)


def batch(seed: int, step: int, samples: int, batch_size: int) -> Array:
    """Which samples step 1, 2, ... of a training is made of: int64 (batch_size,) or the rest.

    An epoch takes every sample once, in the order of its permutation; its last batch is what is
    left.
    """
    epoch, place = divmod(step - 1, steps_per_epoch(samples, batch_size))
    first = place * batch_size
    return permutation(seed, epoch + 1, samples)[first : first + batch_size]


def standard_normal(key: tuple[int, ...], shape: tuple[int, ...], dtype: str) -> Array:
    """Standard normal draws of this shape; `dtype` is float32 or float64."""
    return _generator(*key, 1).standard_normal(shape, dtype=np.dtype(dtype).type)


def input_noise(seed: int, step: int, shape: tuple[int, ...], dtype: str) -> Array:
    """Standard normal draws for the inputs of a step, the same numbers in either dtype."""
    drawn = _generator(seed, step, *INPUT.encode()).standard_normal(shape, dtype=np.float32)
    return drawn.astype(dtype)


def at_inference(layer: RandomLayer, samples: int) -> Array:
    """What a layer draws at inference, as `of_layer` has it of some step, in numbers that every
    float type holds: sixteenths."""
    found = of_layer(layer, 0, 0, samples, "float32")
    if layer.kind == "keep":
        return found
    sixteenths = np.floor(found * 16) + (0.5 if layer.kind == "uniform" else 0)  # never 0, nor 1
    return np.asarray(sixteenths / 16, np.float32)


def of_layer(layer: RandomLayer, seed: int, step: int, samples: int, dtype: str) -> Array:
    """What a layer draws in a step, in Keras's layout: (samples * layer.times, *layer.shape).

    "keep": bool, False with probability layer.rate; "normal": standard normal, and "uniform" in
    [0, 1), the same numbers in either dtype.
    """
    generator = _generator(seed, step, *layer.name.encode())
    shape = (samples * layer.times, *layer.shape) if layer.times else layer.shape
    if layer.kind == "keep":
        return generator.random(shape, dtype=np.float32) >= layer.rate
    if layer.kind == "uniform":
        return generator.random(shape, dtype=np.float32).astype(dtype)
    return generator.standard_normal(shape, dtype=np.float32).astype(dtype)
