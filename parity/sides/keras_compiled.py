"""How a person's Keras model is trained: what it was compiled with, or what they give beside it."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras.src.trainers.compile_utils import CompileLoss

from parity.errors import ModelError
from parity.records.comparison import Array
from parity.records.own_training import OwnTraining, Samples, made
from parity.records.trees import leaves, mapped
from parity.sides import keras_sources, twin_file
from parity.sides.keras_graph import Graph
from parity.sides.keras_lent import Lent
from parity.sides.twin_file import TwinFile, cast

UNTRAINED = (
    "nothing says how the Keras model is trained: compile it, or give keras_loss and "
    "keras_optimizer"
)


def recipe(model: Any, own: OwnTraining) -> TwinFile:
    """What a twin file says, of a live model. Raises ModelError where nothing says it."""
    training, samples = own.training, own.keras
    given = getattr(model, "_compile_config", None)
    config = given.config if given is not None else {}
    loss = made(training.keras_loss) if training.keras_loss is not None else config.get("loss")
    optimizer = made(training.keras_optimizer) or getattr(model, "optimizer", None)
    if optimizer is None or (loss is None and not (has_own_step(model) or model.compiled)):
        raise ModelError(UNTRAINED)
    return TwinFile(
        prepare=lambda numbers, dtype: _inputs(model, samples, numbers, dtype),
        target=lambda numbers, labels, dtype: mapped(
            lambda x: cast(x[numbers], dtype), samples.target
        ),
        weights=lambda numbers, dtype: mapped(lambda x: cast(x[numbers], dtype), samples.weights),
        loss=lambda: loss,
        optimizer=lambda: anew(keras.optimizers.get(optimizer)),
        batch_size=training.batch_size,
    )


def build(model: Any, twin: TwinFile) -> None:
    """A model that takes its shapes from what it is first called on, as a check builds it: so its
    variables have the same names."""
    if not all(layer.built for layer in model._flatten_layers()):
        Graph(model, twin.prepare(np.arange(1), "float32"))


def _inputs(model: Any, samples: Samples, numbers: Array, dtype: str) -> Any:
    chosen = {name: cast(x[numbers], dtype) for name, x in samples.inputs.items()}
    return keras_sources.arranged(model, chosen)


def has_own_step(model: Any) -> bool:
    """Does it train by a `train_step` of a person's own?"""
    return type(model).train_step is not keras.Model.train_step


def optimizers(model: Any) -> dict[str, Any]:
    """All that a model holds, by attribute."""
    kind = keras.optimizers.Optimizer
    return {name: x for name, x in vars(model).items() if isinstance(x, kind)}


def anew(optimizer: Any) -> Any:
    """An optimizer of the same settings that has made no step."""
    config = optimizer.get_config()
    rate = optimizer._learning_rate
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        config["learning_rate"] = rate  # which may be a class that Keras cannot make anew
    else:
        # Keras keeps .01 as the float32 next to it; in float64 that would be another number.
        config["learning_rate"] = float(str(np.float32(config["learning_rate"])))
    made = type(optimizer).from_config(config)
    made._exclude_from_weight_decay_pattern = getattr(
        optimizer, "_exclude_from_weight_decay_pattern", None
    )
    return made


def _not_decaying(optimizer: Any, model: Any) -> list[Any]:
    """The variables that a person has excluded by themselves: kept under keys of their values."""
    keys = getattr(optimizer, "_exclude_from_weight_decay", ())
    return [v for v in model.trainable_variables if optimizer._var_key(v) in keys]


def lent(
    model: Any, twin: TwinFile, dtype: Any, trained: Mapping[str, list[Any]] | None = None
) -> Lent:
    """A training of a live model: compiled by its own loss and optimizer, in this float type.

    trained: by the attribute of each optimizer, the variables that it moves, of a model that has
    several.
    """
    found = Lent(model, dtype)
    given = getattr(model, "_compile_config", None)
    config = given.config if given is not None else {}
    loss = twin.loss()
    owned = [x for x in vars(model).values() if isinstance(x, keras.losses.Loss)]
    found.lend_losses([*leaves(loss), *owned])
    given = optimizers(model)
    still = {name: _not_decaying(x, model) for name, x in given.items()}
    with found.entered():
        optimizer = twin.optimizer()
        compiled = None
        if loss is not None:
            names = getattr(model, "output_names", None)
            compiled = CompileLoss(loss, config.get("loss_weights"), output_names=names)
        several = {name: anew(x) for name, x in given.items()}
        for name, made in (several | {"optimizer": optimizer}).items():
            made._exclude_from_weight_decay = {made._var_key(v) for v in still.get(name, ())}
        found.attributes = several | {
            "optimizer": optimizer,
            "loss": loss,
            "compiled": True,
            "_compile_loss": compiled,
            "_compile_metrics": None,
            "_loss_tracker": keras.metrics.Mean(name="loss"),
        }
        if trained is None:
            optimizer.build(model.trainable_variables)
        for name, variables in (trained or {}).items():
            found.attributes[name].build(variables)
    return found


def title(loss: Any) -> str:
    """What a loss, or several, is called."""
    names = [x if isinstance(x, str) else twin_file.title(x) for x in leaves(loss)]
    return " and ".join(names) or "the model's own loss"
