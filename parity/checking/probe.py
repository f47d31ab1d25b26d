"""What the gates show the models: images and weights in which a mistake cannot hide."""

from dataclasses import dataclass

import numpy as np

from parity.numerics.initial import is_undrawn
from parity.records.comparison import Array

IMAGES = 64


@dataclass(frozen=True)
class Probe:
    """What a check shows a pair. Images are uint8 (N, 28, 28), labels int64 (N,)."""

    raw: Array  # half real, half random pixels
    labels: Array
    train_raw: Array  # the batches of a few steps of training
    train_labels: Array


def probe(
    real: Array, labels: Array, train_raw: Array, train_labels: Array, seed: int = 0
) -> Probe:
    """A probe from real data: IMAGES images with labels, half of them random pixels.

    MNIST's borders are black: a wrong padding shows nothing there, and does on random pixels.
    """
    half = IMAGES // 2
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, 256, (IMAGES - half, *real.shape[1:]), np.uint8)
    raw = np.concatenate([real[:half], drawn])
    return Probe(raw, labels[:IMAGES].astype(np.int64), train_raw, train_labels)


def own(real: Array, labels: Array, train_raw: Array, train_labels: Array, seed: int = 0) -> Probe:
    """A probe from a person's own samples, (N, ...): IMAGES of them at most, the values of every
    other mixed: within an image, so that there is something at its border, too; of other samples
    from one to the next, as each of their values may mean something else."""
    few = real[:IMAGES].copy()
    generator = np.random.default_rng(seed)
    mixed = few[1::2]
    if real.ndim > 2:
        few[1::2] = generator.permuted(mixed.reshape(len(mixed), -1), axis=1).reshape(mixed.shape)
    else:
        few[1::2] = generator.permuted(mixed, axis=0)
    return Probe(few, labels[:IMAGES], train_raw, train_labels)


def digits_probe() -> Probe:
    """What `check` shows the models: no download, the same on every machine."""
    from parity.train.data import (
        digits,  # scikit-learn: seconds, which `import parity` need not take
    )

    train_raw, train_labels, test_raw, test_labels = digits.load()
    return probe(test_raw, test_labels, train_raw, train_labels)


def weights(drawn: dict[str, Array], seed: int = 0) -> dict[str, Array]:
    """Weights for the gates: as the initialisers drew them, but with no constant tensor left.

    Keras starts its biases at zero, and a port that loses or swaps a zero bias looks right. Every
    constant tensor, and an LSTM's bias, gets uniform draws in (-0.1, 0.1) added; integers
    (generator states) are kept.
    """
    generator = np.random.default_rng(seed)
    return {
        name: array + generator.uniform(-0.1, 0.1, array.shape).astype(array.dtype)
        if is_undrawn(name, array)
        else array
        for name, array in drawn.items()
    }
