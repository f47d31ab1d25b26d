"""What the gradients gate judges: one batch in training mode, with the same draws on both sides."""

import numpy as np

from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import noise
from parity.records.comparison import Array, Dtype, Measured
from parity.records.training import Gradients
from parity.sides.process import Sides

STEP = 1  # whose draws are used
LOSS, INPUT = "loss", "input"

Named = dict[str, Array]


def gather(
    plan: Plan, sides: Sides, images: Array, labels: Array
) -> tuple[dict[Dtype, list[Measured]], tuple[str, ...]]:
    """Every gradient in both dtypes, and the random layers that were not shared.

    Both models must be compiled. Raises ModelError where a training pass breaks off.
    images: uint8 (N, 28, 28); labels: (N,).
    """
    found: dict[Dtype, tuple[Named, Named]] = {}
    unused: set[str] = set()
    for dtype in DTYPES:
        job = (key(plan.pair, dtype), images, labels, STEP)
        keras, torch = sides.both("gradients", job, job)
        unused |= {*keras.unused, *torch.unused}
        found[dtype] = _keras(keras), _torch(plan, torch)
    leaks = sides.keras.call("loss_leak", key(plan.pair, "float64"))
    lines = {dtype: _measured(plan, dtype, found, leaks) for dtype in DTYPES}
    return lines, tuple(sorted(unused))


def _keras(found: Gradients) -> Named:
    return {LOSS: np.array(found.loss), INPUT: found.input} | found.weights


def _torch(plan: Plan, found: Gradients) -> Named:
    """The port's gradients in Keras's names and layouts."""
    moved = {
        line.keras.name: line.move.to_keras(found.weights[line.torch.name])
        for line in plan.ledger.lines
        if line.torch.name in found.weights
    }
    image = plan.layouts[""].to_keras(found.input)
    return {LOSS: np.array(found.loss), INPUT: image} | moved


def _measured(
    plan: Plan, dtype: Dtype, found: dict[Dtype, tuple[Named, Named]], leaks: bool
) -> list[Measured]:
    """The loss, then the gradients from the output backwards, the input's last.

    leaks: Keras averages the loss in float32, whose noise it then has (see the loss gate).
    """
    names = {line.keras.name: line.torch.name for line in plan.ledger.lines}
    keras, torch = found[dtype]
    trainable = [name for name in names if name in keras]
    return [
        Measured(
            name,
            names.get(name, name),
            keras[name].astype(dtype),
            torch[name].astype(dtype),
            noise.scaled(_level(name, found), "float32" if leaks and name == LOSS else dtype),
        )
        for name in (LOSS, *reversed(trainable), INPUT)
    ]


def _level(name: str, found: dict[Dtype, tuple[Named, Named]]) -> float:
    """The larger noise of the two sides."""
    return max(
        noise.level(found["float32"][side][name], found["float64"][side][name]) for side in (0, 1)
    )
