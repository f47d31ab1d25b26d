"""Live models that are trained: faithful ports pass, mistakes ring and are named.

Each has its turn every sixth day.
"""

from typing import Any

import pytest

from tests.apart import finding
from tests.in_turn import in_turn

FAITHFUL = in_turn(
    [
        *("faithful", "own step", "weighed", "schedule", "penalised", "torch's SGD", "plateau"),
        *("Keras's own step", "by class", "narrow"),
    ],
    6,
)
MISTAKES = in_turn(
    [  # the gate that rings first, and the cause that is named first
        ("torch's Adam", "optimizer", "adam-epsilon"),
        ("summed", "loss", "loss-reduction"),
        ("softmax twice", "loss", "loss-logits"),
        ("weights lost", "loss", "sample-weights"),
        ("schedule lost", "optimizer", "schedule-lost"),
        ("schedule late", "optimizer", "schedule-offset"),
        ("schedule by epochs", "optimizer", "schedule-interval"),
        ("penalty lost", "loss", "penalty-lost"),
        ("not smoothed", "loss", "label-smoothing"),
        ("broadcast", "loss", "loss-broadcast"),
        ("another delta", "loss", "loss-setting"),
        ("zero_grad forgotten", "lockstep", "zero-grad"),
        ("eval left on", "loss", "eval-left-on"),
        ("plateau late", "lockstep", "schedule"),
        ("two rates", "optimizer", "learning-rate"),
        ("another rate", "optimizer", "learning-rate"),
        ("no rate", "optimizer", "not-optimized"),
        ("frozen", "gradients", "frozen"),
        ("clipped", "optimizer", "clipnorm"),
        ("last batch", "optimizer", "last-batch"),
    ],
    6,
)


@pytest.fixture(scope="module")
def found() -> Any:
    return finding(
        "tests.live_training",
        "tensorflow",
        "objects",
        "recorded",
        "drawn by NumPy",
        *FAITHFUL,
        *(name for name, _, _ in MISTAKES),
    )


@pytest.mark.parametrize("backend", in_turn(["jax", "torch"], 2))
def test_on_another_backend(backend: str) -> None:
    own = ["Keras's own step", "another rate"]
    there = finding("tests.live_training", backend, "plateau", "two rates", *own)
    assert [there[name]["verdict"] for name in own] == ["pass", "differ"], there
    assert there["plateau"]["verdict"] == "pass", there["plateau"]["text"]
    assert there["two rates"]["causes"] == ["learning-rate"], there["two rates"]["text"]


@pytest.mark.parametrize("name", FAITHFUL)
def test_a_faithful_training_passes(found: Any, name: str) -> None:
    assert found[name]["verdict"] == "pass", found[name]["text"]
    assert found[name]["causes"] == []


@pytest.mark.parametrize(("name", "gate", "cause"), MISTAKES)
def test_a_mistake_rings_and_is_named(found: Any, name: str, gate: str, cause: str) -> None:
    assert found[name]["verdict"] == "differ"
    assert found[name]["gate"] == [gate], found[name]["text"]
    assert found[name]["causes"][:1] == [cause], found[name]["text"]


def test_live_objects_come_back_as_they_were(found: Any) -> None:
    assert found["changed"] == []


def test_what_cannot_be_trained_is_told(found: Any) -> None:
    samples, loss, optimizer, nothing = found["errors"]
    assert "5 and 70 samples" in samples[1]
    assert "loss='mse'" in loss[1]
    assert "optimizer=3" in optimizer[1]
    assert "x is None" in nothing[1]
    assert "pass" not in [verdict for verdict, _ in found["errors"]]


def test_a_recorded_training_is_checked_without_the_keras_model(found: Any) -> None:
    ports = found["recorded"]
    assert ports["right"]["verdict"] == "pass", ports["right"]["text"]
    assert "lockstep float64" in ports["right"]["text"]
    assert ports["summed"]["causes"] == ["loss-reduction"]
    assert ports["rate"]["causes"] == ["learning-rate"]
    assert ports["other batches"].startswith("training: batch_size is another than what was rec")
    assert ports["untrained"] == "pass"
    assert ports["another loss"]["verdict"] == "differ"
    assert ports["frozen"]["causes"] == ["frozen"], ports["frozen"]["text"]


def test_a_recorded_training_is_checked_in_steps_of_the_port_s_own(found: Any) -> None:
    ports = found["recorded"]
    assert ports["stepped"]["verdict"] == "pass", ports["stepped"]["text"]
    assert ports["kept"]["causes"] == ["zero-grad"], ports["kept"]["text"]
    assert ports["clipped"]["causes"] == ["clipnorm"], ports["clipped"]["text"]


def test_a_step_of_keras_s_own_is_recorded_for_every_port(found: Any) -> None:
    ports = found["recorded"]["Keras's own step"]
    assert ports["right"]["verdict"] == "pass", ports["right"]["text"]
    assert ports["rate"]["causes"] == ["learning-rate"], ports["rate"]["text"]


def test_a_rate_that_went_by_the_loss_is_recorded(found: Any) -> None:
    still = found["recorded"]["by the loss"]["still"]
    assert still["causes"] == ["schedule-lost"], still["text"]


def test_what_draws_by_numpy_is_judged_by_nobody(found: Any) -> None:
    told = found["drawn by NumPy"]
    assert (told["verdict"], told["causes"]) == ("incomplete", [])
    assert "cannot be handed from outside" in told["text"]
