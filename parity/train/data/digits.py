"""The embedded data: scikit-learn's 1,797 real handwritten digits, in MNIST's format."""

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from parity.records.comparison import Array

TEST_SHARE = 0.2
MARGIN = 4  # MNIST centres each digit in 28x28 with a border of 4


def load() -> tuple[Array, Array, Array, Array]:
    """Train images and labels, test images and labels: 1,437 and 360 samples, always the same."""
    digits = load_digits()
    images = np.stack([_enlarge(image) for image in digits.images])
    train_x, test_x, train_y, test_y = train_test_split(
        images,
        digits.target.astype(np.int64),
        test_size=TEST_SHARE,
        stratify=digits.target,
        random_state=0,
    )
    return train_x, train_y, test_x, test_y


def _enlarge(image: Array) -> Array:
    """8x8 in 0..16 -> uint8 28x28: bilinear to 20x20, then the border."""
    large = ndimage.zoom(image / 16 * 255, 2.5, order=1, grid_mode=True, mode="nearest")
    return np.pad(np.rint(large).astype(np.uint8), MARGIN)
