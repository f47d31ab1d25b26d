"""What both sides of an own pair train on, each in its own layout, of what a person gives."""

from dataclasses import replace
from typing import Any

import numpy as np

from parity.checking import given, inputs, models
from parity.checking.options import Options
from parity.checking.probe import IMAGES, Probe
from parity.errors import ModelError
from parity.mapping.plan import Plan
from parity.records.comparison import Array
from parity.records.own_training import OwnTraining, Samples, Training
from parity.records.pair import Pair
from parity.records.trees import leaves, mapped
from parity.sides.calls import TwoSides

LEAST, MOST = 10, 100  # steps of lock-step, where nothing says how many


def of(plan: Plan, sides: TwoSides, options: Options) -> OwnTraining:
    """Raises ModelError where the samples fit neither the model nor each other."""
    training = plan.pair.trained.training
    assert training is not None
    specs = models.specs(plan.pair, sides, options)
    keras = inputs.arrays(specs, replace(options, inputs=given.inputs(training.x)))
    target = mapped(np.asarray, training.y)
    weights = _weights(training, target)
    _require_equal([*keras.values(), *leaves(target), *leaves(weights)])
    torch = plan.shown.as_torch(keras)
    return OwnTraining(
        training,
        Samples(keras, target, weights),
        Samples(torch, _as_torch(target, plan), weights),
    )


def numbers(training: Training) -> Probe:
    """Samples are known by their numbers: those of a batch, and all."""
    arrays = given.inputs(training.x)
    if arrays is None:
        raise ModelError("training: x is None; give the samples that both models train on")
    every = np.arange(min(map(len, arrays.values())))
    return Probe(every[:IMAGES], every[:IMAGES], every, every)


def shown(pair: Pair, sides: TwoSides, options: Options) -> Options:
    """With some of the samples as inputs, where the Keras model does not say what it takes."""
    training = pair.trained.training
    if options.inputs is not None or training is None:
        return options
    try:
        models.opened(pair, sides, options)
        is_known = bool(models.specs(pair, sides, options))
    finally:
        models.close(pair, sides)
    if is_known:
        return options
    few = given.inputs(mapped(lambda x: np.asarray(x)[: inputs.MANY], training.x))
    return replace(options, inputs=few)


def steps(training: Training, count: int) -> int:
    """Of lock-step: two epochs and a step, within bounds, where nothing says how many."""
    if training.steps is not None:
        return training.steps
    epoch = -(-count // training.batch_size)
    return int(np.clip(2 * epoch + 1, LEAST, MOST))


def _require_equal(arrays: list[Array]) -> None:
    counts = sorted({len(array) for array in arrays})
    if len(counts) > 1:
        told = " and ".join(map(str, counts))
        raise ModelError(f"training: x, y and weights have {told} samples; give as many of each")


def _weights(training: Training, target: Any) -> Any:
    """Of samples, as Keras's `fit` makes them of weights of classes, too."""
    if training.class_weight is None:
        return mapped(np.asarray, training.sample_weight)
    if training.sample_weight is not None or not isinstance(target, np.ndarray):
        raise ModelError(
            "training: class_weight goes with one output and without sample_weight, as in `fit`"
        )
    is_index = target.ndim < 2 or target.shape[-1] == 1
    classes = target.reshape(len(target), -1)[:, 0] if is_index else target.argmax(axis=-1)
    found = np.ones(classes.shape)
    for name, weight in training.class_weight.items():
        found[classes == name] = weight
    return found


def _as_torch(target: Any, plan: Plan) -> Any:
    """Targets in the layouts of the outputs that they are compared with; whole numbers as torch
    has them."""
    results = [*plan.keras.results]

    def moved(name: str, array: Array) -> Array:
        array = array.astype(np.int64) if array.dtype.kind in "iu" else array
        layout = plan.layouts.get(name)
        shape = next((s.shape for s in plan.keras.steps if s.name == name), ())
        is_alike = len(shape) == array.ndim and shape[1:-1] == array.shape[1:-1]
        return layout.to_torch(array) if layout is not None and is_alike else array

    if isinstance(target, dict):
        order = dict(zip(sorted(target), results, strict=False))
        return {n: moved(n if n in results else order.get(n, ""), x) for n, x in target.items()}
    if isinstance(target, list):
        names = [*results, *[""] * len(target)]
        return [moved(name, x) for name, x in zip(names, target, strict=False)]
    return target if target is None else moved(results[0], target)
