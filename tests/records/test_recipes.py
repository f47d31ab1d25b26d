"""What the recipe as_reported does otherwise than the course, each thing seen."""

from dataclasses import replace

import numpy as np
import pytest

from parity.errors import ParityError
from parity.records import variants
from parity.records.pair import Task
from parity.records.training import Session, Variant
from parity.sides import testing, twin_file
from parity.sides.batches import Feed

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = np.arange(20) % 10


def feed(name: str, task: Task) -> Feed:
    variant = variants.variant("as_reported", name)
    shared = Session(task, 0, 8, "tensorflow", variant=variant)
    return Feed(twin_file.read(f"torch_port.{name}"), "float32", shared, IMAGES, LABELS)


def test_the_course_changes_nothing() -> None:
    assert variants.variant("course", "mlp") == Variant()
    x = RNG.random((3, 4), np.float32)
    assert np.array_equal(variants.transform(x, Variant()), x)


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(ParityError, match="'keras' is none of course, as_reported"):
        variants.variant("keras", "mlp")


def test_inputs_and_an_auto_encoder_s_targets_are_normalised() -> None:
    inputs, target = feed("simple_ae", "reconstruct").samples(1)
    expected = (IMAGES.reshape(20, -1).astype(np.float32) / 255 - 0.1307) / 0.3081
    assert inputs == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(inputs, target)
    inputs, target = feed("mlp", "classify").samples(1)
    assert inputs.min() == pytest.approx(-0.1307 / 0.3081, abs=1e-5)
    assert target.sum() == 20, "classes stay one-hot"


def test_the_denoiser_is_clamped_and_tested_on_clean_images() -> None:
    own = feed("denoising_ae", "reconstruct")
    inputs, target = own.samples(1)
    assert (target.min(), target.max()) == (0, 1)
    assert not np.array_equal(inputs, target)
    assert np.array_equal(own.test_inputs(IMAGES), own.targets(IMAGES, LABELS))
    course = replace(own, session=replace(own.session, variant=Variant()))
    assert not np.array_equal(course.test_inputs(IMAGES), course.targets(IMAGES, LABELS))


def test_a_loss_is_the_mean_of_its_batches_means_and_the_cnn_s_accuracy_is_no_share() -> None:
    prediction = RNG.dirichlet(np.ones(10), 20)
    shared = feed("cnn", "classify").session  # batches of 8, 8 and 4
    chosen = -np.log(prediction[np.arange(20), LABELS])
    found = testing.figures(shared, "CategoricalCrossentropy", prediction, IMAGES, LABELS, LABELS)
    means = [chosen[:8].mean(), chosen[8:16].mean(), chosen[16:].mean()]
    assert found.loss == pytest.approx(np.mean(means))
    right = (prediction.argmax(axis=1) == LABELS).sum()
    assert found.accuracy == pytest.approx(right / 3)
    plain = replace(shared, variant=Variant())
    found = testing.figures(plain, "CategoricalCrossentropy", prediction, IMAGES, LABELS, LABELS)
    assert found.loss == pytest.approx(chosen.mean())
    assert found.accuracy == pytest.approx(right / 20)
