"""Images side by side as one array: a row of digits is one picture, not ten."""

import numpy as np

from parity.records.comparison import Array

GAP = 3  # pixels between two images
SIZE = 28


def strip(images: Array) -> Array:
    """(N, 28, 28) -> (28, N * 31 - 3), float, with NaN between two images, which is not drawn."""
    found = np.full((SIZE, left(len(images)) - GAP), np.nan)
    for index, image in enumerate(images):
        found[:, left(index) : left(index) + SIZE] = image
    return found


def left(index: int) -> int:
    """The first column of an image in its strip."""
    return index * (SIZE + GAP)


def middle(index: int) -> float:
    """Where an image's middle is drawn; pixel 0 reaches from -0.5 to 0.5."""
    return left(index) + (SIZE - 1) / 2
