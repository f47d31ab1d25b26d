"""Set both sides up to train alike: the same start, batches and draws."""

from dataclasses import replace

import numpy as np

from parity.errors import ModelError
from parity.mapping import ledger
from parity.mapping.plan import Plan, key, open_models
from parity.records.comparison import Array, Dtype
from parity.records.training import RandomLayer, Session
from parity.sides.calls import ask
from parity.sides.process import Sides
from parity.sides.verbs import Models, Training, TrainingInKeras


def session(plan: Plan, sides: Sides, seed: int) -> Session:
    """What both sides share. Raises ModelError where the two files train with other batches."""
    pair = plan.pair
    keras, torch = sides.each(
        ask(Training.settings, pair.keras), ask(Training.settings, pair.torch)
    )
    for name in ("batch_size", "epochs"):
        ours, theirs = getattr(keras, name), getattr(torch, name)
        if ours != theirs:
            raise ModelError(
                f"{pair.name}: the Keras file has {name} {ours}, the port {theirs}; "
                "give both the same"
            )
    layers = sides.keras.call(TrainingInKeras.random_layers, key(pair, "float64"))
    ordered = tuple(_in_order_of_torch(plan, layer) for layer in layers)
    return Session(pair.task, seed, keras.batch_size, sides.keras.backend, ordered)


def _in_order_of_torch(plan: Plan, layer: RandomLayer) -> RandomLayer:
    """Add where each of the layer's draws goes among the port's features."""
    numbers = np.arange(np.prod(layer.shape)).reshape(1, *layer.shape)
    moved = plan.layouts[layer.name].to_torch(numbers)[0]
    return layer if np.array_equal(moved, numbers[0]) else replace(layer, order=moved)


def start(
    plan: Plan, sides: Sides, dtype: Dtype, raw: Array, labels: Array, shared: Session
) -> int:
    """Build both models anew, give the port Keras's weights, feed both, and compile them.

    raw: samples as the data set has them, (N, ...); labels: (N, ...). Returns the number of weights
    that were moved.
    """
    name = key(plan.pair, dtype)
    open_models(plan.pair, sides, dtype, shared.seed)
    weights = ledger.to_torch(plan.ledger, sides.keras.call(Models.weights, name))
    sides.torch.call(Models.assign, name, weights)
    sides.both(Training.feed, name, raw, labels)
    sides.both(Training.compile, name, shared)
    return int(sum(array.size for array in weights.values()))
