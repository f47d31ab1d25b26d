"""Both sides train alike: the same start, the same batches, the same definitions."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from parity import metrics
from parity import plan as planning
from parity.data.dataset import Dataset
from parity.pairs import select
from parity.plan import key
from parity.records import Array, Epoch
from parity.sides.process import Sides
from parity.train import paired
from parity.train.session import session, start


@pytest.fixture(scope="module")
def data(images: Array) -> Dataset:
    labels = np.arange(len(images)) % 10
    return Dataset("probe", images, labels, images[:20], labels[:20])


def train(
    name: str,
    sides: Sides,
    data: Dataset,
    loss: str,
    epochs: int = 2,
    seed: int = 0,
    plain: bool = False,
) -> Iterator[dict[str, Epoch]]:
    (pair,) = select([name])
    plan = planning.draw_up(pair, sides, data.train_images)
    shared = session(plan, sides, seed)
    start(plan, sides, "float32", data.train_images, data.train_labels, shared)
    recipe = paired.Recipe(loss, shared.batch_size, epochs, plain)
    yield from paired.train(plan, sides, data, recipe, shared, lambda framework, seen: None)


@pytest.mark.parametrize("plain", [False, True], ids=["lock-step", "plain"])
@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("cnn", "CategoricalCrossentropy"),
        ("simple_ae", "MeanSquaredError"),
        ("denoising_ae", "BinaryCrossentropy"),
    ],
)
def test_epoch_zero_is_the_same_model_on_both_sides_and_training_moves_both(
    sides: Sides, data: Dataset, name: str, loss: str, plain: bool
) -> None:
    first, *_, last = train(name, sides, data, loss, plain=plain)
    assert first["keras"].test_loss == pytest.approx(first["torch"].test_loss, rel=1e-5)
    assert last["keras"].train_loss == pytest.approx(last["torch"].train_loss, rel=0.02)
    for framework in ("keras", "torch"):
        assert last[framework].test_loss != first[framework].test_loss
        assert last[framework].seconds > 0  # type: ignore[operator]


def test_running_figures_have_the_definition_of_the_test_figures(
    sides: Sides, data: Dataset
) -> None:
    """One batch holds all samples, so the running figures are those of the weights before it."""
    for name, loss in (("cnn", "CategoricalCrossentropy"), ("simple_ae", "MeanSquaredError")):
        whole = replace(data, test_images=data.train_images, test_labels=data.train_labels)
        before, after = train(name, sides, whole, loss, epochs=1, plain=True)
        for framework in ("keras", "torch"):
            running = after[framework]
            assert running.train_loss == pytest.approx(before[framework].test_loss, rel=1e-5)
            assert running.train_accuracy == pytest.approx(before[framework].test_accuracy)


def test_the_port_starts_from_the_keras_weights(sides: Sides, data: Dataset) -> None:
    next(iter(train("cnn", sides, data, "CategoricalCrossentropy", seed=5)))
    (pair,) = select(["cnn"])
    keras = sides.keras.call("weights", key(pair, "float32"))
    torch = sides.torch.call("weights", key(pair, "float32"))
    kernel = keras["cnn/conv1/kernel"]
    assert np.array_equal(torch["conv1.weight"], kernel.transpose(3, 2, 0, 1))
    assert not keras["cnn/conv1/bias"].any(), "probing weights are gone"


def test_every_loss_of_a_recipe_has_its_definition(sides: Sides) -> None:
    for pair in select([]):
        keras, torch = sides.both("recipe", (pair.keras,), (pair.torch,))
        assert keras["loss"] in metrics.LOSSES
        assert (keras["batch_size"], keras["epochs"]) == (torch["batch_size"], torch["epochs"])
