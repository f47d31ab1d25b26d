"""What the gates show the models: images and weights in which a mistake cannot hide."""

import numpy as np

from parity.records import Array

IMAGES = 64


def images(real: Array, seed: int = 0) -> Array:
    """Half real images, half uniform random pixels, uint8 (IMAGES, 28, 28).

    MNIST's borders are black: a wrong padding shows nothing there, and does on random pixels.
    """
    half = IMAGES // 2
    drawn = np.random.default_rng(seed).integers(0, 256, (IMAGES - half, *real.shape[1:]), np.uint8)
    return np.concatenate([real[:half], drawn])


def weights(drawn: dict[str, Array], seed: int = 0) -> dict[str, Array]:
    """Weights for the gates: as the initialisers drew them, but with no constant tensor left.

    Keras starts its biases at zero, and a port that loses or swaps a zero bias looks right. Every
    constant tensor gets uniform draws in (-0.1, 0.1) added; integers (generator states) are kept.
    """
    generator = np.random.default_rng(seed)
    return {
        name: array + generator.uniform(-0.1, 0.1, array.shape).astype(array.dtype)
        if np.issubdtype(array.dtype, np.floating) and array.size and np.ptp(array) == 0
        else array
        for name, array in drawn.items()
    }
