"""Hand a Keras model its random draws from outside, call by call: one with a `train_step` of its
own, or with layers that draw within, as attention and recurrent layers that drop.

A step may draw what no layer does, as latent vectors or times; or call a layer twice, or on two
batches joined. So it is made once to see what it draws, and each of these calls is then handed its
own draw. A layer that drops or adds noise is known by its name, what `keras.random` or `tf.random`
is asked for by its kind; the second such call in a step has a draw of its own.
"""

import contextlib
import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from parity.errors import ModelError
from parity.records.training import RandomLayer
from parity.sides.keras_draws import APPLY, Draws, dropped, in_mode, is_active

SAMPLES = 7  # of the step that is looked at: hardly the size of anything else


class StepDraws:
    """Stands in the place of SharedDraws. layers: what a step draws, in this order."""

    def __init__(self, model: Any, drawn: Iterable[RandomLayer] = ()) -> None:
        self.layers = list(drawn)
        self.unshared: list[str] = []
        self.taken: set[str] = set()
        # What drops nothing, or draws one value throughout, in a diagnosis.
        self.idle: Mapping[str, float] = {}
        dropping = (x for x in model._flatten_layers() if type(x) in APPLY and is_active(x))
        self.calls = [(layer, partial(self._call, layer, layer.call)) for layer in dropping]
        self._given: Draws | None = None
        self._counts: Counter[str] = Counter()
        self._samples = 0  # of a step that is looked at

    @contextlib.contextmanager
    def given(self, draws: Draws | None) -> Iterator[None]:
        """Within this, and while it is traced within this, the step uses these draws.

        None: it draws for itself.
        """
        self._given, self.taken, self._counts = draws, set(), Counter()
        try:
            with contextlib.nullcontext() if draws is None else self._asked():
                yield
        finally:
            self._given = None

    @contextlib.contextmanager
    def looked_at(self, samples: int) -> Iterator[None]:
        """Within this a step draws for itself, and what it draws is written down."""
        self.layers, self._samples = [], samples
        try:
            with self.given({}):
                yield
        finally:
            self._samples = 0

    @contextlib.contextmanager
    def _asked(self) -> Iterator[None]:
        """What is asked for draws asks here."""
        backend = keras.backend.backend()
        random: Any = importlib.import_module(f"keras.src.backend.{backend}.random")
        asked: list[tuple[Any, str, Any]] = [
            (random, "normal", self._normal),
            (random, "uniform", self._uniform),
            (random, "randint", self._uniform),
            (random, "dropout", self._dropout),
        ]
        if backend == "tensorflow":
            import tensorflow as tf

            asked += [(tf.random, "normal", self._normal), (tf.random, "uniform", self._uniform)]
        own = [getattr(module, name) for module, name, _ in asked]
        for (module, name, instead), before in zip(asked, own, strict=True):
            setattr(module, name, partial(instead, before))
        try:
            yield
        finally:
            for (module, name, _), before in zip(asked, own, strict=True):
                setattr(module, name, before)

    def _call(self, layer: Any, own: Any, inputs: Any, training: bool = False) -> Any:
        if not training or self._given is None:
            return own(inputs, training=training)
        name = self._numbered(layer.name)
        if not self._samples:
            taken = self._taken(name)
            return inputs if name in self.idle else APPLY[type(layer)](layer, inputs, taken)
        is_noise = isinstance(layer, layers.GaussianNoise)
        shape = list(inputs.shape)
        if type(layer) is not layers.Dropout and not is_noise:  # whole feature maps are dropped
            shape[1:-1] = [1] * len(shape[1:-1])
        rate = 0.0 if is_noise else float(layer.rate)
        self._write_down(name, "normal" if is_noise else "keep", shape, rate)
        return inputs

    def _normal(
        self,
        own: Callable[..., Any],
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        seed: Any = None,
        name: Any = None,
    ) -> Any:
        called = self._numbered("normal")
        if self._samples:
            self._write_down(called, "normal", shape)
            return own(shape, mean, stddev, **_given(dtype=dtype, seed=seed))
        return mean + stddev * ops.cast(self._taken(called), dtype or keras.config.floatx())

    def _uniform(
        self,
        own: Callable[..., Any],
        shape: Any,
        minval: Any = 0.0,
        maxval: Any = None,
        dtype: Any = None,
        seed: Any = None,
        name: Any = None,
    ) -> Any:
        called = self._numbered("uniform")
        if self._samples:
            self._write_down(called, "uniform", shape)
            return own(shape, minval, maxval, **_given(dtype=dtype, seed=seed))
        share, highest = self._taken(called), 1.0 if maxval is None else maxval
        wide = minval + (ops.cast(highest, share.dtype) - minval) * share
        kind = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        return ops.cast(wide if "float" in kind else ops.floor(wide), kind)

    def _dropout(
        self,
        own: Callable[..., Any],
        inputs: Any,
        rate: float,
        noise_shape: Any = None,
        seed: Any = None,
    ) -> Any:
        """Of what no layer of Keras's drops, as a recurrent layer's own masks."""
        if not 0 < rate < 1:
            return own(inputs, rate, noise_shape, seed)
        called = self._numbered("random.dropout")
        wanted = noise_shape or inputs.shape
        shape = [n if m is None else m for n, m in zip(inputs.shape, wanted, strict=True)]
        if self._samples:
            self._write_down(called, "keep", shape, rate)
            return inputs
        taken = self._taken(called)
        return inputs if called in self.idle else dropped(inputs, rate, taken)

    def _numbered(self, name: str) -> str:
        self._counts[name] += 1
        return name if self._counts[name] == 1 else f"{name}#{self._counts[name]}"

    def _write_down(self, name: str, kind: Any, shape: Any, rate: float = 0.0) -> None:
        whole = tuple(int(n) for n in shape)
        times = whole[0] // self._samples if whole and whole[0] % self._samples == 0 else 0
        own = whole[1:] if times else whole
        self.layers.append(RandomLayer(name, kind, own, rate, times=times))

    def _taken(self, name: str) -> Any:
        assert self._given is not None
        if name not in self._given:
            raise ModelError(f"{name}: a train_step draws what it did not in another step")
        self.taken.add(name)
        drawn = self._given[name]
        if name in self.idle and keras.backend.is_float_dtype(drawn.dtype):
            return ops.full_like(drawn, self.idle[name])
        return drawn


def look(model: Any, shared: StepDraws, x: Any) -> None:
    """See what a pass in training mode draws. x: a few samples, as the model takes them."""
    with shared.looked_at(len(keras.tree.flatten(x)[0])):
        model(keras.tree.map_structure(ops.convert_to_tensor, x), **in_mode(model, True))


def require_alike(model: Any, shared: StepDraws, x: Any, draws: Draws) -> None:
    """Raises ModelError where two training passes with the same draws do not return the same."""
    x, draws = keras.tree.map_structure(ops.convert_to_tensor, (x, draws))

    def run() -> Any:
        with shared.given(draws):
            return model(x, **in_mode(model, True))

    require_same(model, run)


def require_same(model: Any, run: Callable[[], Any]) -> None:
    """Raises ModelError where what a model returns is another the second time."""
    each = [[ops.convert_to_numpy(leaf) for leaf in keras.tree.flatten(run())] for _ in range(2)]
    if not all(map(np.array_equal, *each)):
        raise ModelError(f"{model.name} draws in a way that cannot be handed from outside")


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
