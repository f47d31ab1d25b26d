"""Does Keras compute in float32 where float64 was asked for? Seen from outside, layer by layer.

Keras promotes types by rules of its own, which outside tensorflow know no float64, so that a
product of two float64 arrays may be float32 (keras#23704). A function that is computed in float64
follows its input smoothly down to 2**-52 of it; one that goes through float32 does not see a
change of 2**-40, or answers with a jump.
"""

import numpy as np

from parity.errors import ModelError
from parity.numerics.marks import movable
from parity.records.comparison import Array, Match
from parity.sides.calls import TwoSides
from parity.sides.verbs import Walks

NEAR, FAR = 2.0**-40, 2.0**-16  # shares of the input that it is moved by: float32 sees the second
SEEN = 2.0**-46  # of a value: float64 rounds 64 times finer, float32 64 times coarser than NEAR
COMPUTES, NARROW = "computes", "in float32"
SHARE = 0.25  # of the values that answer: at a kink, as of a relu, a few do in float64, too


def told(backend: str, what: str) -> str:
    """The note of a line that has float32's noise in a float64 model."""
    return f"Keras's {backend} backend {COMPUTES} {what} {NARROW}"


def is_told(note: str) -> bool:
    return COMPUTES in note and NARROW in note


def is_leaking(sides: TwoSides, key: str, match: Match, given: dict[str, Array]) -> bool:
    """Is a Keras segment computed in float32 on these float64 inputs?

    It is run three times, on the inputs as they are and moved a little and very little along one
    direction. Where the answer to the very little is not the share of the other that it should
    be, to float64's rounding, digits were lost on the way.
    """
    steps = [step.name for step in match.keras_steps]

    def run(share: float) -> Array:
        feeds = moved(given, share)
        found: Array = sides.keras.call(Walks.alone, key, steps, feeds, steps[-1], "float64")
        return found

    try:
        still, near, far = run(0.0), run(NEAR), run(FAR)
    except ModelError:
        return False
    return loses_digits(still, near, far)


def moved(given: dict[str, Array], share: float) -> dict[str, Array]:
    """Inputs a share of themselves further along one direction; whole numbers as they are."""
    generator = np.random.default_rng(0)

    def along(values: Array) -> Array:
        own = np.where(movable(values) & np.isfinite(values), values, 0)  # infinity has no share
        return values + share * own * generator.uniform(0.5, 1.0, values.shape)

    is_float = {name: np.issubdtype(values.dtype, np.floating) for name, values in given.items()}
    return {name: along(x) if is_float[name] else x for name, x in given.items()}


def loses_digits(still: Array, near: Array, far: Array) -> bool:
    """Is the answer to an input moved by NEAR not the share that it should be of that to FAR?"""
    answers = (far != still) & np.isfinite(still) & np.isfinite(near) & np.isfinite(far)
    if not np.issubdtype(still.dtype, np.floating) or not answers.any():
        return False
    largest = np.abs(still).max()
    still, near, far = still[answers], near[answers], far[answers]
    lost = np.abs(near - still - (far - still) * (NEAR / FAR))
    # Of a value that is a sum, digits below those of its parts are rounding: the largest tells.
    size = np.maximum(np.abs(still), largest * 2.0**-4)
    return bool((lost > SEEN * size).mean() > SHARE)
