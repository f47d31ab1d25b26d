"""The embedded data: scikit-learn's 1,797 real handwritten digits, in MNIST's format."""

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from parity.records.comparison import Array

TEST_SHARE = 0.2
# Of a run for which nobody chose. An epoch has 12 steps of 128 images, where one of MNIST has 469:
# after a tenth of the course's, one or two, the test accuracy was .91 (mlp), .68 to .73 (cnn), .79
# (simple_ae), and of conv_ae and the denoiser .8436, the share of black pixels. Later it was, of
# Keras on tensorflow and of torch, each with weights of its own (seed 0):
#   epoch                  10           15           20          30
#   mlp                .958 .961    .953 .961    .967 .967      -  .972
#   cnn                .947 .936    .969 .958    .969 .958      -  .972
#   simple_ae          .907 .904    .915 .917    .923 .928      -  .940
#   conv_ae            .933 .926      -  .932    .947 .938      -  .944
#   denoising_ae         -  .943      -  .948      -  .950      -  .951
#   conv_transpose_ae    -  .902      -  .920
EPOCHS = {"classify": 30, "reconstruct": 15}
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
