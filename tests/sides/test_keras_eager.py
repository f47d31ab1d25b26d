"""What Keras's layers would take long for outside of a graph, or TensorFlow refuse, they give."""

from typing import Any

import keras  # isort: skip
import numpy as np
import pytest
from keras import layers

from parity.sides import keras_loops
from parity.sides.keras_backend import called
from tests.apart import finding

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the others run both as they are"
)
FIRST: dict[str, Any] = {"data_format": "channels_first"}


@on_tensorflow
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("others", [{}, {"go_backwards": True, "stateful": True}])
def test_a_long_loop_is_a_graph_that_gives_the_same(
    kind: str, others: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = getattr(layers, kind)(3, **others)
    steps = np.random.default_rng(0).normal(size=(2, keras_loops.LONG, 2)).astype("float32")
    mask = np.arange(keras_loops.LONG) < [[20], [keras_loops.LONG]]
    plain = layer(steps, mask=mask)
    layer.reset_state()
    calls, own = [], layer.cell.call

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return own(*args, **kwargs)

    monkeypatch.setattr(layer.cell, "call", counted)
    np.testing.assert_allclose(called(layer, steps, mask=mask), plain, rtol=0, atol=1e-6)
    assert len(calls) < 5  # as often as it was traced
    assert keras.layers.RNN.inner_loop.__module__.startswith("keras.")


@on_tensorflow
def test_a_cell_of_a_persons_own_keeps_what_its_steps_gave() -> None:
    class Own(layers.SimpleRNNCell):  # type: ignore[misc]
        def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
            output, states = super().call(inputs, states, training=training)
            self.last = output
            return output, states

    cell = Own(3)
    found = called(layers.RNN(cell), np.ones((2, keras_loops.LONG, 2), "float32"))
    np.testing.assert_array_equal(cell.last, found)


@on_tensorflow
@pytest.mark.parametrize(
    ("first", "last", "shape"),
    [
        (layers.Conv2D(4, 3, 2, "same", **FIRST), layers.Conv2D(4, 3, 2, "same"), (2, 3, 6, 5)),
        (layers.Conv3D(4, 2, **FIRST), layers.Conv3D(4, 2), (2, 3, 4, 5, 6)),
        (layers.Conv2DTranspose(4, 3, 2, **FIRST), layers.Conv2DTranspose(4, 3, 2), (2, 3, 6, 5)),
        (layers.Conv3DTranspose(4, 2, **FIRST), layers.Conv3DTranspose(4, 2), (2, 3, 4, 5, 6)),
    ],
)
def test_channels_first_is_computed_with_channels_last(
    first: Any, last: Any, shape: tuple[int, ...]
) -> None:
    image = np.random.default_rng(0).normal(size=shape).astype("float32")
    turned = np.moveaxis(image, 1, -1)
    last.build(turned.shape)
    first.build(image.shape)
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(
        np.moveaxis(called(first, image), 1, -1), last(turned), rtol=0, atol=1e-5
    )


@on_tensorflow
@pytest.mark.parametrize(
    ("grouped", "shape"),
    [
        (layers.Conv2D(12, 3, 2, "same", groups=6), (2, 7, 6, 6)),
        (layers.Conv2D(6, 3, padding="same", groups=6, dilation_rate=2), (2, 7, 6, 6)),
        (layers.Conv2D(6, (1, 4), (1, 4), groups=6), (2, 3, 9, 6)),
        (layers.Conv2D(9, 3, groups=3, **FIRST), (2, 6, 7, 6)),
        (layers.Conv1D(12, 3, 2, "same", groups=6), (2, 7, 6)),
        (layers.Conv1D(9, 3, padding="causal", groups=3), (2, 7, 6)),
        (layers.Conv3D(6, 2, groups=6), (2, 4, 3, 4, 6)),
    ],
    ids=lambda x: f"{x.__class__.__name__}" if isinstance(x, layers.Layer) else None,
)
def test_groups_are_computed_without_a_compiler(
    grouped: Any, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(0).normal(size=shape).astype("float32")
    expected = grouped(image)
    monkeypatch.setattr("tensorflow.function", lambda **named: lambda function: None)
    np.testing.assert_allclose(called(grouped, image), expected, rtol=0, atol=1e-5)


def test_jax_compiles_a_loop_once() -> None:
    told = finding("tests.sides.jax_loops", "jax")
    assert told == {"kept": True, "same": True, "folder": None}
