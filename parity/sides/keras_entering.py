"""Symbolic tensors that go through a Keras model step into whatever has layers inside.

A TimeDistributed layer is the layer in it, of all steps as samples: a port has it so, too.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops
from keras.src.layers.layer import Layer

OWN = ("keras.src.", "keras.")
SEQUENCE = 3  # axes of a sequence of features, of which each layer works on the last


@contextlib.contextmanager
def entered(training: bool) -> Iterator[None]:
    """While symbolic tensors go through, step into whatever has layers inside.

    What cannot be run symbolically (its `call` uses a backend's own functions) is called whole.
    """
    original = Layer.__call__
    unfolded: dict[int, tuple[Any, Any]] = {}  # by its id, a sequence, and its steps as samples

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if has_inside(self):
            with contextlib.suppress(Exception):
                return self.call(*args, **{**mode(self, training), **kwargs})
        if not training and _is_of_each_step(self, args, kwargs):
            with contextlib.suppress(Exception):
                return _of_each_step(self.layer, args[0], unfolded)
        return original(self, *args, **kwargs)

    Layer.__call__ = call
    try:
        yield
    finally:
        Layer.__call__ = original


def _is_of_each_step(layer: Any, args: Any, kwargs: Any) -> bool:
    """Does a layer run one without a state on each step of an unmasked sequence of maps?"""
    is_alone = len(args) == 1 and all(x is None or x is False for x in kwargs.values())
    if not isinstance(layer, keras.layers.TimeDistributed) or not is_alone:
        return False
    is_of_maps = len(getattr(args[0], "shape", ())) > SEQUENCE
    return is_of_maps and getattr(args[0], "_keras_mask", None) is None and layer.built


def _of_each_step(layer: Any, sequence: Any, unfolded: dict[int, tuple[Any, Any]]) -> Any:
    """unfolded: what came of such layers before; it is added to."""
    length, sizes = sequence.shape[1], sequence.shape[2:]
    _, steps = unfolded.get(id(sequence), (None, None))
    found = layer(ops.reshape(sequence, (-1, *sizes)) if steps is None else steps)
    again = ops.reshape(found, (-1, length, *found.shape[1:]))
    unfolded[id(again)] = again, found
    return again


def mode(layer: Any, training: bool) -> dict[str, bool]:
    """What tells a layer's `call` that it trains; without it, Keras takes it to infer."""
    return {"training": True} if training and layer._call_has_training_arg else {}


def has_inside(layer: Any) -> bool:
    """A model, or a layer of a person's own with layers in it. Keras's own layers are whole."""
    if isinstance(layer, keras.Model):
        return True
    return bool(layer._layers) and not type(layer).__module__.startswith(OWN)
