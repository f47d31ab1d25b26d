"""Both sides train alike: the same start, the same batches, the same definitions."""

from dataclasses import replace

import numpy as np
import pytest

from parity.checking import models
from parity.checking.probe import probe
from parity.mapping import ledger
from parity.numerics import metrics
from parity.pairs import select
from parity.records.comparison import Array
from parity.records.jobs import FRAMEWORKS, Framework, Job, Run, Start
from parity.sides.calls import ask
from parity.sides.process import Sides
from parity.sides.training_verbs import Training
from parity.sides.verbs import Models
from parity.train.data.dataset import Dataset
from parity.train.learn import Nowhere, Task, draw_seed, learn


@pytest.fixture(scope="module")
def data(images: Array) -> Dataset:
    labels = np.arange(len(images)) % 10
    return Dataset("probe", images, labels, images[:20], labels[:20])


def job(name: str, framework: Framework, start: Start = "paired", epochs: int = 2) -> Job:
    return Job(name, framework, "tensorflow", "matched", "course", start, 0, epochs)


def train(
    name: str, sides: Sides, data: Dataset, start: Start = "paired", epochs: int = 2
) -> list[Run]:
    """Keras's run and the port's."""
    (pair,) = select([name])
    plan = models.draw_up(
        pair,
        sides,
        samples=probe(data.test_images, data.test_labels, data.train_images, data.train_labels),
    )
    weights = sides.keras.call(Models.weights, f"{name} float32")
    first = {"keras": weights, "torch": ledger.to_torch(plan.ledger, weights)}
    found = []
    for framework, worker in zip(FRAMEWORKS, (sides.keras, sides.torch), strict=True):
        given = first[framework] if start == "paired" else None
        task = Task(job(name, framework, start, epochs), pair, given)
        found.append(learn(task, data, worker, Nowhere(), lambda job, epoch, seen: None))
    return found


@pytest.mark.parametrize("name", ["cnn", "simple_ae", "denoising_ae"])
def test_epoch_zero_is_the_same_model_on_both_sides_and_training_moves_both(
    sides: Sides, data: Dataset, name: str
) -> None:
    keras, torch = train(name, sides, data)
    assert keras.history[0].test_loss == pytest.approx(torch.history[0].test_loss, rel=1e-5)
    assert keras.last.train_loss == pytest.approx(torch.last.train_loss, rel=1e-4)
    for run in (keras, torch):
        assert run.last.test_loss != run.history[0].test_loss
        assert run.last.seconds > 0  # type: ignore[operator]
        assert run.parameters == keras.parameters


def test_running_figures_have_the_definition_of_the_test_figures(
    sides: Sides, data: Dataset
) -> None:
    """One batch holds all samples, so the running figures are those of the weights before it."""
    whole = replace(data, test_images=data.train_images, test_labels=data.train_labels)
    for name in ("cnn", "simple_ae"):
        for run in train(name, sides, whole, epochs=1):
            before, after = run.history
            assert after.train_loss == pytest.approx(before.test_loss, rel=1e-5)
            assert after.train_accuracy == pytest.approx(before.test_accuracy)


def test_independent_runs_share_neither_weights_nor_batches(sides: Sides, data: Dataset) -> None:
    keras, torch = train("simple_ae", sides, data, start="independent", epochs=1)
    assert keras.history[0].test_loss != pytest.approx(torch.history[0].test_loss, rel=1e-5)
    seeds = {
        draw_seed(replace(job("simple_ae", framework, "independent"), seed=seed))
        for framework in FRAMEWORKS
        for seed in range(5)
    }
    assert len(seeds) == 10


def test_paired_runs_share_their_batches() -> None:
    keras, torch = (job("simple_ae", framework) for framework in FRAMEWORKS)
    assert draw_seed(keras) == draw_seed(torch)


def test_every_loss_of_a_recipe_has_its_definition(sides: Sides) -> None:
    for pair in select([]):
        keras, torch = sides.each(
            ask(Training.settings, pair.keras), ask(Training.settings, pair.torch)
        )
        assert keras.loss in metrics.LOSSES
        assert (keras.batch_size, keras.epochs) == (torch.batch_size, torch.epochs)
