"""Hand a Keras model what it draws at inference, as the sampling of a variational auto-encoder.

What is drawn is known by the layer that asks, and by how often it has asked in a pass: so a layer
that is run alone is handed what it is handed in the whole pass.
"""

import contextlib
import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import ops
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.layers.layer import Layer

from parity.errors import ModelError
from parity.numerics import draws
from parity.records.training import RandomLayer
from parity.sides.keras_computing import generators_kept
from parity.sides.keras_draws import in_mode
from parity.sides.keras_entering import is_keras
from parity.sides.keras_step_draws import SAMPLES, StepDraws, require_same

# What nobody can hand over; of the backend's module of what draws.
OTHERS = ("beta", "binomial", "categorical", "gamma", "shuffle", "truncated_normal")


class InferenceDraws(StepDraws):
    @contextlib.contextmanager
    def handed(self, samples: int, turn: int = 0, turns: int = 1) -> Iterator[None]:
        """Within this, a pass of so many samples draws what `draws.at_inference` says. turn: which
        call this is, out of so many, of a layer that is run alone."""
        found = {x.name: ops.convert_to_tensor(draws.at_inference(x, samples)) for x in self.layers}
        with self.given(found):
            asked = Counter(name.partition("#")[0] for name in found)
            self._counts = Counter({x: turn * (n // turns) for x, n in asked.items()})
            yield

    def _numbered(self, name: str) -> str:
        return super()._numbered(f"{_asking()} {name}")

    def _normal(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return (super()._normal if self._answers("normal") else _plain)(own, *args, **kwargs)

    def _uniform(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return (super()._uniform if self._answers("uniform") else _plain)(own, *args, **kwargs)

    def _dropout(self, own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return (super()._dropout if self._answers("random.dropout") else _plain)(
            own, *args, **kwargs
        )

    def _answers(self, name: str) -> bool:
        """Is there a draw for who asks? Not where a shape is asked for, as often as Keras likes,
        nor for what draws in training alone."""
        assert self._given is not None
        asked = f"{_asking()} {name}"
        count = self._counts[asked] + 1
        is_known = (asked if count == 1 else f"{asked}#{count}") in self._given
        return not in_symbolic_scope() and (is_known or bool(self._samples))


DRAWING: WeakKeyDictionary[Any, InferenceDraws] = WeakKeyDictionary()  # the models that draw


def look(model: Any, inputs: Any) -> tuple[RandomLayer, ...]:
    """What a model draws at inference, which it is handed from here on; nothing where two passes
    that are handed the same differ all the same. inputs: arrays as the model takes them.

    Raises ModelError where it draws by a function that cannot be answered from outside.
    """
    DRAWING.pop(model, None)
    if not any(map(_is_own, model._flatten_layers())):
        return ()  # at inference no layer of Keras's draws
    for given in (keras.tree.map_structure(_of_samples, inputs), inputs):
        found = InferenceDraws(model)
        with contextlib.suppress(Exception), generators_kept(model):
            with found.looked_at(size(given)), _noted(found.unshared):
                _called(model, given)
            if found.unshared:
                break
            if found.layers:
                _require_alike(model, found, inputs)
                DRAWING[model] = found
            return tuple(found.layers)
    if found.unshared:
        raise ModelError(
            f"{found.unshared[0]} at inference, which cannot be handed to a port: draw by "
            "keras.random.normal or uniform, or compare the model up to there"
        )
    return ()


@contextlib.contextmanager
def _noted(unshared: list[str]) -> Iterator[None]:
    """Note who draws by other functions."""
    random: Any = importlib.import_module(f"keras.src.backend.{keras.backend.backend()}.random")
    own = {name: getattr(random, name) for name in OTHERS}

    def noting(name: str, *args: Any, **kwargs: Any) -> Any:
        unshared.append(f"{_asking()} draws by keras.random.{name}")
        return own[name](*args, **kwargs)

    for name in OTHERS:
        setattr(random, name, partial(noting, name))
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(random, name, function)


def of(model: Any) -> InferenceDraws | None:
    """What a model is handed; None where it draws nothing."""
    return DRAWING.get(model)


def handed(model: Any, inputs: Any) -> AbstractContextManager[None]:
    """Within this a model that draws is handed what it does. inputs: of the pass."""
    found = of(model)
    return contextlib.nullcontext() if found is None else found.handed(size(inputs))


def size(inputs: Any) -> int:
    """How many samples there are."""
    return len(keras.tree.flatten(inputs)[0])


def _require_alike(model: Any, found: InferenceDraws, inputs: Any) -> None:
    def run() -> Any:
        with found.handed(size(inputs)):
            return _called(model, inputs)

    require_same(model, run)


def _called(model: Any, inputs: Any) -> Any:
    return model(keras.tree.map_structure(ops.convert_to_tensor, inputs), **in_mode(model, False))


def _is_own(layer: Any) -> bool:
    """A layer, or a model, of a person's own."""
    is_lambda = isinstance(layer, keras.layers.Lambda)
    return is_lambda or not is_keras(layer)


def _of_samples(array: Any) -> Any:
    """Of a number of samples that hardly anything else has."""
    return np.resize(array, (SAMPLES, *array.shape[1:]))


def _plain(own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return own(*args, **kwargs)


def _asking() -> str:
    """The path of the layer whose `call` asks for a draw: the innermost."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        caller = frame.f_locals.get("self")
        if frame.f_code.co_name == "call" and isinstance(caller, Layer):
            return str(getattr(caller, "path", None) or caller.name)
        frame = frame.f_back
    return ""
