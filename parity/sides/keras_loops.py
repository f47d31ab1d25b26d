"""Keras's loops over long sequences, compiled as `predict` runs them.

On TensorFlow, a layer that is called outside of a graph takes step after step in Python: 500 of an
LSTM took 4 s on a core, and 0.3 s in a graph, the making of the graph included.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras

LONG = 50  # steps, from which on a graph pays: an LSTM's took 0.2 s by themselves, 0.1 s so


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Let long loops of Keras's own cells run as graphs, at inference. A person's own cell may keep
    what a step gave, which is nothing outside of the graph."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    own = keras.layers.RNN.inner_loop
    keras.layers.RNN.inner_loop = _in_a_graph(own)
    try:
        yield
    finally:
        keras.layers.RNN.inner_loop = own


def _in_a_graph(loop: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def inner_loop(
        layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        is_eager = tf.executing_eagerly() and isinstance(sequences, tf.Tensor)
        is_long = is_eager and sequences.shape[1] >= LONG and not layer.unroll
        if training or not is_long or not _is_keras(layer.cell):
            return loop(layer, sequences, initial_state, mask, training=training)
        graph = tf.function(
            lambda x, state: loop(layer, x, state, mask, training=training), autograph=False
        )
        # Called by itself, TensorFlow warns that a function is made anew each time.
        return graph.get_concrete_function(sequences, initial_state)(sequences, initial_state)

    return inner_loop


def _is_keras(cell: Any) -> bool:
    return all(
        type(layer).__module__.partition(".")[0] == "keras" for layer in cell._flatten_layers()
    )
