"""How far two arrays are apart, element by element: means and cosines hide wrong tensors."""

import math
from dataclasses import dataclass

import numpy as np

from parity.records.comparison import Array


@dataclass(frozen=True)
class Difference:
    """The largest difference and where it stands; `note` says why there is no finite one."""

    max_abs: float
    index: tuple[int, ...] | None = None
    rel: float | None = None
    ulp: float | None = None
    note: str = ""


def difference(keras: Array, torch: Array) -> Difference:
    """Compare values of the same layout. Never broadcasts; a NaN or infinity never agrees.

    rel is the L2 norm of the difference over the L2 norm of `keras`; ulp is max_abs in spacings
    of `keras`'s dtype at the larger of the two values where it stands.
    """
    if keras.shape != torch.shape:
        return Difference(np.inf, note=f"shapes {keras.shape} and {torch.shape} differ")
    if keras.size == 0:
        return Difference(np.inf, note="nothing to compare: the arrays are empty")
    wide_keras, wide_torch = wide(keras), wide(torch)
    with np.errstate(invalid="ignore"):  # infinity less infinity is no number
        gap = np.abs(wide_torch - wide_keras)
    index = _unravel(int(gap.argmax()), gap.shape)
    largest = float(gap[index])
    if not np.isfinite(largest):
        bad = ~np.isfinite(keras) | ~np.isfinite(torch)
        if bad.any():
            return Difference(np.inf, _first(bad), note=_non_finite(keras, torch))
    norm = _norm(wide_keras)
    at = max(abs(keras[index]), abs(torch[index])).astype(keras.real.dtype)
    return Difference(
        max_abs=largest,
        index=index,
        rel=_norm(gap) / norm if norm else (0.0 if largest == 0 else np.inf),
        ulp=largest / float(np.spacing(at)),
    )


def largest(keras: Array, torch: Array) -> float:
    """The largest difference alone, as of `difference`; infinite where there is no finite one."""
    if keras.shape != torch.shape or keras.size == 0:
        return np.inf
    with np.errstate(invalid="ignore"):
        gap = float(np.abs(wide(torch) - keras).max())
    return gap if np.isfinite(gap) else np.inf


def wide(array: Array) -> Array:
    """In double; complex numbers stay what they are."""
    return array.astype(np.complex128 if np.iscomplexobj(array) else np.float64, copy=False)


def _norm(array: Array) -> float:
    """The L2 norm. BLAS's threads would wait for each other where workers keep the processors busy:
    a hundred times as long."""
    flat = np.abs(array).ravel() if np.iscomplexobj(array) else array.ravel()
    return math.sqrt(np.einsum("i,i", flat, flat))


def _non_finite(keras: Array, torch: Array) -> str:
    counts = {
        "Keras": int((~np.isfinite(keras)).sum()),
        "torch": int((~np.isfinite(torch)).sum()),
    }
    sides = " and ".join(f"{count} in {side}" for side, count in counts.items() if count)
    return f"NaN or infinity: {sides} of {keras.size} values"


def _first(mask: Array) -> tuple[int, ...]:
    return _unravel(int(mask.argmax()), mask.shape)


def _unravel(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.unravel_index(flat, shape))
