"""Inputs for a model that comes without any: random, so that nothing hides, and few where they are
large, so that it is quick."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from parity.checking.options import Options
from parity.errors import ModelError
from parity.mapping import arguments
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import Inputs
from parity.records.comparison import Array
from parity.records.inputs import InputSpec, closed

# Values in a sample, at most, and how many samples then: many see what befalls few of them, as a
# border that is negative throughout. Odd numbers, for no other axis to be as long.
SMALL, LARGE = 2**10, 2**15
MANY, SOME, FEW = 31, 5, 2
SCALES, SHIFTS = (0.5, 2.0), (-2.0, 2.0)  # of every other sample
NUMBERS = ("float", "bfloat", "int", "uint", "bool")  # dtypes that torch has, too
BYTE = 256
ANY = 10  # whole numbers that mean nothing known: few, as something unseen may look them up


def arrays(specs: Mapping[str, InputSpec], options: Options) -> Inputs:
    """What Keras's model is shown: a person's own inputs, or drawn ones, by its names, in the order
    in which it takes them.

    Raises ModelError where the person's do not fit, or none can be drawn.
    """
    if options.inputs is None:
        return draw(specs, options.seed)
    found = {name: _narrow(array) for name, array in _named(specs, options.inputs).items()}
    return {
        name: _as_said(array, specs[name]) if name in specs else array
        for name, array in found.items()
    }


def bounded(specs: Mapping[str, InputSpec], overrides: MappingOverrides) -> dict[str, InputSpec]:
    """The same with a person's own word on how many whole numbers an input may be."""
    told = {name: overrides.input(name, n).below for n, name in enumerate(specs)}
    return {
        name: replace(x, dtype="int32", below=np.full(closed(x.shape), told[name]))
        if told[name]
        else x
        for name, x in specs.items()
    }


def signed_as(specs: Mapping[str, InputSpec], drawn: Inputs) -> dict[str, InputSpec]:
    """The same, of which no number below zero is drawn where none was before, nor above one."""

    def signed(spec: InputSpec, values: Array) -> InputSpec:
        is_positive, is_small = bool(np.all(values >= 0)), bool(np.all(values <= 1))
        return replace(spec, is_positive=is_positive, is_unit=is_positive and is_small)

    return {name: signed(x, drawn[name]) if name in drawn else x for name, x in specs.items()}


def draw(specs: Mapping[str, InputSpec], seed: int = 0) -> dict[str, Array]:
    """Standard normal floats, and integers that the tables which they are looked up in know.

    Of more than a few samples every other is scaled and shifted as a whole: then some are large
    or negative throughout, and a padding of zeros or a lost relu shows.
    Indices end in zeros, as padded sequences do, and steps of numbers in what a Masking layer takes
    for padding. A batch size that the model fixes, as a stateful
    layer's does, is kept. Raises ModelError where no shape is known, or an input takes texts.
    """
    if not specs:
        raise ModelError(
            "the Keras model does not say what it takes; give --input-shape 28,28,1 or --inputs "
            "(in Python: inputs=an array)"
        )
    for name, spec in specs.items():
        if not spec.dtype.startswith(NUMBERS):
            raise ModelError(
                f"input {name!r} takes {spec.dtype}; compare the models behind what reads it"
            )
    generator = np.random.default_rng(seed)
    shapes = {name: closed(spec.shape) for name, spec in specs.items()}
    size = max(int(np.prod(found)) for found in shapes.values())
    count = MANY if size <= SMALL else SOME if size <= LARGE else FEW
    count = next((x.shape[0] for x in specs.values() if x.shape and x.shape[0]), count)
    return {name: _values(generator, (count, *shapes[name]), spec) for name, spec in specs.items()}


def _named(specs: Mapping[str, InputSpec], given: Inputs) -> Inputs:
    """By Keras's names where they are names of the model's, else in the order given; what Keras
    takes apart itself in the alphabet's order."""
    if not specs:
        are_numbers = all(name.isdecimal() for name in given)
        return given if are_numbers else dict(sorted(given.items()))
    are_numbered = any(all(map(str.isdecimal, names)) for names in (given, specs))
    if len(given) > len(specs) and are_numbered:
        names = ", ".join(given)
        raise ModelError(f"{len(given)} inputs given ({names}); the model takes {len(specs)}")
    if not specs.keys() <= given.keys():
        if len(specs) == len(given):
            alike = arguments.alike([*specs], [*given])
            return dict(zip(specs, map(given.__getitem__, alike or given), strict=True))
        missing = ", ".join(repr(name) for name in specs if name not in given)
        raise ModelError(f"no input {missing}; got {', '.join(given)}")
    return {name: given[name] for name in specs}


def _narrow(array: Array) -> Array:
    return array.astype("float32") if array.dtype in (np.float64, np.float16) else array


def _as_said(array: Array, spec: InputSpec) -> Array:
    """Indices as whole numbers, and numbers as floats where the model takes floats, as Keras itself
    casts them."""
    if (
        spec.dtype.startswith("int")
        and array.dtype.kind == "f"
        and np.all(array == np.floor(array))
    ):
        return array.astype(spec.dtype)
    return array.astype("float32") if "float" in spec.dtype and array.dtype.kind != "f" else array


def _values(generator: np.random.Generator, shape: tuple[int, ...], spec: InputSpec) -> Array:
    if spec.dtype == "bool":
        return _mask(generator, shape)
    if spec.below is None:
        return _padded(_plain(generator, shape, spec), spec.mask_value)
    indices = _indices(generator, shape, spec.below)
    if spec.below.all():
        return indices.astype(spec.dtype)
    plain = _plain(generator, shape, spec)
    return np.where(spec.below > 0, indices, plain).astype(plain.dtype)


def _mask(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Truth values, one at least in each sample: what attends to nothing gives no number."""
    values = generator.integers(0, 2, shape).astype(bool)
    rows = values.reshape(len(values), -1)
    rows[np.arange(len(rows)), generator.integers(0, rows.shape[1], len(rows))] = True
    return values


def _plain(generator: np.random.Generator, shape: tuple[int, ...], spec: InputSpec) -> Array:
    if "float" in spec.dtype:
        if spec.is_unit:
            return generator.uniform(size=shape).astype("float32")
        values = _normal(generator, shape).astype("float32")
        return np.abs(values) if spec.is_positive else values
    most = BYTE if spec.dtype == "uint8" else ANY
    return generator.integers(0, most, shape).astype(spec.dtype)


def _indices(generator: np.random.Generator, shape: tuple[int, ...], below: Array) -> Array:
    """Of a sequence none is zero but at its end, in the half of the samples that is padded."""
    is_sequence = len(shape) > 1 and shape[-1] > 2
    least = np.clip(below - 1, 0, 1) if is_sequence else 0
    values = generator.integers(least, np.maximum(below, 1), shape)
    if is_sequence:
        values[: len(values) // 2, ..., -(shape[-1] // 3) :] = 0
    return values


def _padded(values: Array, mask_value: float | None) -> Array:
    """values (N, T, ...), half of which end in steps of this number."""
    if mask_value is not None and values.ndim > 1 and values.shape[1] > 2:
        values[: len(values) // 2, -(values.shape[1] // 3) :] = mask_value
    return values


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    values = generator.standard_normal(shape)
    if shape[0] > FEW:
        one = (len(values[1::2]), *(1 for _ in shape[1:]))
        scale, shift = generator.uniform(*SCALES, one), generator.uniform(*SHIFTS, one)
        values[1::2] = values[1::2] * scale + shift
    return values
