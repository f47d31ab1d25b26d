"""Hand a Keras model its random draws from outside, without a change to its code.

The layers that draw (dropout, noise) keep their place and their weights; in training their `call`
takes the draws that were given instead of asking the backend's generator. Without given draws a
model draws for itself, as ever.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from keras import layers, ops

from parity.records.training import RandomLayer

Draws = dict[str, Any]  # layer name -> tensor (N, *layer.shape), the batch's draws


def _drop(layer: Any, inputs: Any, keep: Any) -> Any:
    """Inverted dropout: what is kept is scaled by 1 / (1 - rate), as all backends do."""
    scaled = inputs * (1 / (1 - layer.rate))
    return ops.where(keep, scaled, ops.zeros_like(inputs))


def _add_noise(layer: Any, inputs: Any, normal: Any) -> Any:
    return inputs + normal * layer.stddev


APPLY: dict[type, Callable[[Any, Any, Any], Any]] = {
    layers.Dropout: _drop,
    layers.SpatialDropout1D: _drop,
    layers.SpatialDropout2D: _drop,
    layers.SpatialDropout3D: _drop,
    layers.GaussianNoise: _add_noise,
}


class SharedDraws:
    """Takes over the layers of `model` that draw. `unshared` names those it cannot take over."""

    def __init__(self, model: Any) -> None:
        self._given: Draws | None = None
        self.taken: set[str] = set()  # layers that used their draws in the last pass
        self.layers: list[RandomLayer] = []
        self.unshared: list[str] = []
        for layer in model._flatten_layers():
            if type(layer) in APPLY and getattr(layer, "noise_shape", None) is None:
                if _is_active(layer):
                    self.layers.append(_describe(layer))
                    layer.call = partial(self._call, layer, layer.call)
            elif hasattr(layer, "seed_generator"):
                self.unshared.append(layer.name)

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
        return APPLY[type(layer)](layer, inputs, self._given[layer.name])


def _is_active(layer: Any) -> bool:
    return bool(getattr(layer, "rate", 0) > 0 or getattr(layer, "stddev", 0) > 0)


def _describe(layer: Any) -> RandomLayer:
    shape = tuple(layer.output.shape[1:])
    if isinstance(layer, layers.GaussianNoise):
        return RandomLayer(layer.name, "normal", shape)
    if type(layer) is not layers.Dropout:  # a whole feature map is dropped at once
        shape = (*(1 for _ in shape[:-1]), shape[-1])
    return RandomLayer(layer.name, "keep", shape, float(layer.rate))
