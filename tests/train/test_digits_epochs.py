"""Where nobody chose the epochs, models learn the digits until their figures mean something.

The two pairs that train in seconds; train/data/digits.py has what was measured of all.
"""

import pytest

from parity.pairs import select
from parity.records.jobs import FRAMEWORKS, Framework, Job
from parity.results.pair import Settings
from parity.sides.training_verbs import Training
from parity.train.data import dataset
from parity.train.data.dataset import Dataset
from parity.train.learn import Nowhere, Task, learn
from tests.in_turn import in_turn
from tests.small_runs import silent, worker

(MLP,) = select(["mlp"])


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return dataset.load(worker("torch"), "digits")


def accuracy(name: str, framework: Framework, data: Dataset, chosen: Settings) -> float:
    """On the test images, at the end of a run."""
    (pair,) = select([name])
    side = worker(framework)
    module = pair.keras if framework == "keras" else pair.torch
    epochs = chosen.on(data).epochs_of(pair, side.call(Training.settings, module).epochs)
    job = Job(name, framework, "tensorflow", "matched", "course", "independent", 0, epochs)
    return learn(Task(job, pair), data, side, Nowhere(), silent).last.test_accuracy


@pytest.mark.parametrize("framework", in_turn(FRAMEWORKS, 2))
def test_a_classifier_names_95_of_100_digits(framework: Framework, digits: Dataset) -> None:
    assert accuracy("mlp", framework, digits, Settings()) > 0.95


@pytest.mark.parametrize("framework", in_turn(FRAMEWORKS[::-1], 2))
def test_an_auto_encoder_does_better_than_a_black_image(
    framework: Framework, digits: Dataset
) -> None:
    black = float((digits.test_images <= 255 / 2).mean())
    assert accuracy("simple_ae", framework, digits, Settings()) > black


def test_the_epochs_that_somebody_chose_are_run_on_the_digits_too(digits: Dataset) -> None:
    assert Settings(epochs=3).on(digits).epochs_of(MLP, 20) == 3
    assert Settings(full=True).on(digits).epochs_of(MLP, 20) == 20


def test_on_mnist_a_tenth_of_the_course_s_epochs_is_run(digits: Dataset) -> None:
    images, labels = digits.train_images, digits.train_labels
    mnist = Dataset("mnist", images, labels, images, labels)
    assert Settings().on(mnist).epochs_of(MLP, 20) == 2
    assert Settings().on(mnist).describe()["epochs"] == "a tenth of the course's"
