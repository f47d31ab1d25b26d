"""Recipes: what a training is shown and how its figures are defined.

`course` is what the Keras files say. `as_reported` is what the report's listings do otherwise with
the same models: inputs normalised by MNIST's mean and standard deviation (mlp, simple_ae, the
denoiser), which for an auto-encoder makes the target one that its sigmoid cannot reach; the
denoiser clamps to [0, 1] what it has just normalised, and is tested on clean images; an epoch's
loss is the mean of its batches' means; the cnn's accuracy is divided by the number of batches.
Where a listing is lost in the scan (the data of cnn and conv_ae), the course's stands.
"""

import numpy as np

from parity.errors import ParityError
from parity.records.comparison import Array
from parity.records.training import Variant

RECIPES = ("course", "as_reported")
MEAN, SD = 0.1307, 0.3081  # of MNIST's training pixels, as the report gives them

AS_REPORTED = {
    "mlp": Variant(MEAN, SD, by_batch=True),
    "cnn": Variant(by_batch=True, accuracy_per_batch=True),
    "simple_ae": Variant(MEAN, SD, by_batch=True),
    "denoising_ae": Variant(MEAN, SD, clamped=True, noisy_test=False, by_batch=True),
}


def variant(recipe: str, pair: str) -> Variant:
    """What `recipe` does otherwise for a pair. Raises ParityError for an unknown recipe."""
    if recipe not in RECIPES:
        raise ParityError(f"--recipe: {recipe!r} is none of {', '.join(RECIPES)}")
    if recipe == "course":
        return Variant()
    return AS_REPORTED.get(pair, Variant(by_batch=True))


def transform(x: Array, variant: Variant) -> Array:
    """Images in [0, 1] -> what the recipe makes of them, in the same dtype and shape."""
    if variant.mean or variant.sd != 1:
        x = ((x - variant.mean) / variant.sd).astype(x.dtype)
    return np.clip(x, 0, 1) if variant.clamped else x
