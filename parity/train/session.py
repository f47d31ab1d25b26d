"""Set both sides up to train alike: the same start, batches and draws."""

import contextlib
from dataclasses import replace

import numpy as np

from parity.errors import ModelError
from parity.mapping import ledger
from parity.mapping.plan import Plan, key, open_models
from parity.records.comparison import Array, Dtype
from parity.records.own_training import OwnTraining
from parity.records.training import RandomLayer, Session
from parity.sides.calls import TwoSides, ask
from parity.sides.training_verbs import Training, TrainingInKeras
from parity.sides.verbs import Models


def session(plan: Plan, sides: TwoSides, seed: int, own: OwnTraining | None = None) -> Session:
    """What both sides share. own: of a pair without twin files.

    Raises ModelError where two files train with other batches.
    """
    pair = plan.pair
    layers = random_layers(plan, sides)
    if own is not None:
        size, name = own.training.batch_size, key(pair, "float64")
        has_own = sides.keras.call(TrainingInKeras.has_own_step, name)
        own = replace(own, is_stepped=has_own or own.training.step is not None)
        shared = Session(None, seed, size, sides.keras.backend, layers, own=own)
        if has_own:
            return _with_step_draws(plan, sides, shared)
        if sides.keras.call(TrainingInKeras.draws_within, name, _shapes(plan)):
            with contextlib.suppress(ModelError):  # the gate of gradients names what draws
                return _with_step_draws(plan, sides, shared)
        return shared
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
    return Session(pair.task, seed, keras.batch_size, sides.keras.backend, layers)


def random_layers(plan: Plan, sides: TwoSides) -> tuple[RandomLayer, ...]:
    """The layers that draw, with the order in which the port takes their draws, in the order in
    which the pass comes to them."""
    shapes = _shapes(plan)
    name = key(plan.pair, "float64")
    layers = sides.keras.call(TrainingInKeras.random_layers, name, shapes)
    order = [*shapes]
    if all(layer.name in shapes for layer in layers):
        layers = tuple(sorted(layers, key=lambda layer: order.index(layer.name)))
    return tuple(_in_order_of_torch(plan, layer) for layer in layers)


def _shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Of a sample of what Keras's steps give."""
    return {step.name: step.shape[1:] for step in plan.keras.steps}


def _with_step_draws(plan: Plan, sides: TwoSides, shared: Session) -> Session:
    """What a step of Keras's own draws, or a pass, which may be more than layers do."""
    name = key(plan.pair, "float64")
    ask = replace(shared, layers=(), is_seen=True)
    drawn = sides.keras.call(TrainingInKeras.step_draws, name, ask)
    return replace(ask, layers=tuple(_in_order_of_torch(plan, layer) for layer in drawn))


def _in_order_of_torch(plan: Plan, layer: RandomLayer) -> RandomLayer:
    """Add where each of the layer's draws goes among the port's features."""
    called = layer.name.partition("#")[0]  # behind it stands which of its calls in a step
    if called not in plan.layouts or not layer.times:
        return layer
    numbers = np.arange(np.prod(layer.shape)).reshape(1, *layer.shape)
    moved = plan.layouts[called].to_torch(numbers)[0]
    return layer if np.array_equal(moved, numbers[0]) else replace(layer, order=moved)


def start(
    plan: Plan, sides: TwoSides, dtype: Dtype, raw: Array, labels: Array, shared: Session
) -> int:
    """Build both models anew, feed both, compile them, and give the port Keras's weights. Live
    models begin with the weights that they hold.

    raw: samples as the data set has them, (N, ...); labels: (N, ...). Returns the number of weights
    that were moved.
    """
    name = key(plan.pair, dtype)
    if plan.pair.has_twin_files:
        open_models(plan.pair, sides, dtype, shared.seed)
    sides.both(Training.feed, name, raw, labels)
    sides.both(Training.compile, name, shared)
    weights = ledger.to_torch(plan.ledger, sides.keras.call(Models.weights, name))
    sides.torch.call(Models.assign, name, weights)
    return int(sum(array.size for array in weights.values()))
