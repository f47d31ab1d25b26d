"""The embedded data: scikit-learn's 1,797 real handwritten digits, in MNIST's format."""

import numpy as np

from parity.records.comparison import Array

TEST_SHARE = 0.2
# Of a run for which nobody chose. An epoch has 12 steps of 128 images, where one of MNIST has 469:
# after a tenth of the course's, one or two, the test accuracy was .84 (mlp), .68 (cnn), .67
# (simple_ae), and of the others .8436, the share of black pixels. Later it was, of Keras on
# tensorflow and of torch from the same weights (`parity compare --data digits`, seed 0):
#   epoch                   5            10           15           20           30
#   mlp                .947 .953    .967 .967    .967 .967    .961 .969    .978 .981
#   cnn                .897 .897    .947 .947    .961 .961    .950 .950    .975 .972
#   simple_ae          .903 .903    .907 .907    .914 .914
#   conv_ae            .844 .844    .933 .933    .942 .942
#   denoising_ae       .844 .844    .942 .940    .945 .945
#   conv_transpose_ae  .844 .844    .898 .898    .924 .924
EPOCHS = {"classify": 22, "reconstruct": 10}  # the cnn's 22nd: .972
MARGIN = 4  # MNIST centres each digit in 28x28 with a border of 4


def load() -> tuple[Array, Array, Array, Array]:
    """Train images and labels, test images and labels: 1,437 and 360 samples, always the same."""
    from sklearn.datasets import load_digits  # seconds, which most commands need not spend
    from sklearn.model_selection import train_test_split

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
    from scipy import ndimage

    large = ndimage.zoom(image / 16 * 255, 2.5, order=1, grid_mode=True, mode="nearest")
    return np.pad(np.rint(large).astype(np.uint8), MARGIN)
