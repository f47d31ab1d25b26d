"""Keras's loss with one thing done otherwise, as ports do it by mistake."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from parity.records.interventions import AS_KERAS, LossOtherwise
from parity.sides import keras_constants, keras_otherwise

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)


def compiled(last: Any, loss: Any, *more: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Input((3,)), *more, last])
    model.compile(loss=loss)
    return model


def ways(model: keras.Model, target: Any, weights: Any = None) -> dict[LossOtherwise, float]:
    held = None if weights is None else ops.convert_to_tensor(weights)
    x, y = ops.convert_to_tensor(X), ops.convert_to_tensor(target)
    return keras_otherwise.losses(model, x, y, held)


def squares(y_true: Any, y_pred: Any) -> Any:
    """Of a person's own: it is told nothing besides."""
    return ops.mean(ops.square(y_true - y_pred))


def test_a_loss_that_takes_no_setting_is_done_otherwise_in_what_is_left() -> None:
    target = np.ones((8, 1), "float32")
    found = ways(compiled(layers.Dense(1, activation="sigmoid"), squares), target)
    whole = found[LossOtherwise(AS_KERAS)]
    assert found[LossOtherwise("scaled", value=0.5)] == pytest.approx(whole / 2)
    assert LossOtherwise("broadcast") in found


@pytest.mark.parametrize("count", [3, 5])  # classes: of few each order, of more some
def test_weights_of_classes_stand_in_another_order(count: int) -> None:
    labels = np.arange(8) % count
    model = compiled(layers.Dense(count, activation="softmax"), "sparse_categorical_crossentropy")
    own = np.arange(1.0, count + 1, dtype="float32")
    found = ways(model, labels, own[labels])
    told = ", ".join(f"{x:g}" for x in own[::-1])
    turned = ways(model, labels, own[::-1][labels])[LossOtherwise(AS_KERAS)]
    assert found[LossOtherwise("weights-reordered", value=told)] == pytest.approx(turned)


def test_a_weight_of_each_sample_is_multiplied_with_the_loss_of_every_other() -> None:
    target, weights = X[:, :1], np.arange(8, dtype="float32")
    model = compiled(layers.Dense(1), "mse")
    errors = np.square(ops.convert_to_numpy(model(X)) - target)
    found = ways(model, target, weights)
    assert found[LossOtherwise("weights-broadcast")] == pytest.approx((errors * weights).mean())


def test_what_layers_add_for_what_they_give_is_missing_or_not_a_mean() -> None:
    regularised = layers.Dense(4, activity_regularizer=keras.regularizers.L2(0.5))
    model = compiled(layers.Dense(1), "mse", regularised)
    target = X[:, :1]
    given = ops.convert_to_numpy(regularised(X))
    added = 0.5 * float(np.square(given).sum())
    found = ways(model, target)
    whole = found[LossOtherwise(AS_KERAS)]
    assert found[LossOtherwise("added-lost", value=1)] == pytest.approx(whole - added / 8)
    assert found[LossOtherwise("added-summed", value=1)] == pytest.approx(whole + added * 7 / 8)


def test_a_factor_that_is_held_in_float32_is_rounded() -> None:
    def has_rounded(**settings: Any) -> bool:
        model = compiled(layers.Dense(1, **settings), "mse")
        return keras_constants.has_rounded_penalties(model)

    assert has_rounded(kernel_regularizer=keras.regularizers.L1(1e-3))
    assert has_rounded(activity_regularizer=keras.regularizers.L1(1e-3))
    assert not has_rounded(kernel_regularizer=keras.regularizers.L2(1e-3))
    assert not has_rounded()
