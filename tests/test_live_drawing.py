"""What Keras's model draws at inference is recorded, and handed to ports where no Keras is."""

from pathlib import Path
from typing import Any

import keras
import pytest
import torch
from keras import ops

import parity
from parity.errors import ModelError
from tests import live_drawing as live
from tests.checked import causes


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawing") / "reference"
    model, port = live.a_code_that_is_drawn()
    assert parity.record(model, port, folder).verdict == "pass"
    return folder


def test_a_port_that_draws_as_keras_did_passes(reference: Path) -> None:
    _, port = live.a_code_drawn_in_place()
    assert parity.check_reference(reference, port).verdict == "pass"


def test_a_port_that_draws_nothing_differs(reference: Path) -> None:
    _, port = live.a_code_that_is_the_mean()
    report = parity.check_reference(reference, port)
    assert (report.verdict, causes(report)) == ("differ", ["layer-missing"])


def test_draws_that_cannot_be_handed_over_are_refused_by_name() -> None:
    class Chosen(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return ops.one_hot(keras.random.categorical(x, 1)[:, 0], 4)

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), Chosen(name="chosen")])
    with pytest.raises(ModelError, match=r"chosen draws by keras\.random\.categorical"):
        parity.check(model, torch.nn.Linear(6, 4))
