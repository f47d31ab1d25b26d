"""What difference is rounding: measured, not chosen.

Each side runs a layer in float32 and in float64. The distance between its two answers is its own
noise: what float32 costs it on these very values. Two faithful translations differ by about that
much, whichever way their kernels order the additions, so agreement is judged as a multiple of the
larger noise of the two. Float64 rounds 2**29 times finer by the same mechanism, so its noise is
the float32 noise divided by 2**29.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from parity.records.comparison import Array, Dtype

# Two faithful layers lie within about 1x to 3x of the larger noise (results/ has the figures); a
# wrong one lies thousands of times beyond. The project's own bound is 8x.
LIMIT = 8.0

FINER = float(np.finfo(np.float64).eps / np.finfo(np.float32).eps)


def level(float32: Array, float64: Array) -> float:
    """One side's noise: the largest |float32 answer - float64 answer|, at least one rounding.

    The floor is the float32 epsilon at the largest value: a layer that happens to be exact here
    (pooling, say) may still round once elsewhere.
    """
    if not (np.isfinite(largest(float32)) and np.isfinite(largest(float64))):
        finite = np.isfinite(float64) & np.isfinite(float32)
        if not finite.any():
            return 0.0
        float32, float64 = float32[finite], float64[finite]
    kind = np.result_type(float32, float64, np.float64)
    gap = np.subtract(float32, float64, dtype=kind)
    return max(largest(gap), float(np.finfo(np.float32).eps) * largest(float64))


def largest(values: Array) -> float:
    """The largest absolute value; 0 where there is none, infinite where one is no number."""
    if not values.size:
        return 0.0
    if np.iscomplexobj(values):
        values = np.abs(values)
    found = max(float(values.max()), -float(values.min()))
    return found if np.isfinite(found) else np.inf


def of_both(float32: Iterable[Array], float64: Iterable[Array]) -> float:
    """The larger noise of the two sides. float32, float64: what each side answered in it."""
    return max(level(narrow, wide) for narrow, wide in zip(float32, float64, strict=True))


def scaled(noise: float, dtype: Dtype) -> float:
    """The noise of a dtype, from the measured float32 noise."""
    return noise if dtype == "float32" else noise * FINER


def ratio(max_abs: float, noise: float) -> float:
    """max_abs as a multiple of the noise; 0 for equal values, infinite where there is no noise."""
    if max_abs == 0:
        return 0.0
    return max_abs / noise if noise else float("inf")


def perturbed(weights: Mapping[str, Array], seed: int, is_narrow: bool = False) -> dict[str, Array]:
    """Every floating-point weight moved to the next number of its dtype, up or down at random.

    is_narrow: to the next of float32, whatever the dtype.
    """
    generator = np.random.default_rng(seed)

    def moved(array: Array) -> Array:
        if not np.issubdtype(array.dtype, np.floating):
            return array
        towards = generator.choice([-np.inf, np.inf], array.shape)
        own = np.dtype("float32") if is_narrow else array.dtype
        stepped: Array = np.nextafter(array.astype(own), towards.astype(own))
        return stepped.astype(array.dtype)

    return {name: moved(array) for name, array in weights.items()}
