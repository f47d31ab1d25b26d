"""Inputs for a model that comes without any: random, so that nothing hides, and few where they are
large, so that it is quick."""

from collections.abc import Mapping

import numpy as np

from parity.errors import ModelError
from parity.records.comparison import Array

Wanted = Mapping[str, tuple[tuple[int | None, ...], str]]

# Values in a sample, at most, and how many samples then: many see what befalls few of them, as a
# border that is negative throughout. Odd numbers, for no other axis to be as long.
SMALL, LARGE = 2**10, 2**15
MANY, SOME, FEW = 31, 5, 2
SCALES, SHIFTS = (0.5, 2.0), (-2.0, 2.0)  # of every other sample
STEPS = 7  # of a sequence of open length
OPEN_IMAGE = 32  # height and width, where a model takes any


def draw(
    wanted: Wanted, vocabulary: int, shape: tuple[int, ...] | None = None, seed: int = 0
) -> dict[str, Array]:
    """Standard normal floats, and integers that an embedding of this size knows.

    Of more than a few samples every other is scaled and shifted as a whole: then some are large
    or negative throughout, and a padding of zeros or a lost relu shows.
    shape: of one sample, for a model that does not say what it takes, or takes any size.
    Integers end in zeros, as padded sequences do. A batch size that the model fixes, as a stateful
    layer's does, is kept. Raises ModelError where no shape is known.
    """
    if shape is not None and len(wanted) < 2:
        kind = next((kind for _, kind in wanted.values()), "int32" if vocabulary else "float32")
        name = next(iter(wanted), "0")
        wanted = {name: ((None, *shape), kind)}
    if not wanted:
        raise ModelError(
            "the Keras model does not say what it takes; give --input-shape 28,28,1 or --inputs "
            "(in Python: inputs=an array)"
        )
    generator = np.random.default_rng(seed)
    shapes = {name: _closed(found) for name, (found, _) in wanted.items()}
    size = max(int(np.prod(found)) for found in shapes.values())
    count = MANY if size <= SMALL else SOME if size <= LARGE else FEW
    count = next((found[0] for found, _ in wanted.values() if found and found[0]), count)
    return {
        name: _values(generator, (count, *shapes[name]), kind, vocabulary)
        for name, (_, kind) in wanted.items()
    }


def _closed(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Sizes for open axes, the batch's left out; no two open axes are equally long."""
    sizes = shape[1:]
    start = OPEN_IMAGE if len(sizes) > 2 else STEPS
    numbers = iter(range(start, start + len(sizes)))
    return tuple(next(numbers) if size is None else size for size in sizes)


def _values(
    generator: np.random.Generator, shape: tuple[int, ...], kind: str, vocabulary: int
) -> Array:
    if kind.startswith("float"):
        return _normal(generator, shape).astype("float32")
    if kind == "bool":
        return generator.integers(0, 2, shape).astype(bool)
    values = generator.integers(1, max(vocabulary, 2), shape).astype(kind)
    if len(shape) > 1 and shape[-1] > 2:
        values[: len(values) // 2, -(shape[-1] // 3) :] = 0
    return values


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    values = generator.standard_normal(shape)
    if shape[0] > FEW:
        one = (len(values[1::2]), *(1 for _ in shape[1:]))
        scale, shift = generator.uniform(*SCALES, one), generator.uniform(*SHIFTS, one)
        values[1::2] = values[1::2] * scale + shift
    return values
