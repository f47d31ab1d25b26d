"""Symbolic tensors that go through a Keras model step into whatever has layers inside."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras.src.layers.layer import Layer

OWN = ("keras.src.", "keras.")


@contextlib.contextmanager
def entered(training: bool) -> Iterator[None]:
    """While symbolic tensors go through, step into whatever has layers inside.

    What cannot be run symbolically (its `call` uses a backend's own functions) is called whole.
    """
    original = Layer.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if has_inside(self):
            with contextlib.suppress(Exception):
                return self.call(*args, **{**mode(self, training), **kwargs})
        return original(self, *args, **kwargs)

    Layer.__call__ = call
    try:
        yield
    finally:
        Layer.__call__ = original


def mode(layer: Any, training: bool) -> dict[str, bool]:
    """What tells a layer's `call` that it trains; without it, Keras takes it to infer."""
    return {"training": True} if training and layer._call_has_training_arg else {}


def has_inside(layer: Any) -> bool:
    """A model, or a layer of a person's own with layers in it. Keras's own layers are whole."""
    if isinstance(layer, keras.Model):
        return True
    return bool(layer._layers) and not type(layer).__module__.startswith(OWN)
