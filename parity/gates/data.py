"""Gate `data`: both files make the same inputs and targets of the same samples."""

import numpy as np

from parity.mapping.layout_moves import by_rank
from parity.mapping.plan import DTYPES
from parity.numerics import draws, judging, noise
from parity.records.comparison import Array, Dtype, GateResult, Layout, Measured
from parity.records.pair import Pair
from parity.sides import twin_file
from parity.sides.process import Sides

INPUTS, TARGET, NOISY = "inputs", "target", "noisy inputs"
NOISE_KEY = (0, 0, draws.TEST_NOISE)
INDICES = "the port's target are class indices, compared as one-hot rows"
EPSILON = float(np.finfo("float32").eps)

Named = dict[str, Array]


def gather(pair: Pair, sides: Sides, raw: Array, labels: Array) -> dict[Dtype, list[Measured]]:
    """Inputs, targets and noisy inputs of both files in both dtypes, in Keras's layout.

    Noise is added to Keras's own inputs on both sides, so that it is compared for itself. Raises
    ModelError where a file breaks off. raw: samples as the data set has them, (N, ...); labels:
    (N, ...).
    """
    found = {dtype: _run(pair, sides, raw, labels, dtype) for dtype in DTYPES}
    return {dtype: _measured(found, dtype) for dtype in DTYPES}


def _run(pair: Pair, sides: Sides, raw: Array, labels: Array, dtype: Dtype) -> tuple[Named, Named]:
    job = (raw, labels, dtype)
    inputs, target = sides.keras.run(twin_file.data, pair.keras, *job)
    theirs, wanted = sides.torch.run(twin_file.data, pair.torch, *job)
    layout = by_rank(inputs.ndim)
    keras = {INPUTS: inputs, TARGET: target}
    torch = {INPUTS: _moved(theirs, inputs, layout), TARGET: _as_target(wanted, target, layout)}
    noisy = sides.keras.run(twin_file.corrupted, pair.keras, inputs, NOISE_KEY)
    other = sides.torch.run(twin_file.corrupted, pair.torch, layout.to_torch(inputs), NOISE_KEY)
    if noisy is not None or other is not None:
        keras[NOISY] = inputs if noisy is None else noisy
        torch[NOISY] = inputs if other is None else layout.to_keras(other)
    return keras, torch


def _moved(theirs: Array, ours: Array, layout: Layout) -> Array:
    """In Keras's layout; as it is where the ranks differ."""
    return layout.to_keras(theirs) if theirs.ndim == ours.ndim else theirs


def _as_target(theirs: Array, ours: Array, layout: Layout) -> Array:
    if _are_indices(theirs, ours):
        return np.eye(ours.shape[-1], dtype=ours.dtype)[theirs]
    return _moved(theirs, ours, layout) if ours.ndim > 2 else theirs


def _are_indices(theirs: Array, ours: Array) -> bool:
    return theirs.ndim == 1 and ours.ndim == 2 and bool(np.issubdtype(theirs.dtype, np.integer))


def _measured(found: dict[Dtype, tuple[Named, Named]], dtype: Dtype) -> list[Measured]:
    keras, torch = found[dtype]
    lines = []
    for name in keras:
        level = noise.of_both(
            [x[name] for x in found["float32"]], [x[name] for x in found["float64"]]
        )
        lines.append(Measured(name, name, keras[name], torch[name], noise.scaled(level, dtype)))
    return lines


def prepared(keras: Array, torch: Array) -> Measured:
    """What two preparations of the same images give. Its noise is one rounding of the largest
    value: they compute in float32 alone, and often in bytes."""
    ours = np.asarray(keras, np.float64)
    theirs = _moved(np.asarray(torch, np.float64), ours, by_rank(ours.ndim))
    if theirs.shape != ours.shape and torch.shape == ours.shape:
        theirs = np.asarray(torch, np.float64)
    largest = float(np.abs(ours).max(initial=1e-30))
    return Measured("keras_preprocess", "torch_preprocess", ours, theirs, largest * EPSILON)


def judge(dtype: Dtype, values: list[Measured]) -> GateResult:
    """One line for the inputs, the targets, and the inputs with noise where there is any."""
    return judging.gate("data", dtype, "arrays", [judging.line(value) for value in values])
