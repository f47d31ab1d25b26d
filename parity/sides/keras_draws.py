"""Hand a Keras model its random draws from outside, without a change to its code.

The layers that draw (dropout, noise) keep their place and their weights; in training their `call`
takes the draws that were given instead of asking the backend's generator. Without given draws a
model draws for itself, as ever.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from parity.errors import ModelError
from parity.records.training import RandomLayer

Draws = dict[str, Any]  # layer name -> tensor (N, *layer.shape), the batch's draws


def dropped(inputs: Any, rate: float, keep: Any) -> Any:
    """Inverted dropout: what is kept is scaled by 1 / (1 - rate), as all backends do."""
    scaled = inputs * (1 / (1 - rate))
    return ops.where(keep, scaled, ops.zeros_like(inputs))


def _drop(layer: Any, inputs: Any, keep: Any) -> Any:
    return dropped(inputs, layer.rate, keep)


def _add_noise(layer: Any, inputs: Any, normal: Any) -> Any:
    return inputs + normal * layer.stddev


APPLY: dict[type, Callable[[Any, Any, Any], Any]] = {
    layers.Dropout: _drop,
    layers.SpatialDropout1D: _drop,
    layers.SpatialDropout2D: _drop,
    layers.SpatialDropout3D: _drop,
    layers.GaussianNoise: _add_noise,
}


def in_mode(model: Any, training: bool) -> dict[str, bool]:
    """What tells a model's `call` whether it trains."""
    return {"training": training} if model._call_has_training_arg else {}


class SharedDraws:
    """Takes over the layers of `model` that draw. `unshared` names those it cannot take over.

    calls: the layers' own `call`s that take shared draws, for whoever puts them there.
    """

    def __init__(self, model: Any, shapes: Mapping[str, tuple[int, ...]] | None = None) -> None:
        """shapes: of the layers' outputs, by name, where a model that is no functional one does
        not say."""
        self._given: Draws | None = None
        self.calls: list[tuple[Any, Callable[..., Any]]] = []
        self.taken: set[str] = set()  # layers that used their draws in the last pass
        self.idle: Mapping[str, float] = {}  # layers that drop nothing, in a diagnosis
        self.layers: list[RandomLayer] = []
        self.unshared: list[str] = []
        for layer in model._flatten_layers():
            if type(layer) in APPLY and getattr(layer, "noise_shape", None) is None:
                if not is_active(layer):
                    continue
                shape = _shape(layer, shapes or {})
                if shape is None:
                    self.unshared.append(getattr(layer, "path", None) or layer.name)
                else:
                    self.layers.append(_describe(layer, shape))
                    self.calls.append((layer, partial(self._call, layer, layer.call)))
            elif hasattr(layer, "seed_generator") and _may_draw(layer):
                if layer.name in (shapes or {}) and not type(layer).__module__.startswith("keras."):
                    self.layers.append(_normal(layer, shapes or {}))
                    self.calls.append((layer, partial(self._call_own, layer, layer.call)))
                else:
                    self.unshared.append(layer.name)

    def install(self) -> "SharedDraws":
        """Let the layers take shared draws, for good."""
        for layer, call in self.calls:
            layer.call = call
        return self

    @contextmanager
    def given(self, draws: Draws | None) -> Iterator[None]:
        """Within this, and while it is traced within this, the model uses these draws.

        None: it draws for itself.
        """
        self._given, self.taken = draws, set()
        try:
            yield
        finally:
            self._given = None

    def _call(self, layer: Any, own: Any, inputs: Any, training: bool = False) -> Any:
        if not training or self._given is None:
            return own(inputs, training=training)
        self.taken.add(layer.name)
        if layer.name in self.idle:
            return inputs
        return APPLY[type(layer)](layer, inputs, self._given[layer.name])

    def _call_own(self, layer: Any, own: Any, *args: Any, **kwargs: Any) -> Any:
        """A person's own layer, which draws by keras.random.normal, once."""
        if self._given is None or not kwargs.get("training", True):
            return own(*args, **kwargs)
        given = self._given[layer.name]

        def normal(
            shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
        ) -> Any:
            if layer.name in self.taken:
                raise ModelError(f"{layer.name} draws more than once, and can be given one draw")
            self.taken.add(layer.name)
            return mean + stddev * ops.cast(given, dtype or keras.config.floatx())

        drawing: Any = importlib.import_module(
            f"keras.src.backend.{keras.backend.backend()}.random"
        )
        before = drawing.normal
        drawing.normal = normal
        try:
            return own(*args, **kwargs)
        finally:
            drawing.normal = before


def _normal(layer: Any, shapes: Mapping[str, tuple[int, ...]]) -> RandomLayer:
    return RandomLayer(layer.name, "normal", shapes[layer.name])


RATES = ("rate", "dropout", "recurrent_dropout", "stddev")


def _may_draw(layer: Any) -> bool:
    """Of a layer that has a generator: all of Keras's recurrent cells do."""
    rates = [getattr(layer, name) for name in RATES if hasattr(layer, name)]
    return not rates or any(isinstance(rate, int | float) and rate > 0 for rate in rates)


def is_active(layer: Any) -> bool:
    return bool(getattr(layer, "rate", 0) > 0 or getattr(layer, "stddev", 0) > 0)


def _shape(layer: Any, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """Of a sample's output; None where nobody says, as of what another layer calls within."""
    if layer.name in shapes:
        return shapes[layer.name]
    try:
        return tuple(layer.output.shape[1:])
    except (AttributeError, ValueError):
        return None


def _describe(layer: Any, shape: tuple[int, ...]) -> RandomLayer:
    if isinstance(layer, layers.GaussianNoise):
        return RandomLayer(layer.name, "normal", shape)
    if type(layer) is not layers.Dropout:  # a whole feature map is dropped at once
        shape = (*(1 for _ in shape[:-1]), shape[-1])
    return RandomLayer(layer.name, "keep", shape, float(layer.rate))
