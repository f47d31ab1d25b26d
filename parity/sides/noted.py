"""A Keras side whose answers are known by their questions: what recording and replaying share.

A question is a verb, its arguments, and the state of the model that it is put to: its weights, and
what trained it. Both follow that state alike, from the verbs that move it, so that an answer given
at one time is found again at another, whichever port is compared.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate

import numpy as np

from parity.errors import ParityError
from parity.records.comparison import Array, Dtype, Trace
from parity.records.encoding import digest, encoded
from parity.records.training import Session
from parity.sides.calls import P, T
from parity.sides.verbs import Inputs, KerasVerbs
from parity.sides.walking import in_training, of_walk

PREPARING = {"compile", "feed"}  # verbs that a training begins with; weights stay
SILENT = {
    "close",
    "assign",
    "begin",
    "compile",
    "feed",
    "finish",
    "mark",
    "restore",
    "adopt",
    "swap",
    "share",
}  # give nothing
MOVING = {"updates", "advance", "adopt", "fit"}  # verbs behind which the weights are others
WALKING = {"alone", "exercise", "inside"}  # verbs that are about the pass that was presented last
FORMED = {"whole_loss", "losses_otherwise", "updates"}  # other ones where steps are whole
# About a training as it was begun, wherever it has come to since.
SETTLED = {
    *("hyperparameters", "rates", "rates_made"),
    *("loss_name", "loss_leak", "averages_narrowly"),
}
SOURCE = "the Keras model"  # in place of what names it, which may be a path of one machine


def question(*parts: Any) -> str:
    """A digest of a question's parts: numbers, texts, arrays, and records and collections of them.

    What watches a training is no part of it.
    """
    known = tuple(map(_as_keras_goes_by, parts))
    text = json.dumps(encoded(known, {}), sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _as_keras_goes_by(part: Any) -> Any:
    """What of a question's part Keras's answer depends on: of how an own pair is trained its
    samples. Its own objects are the model's, and the port's are nothing to it; whether the port
    makes steps of its own, to few verbs something."""
    if isinstance(part, tuple):
        return tuple(map(_as_keras_goes_by, part))
    if not isinstance(part, Session) or part.own is None:
        return part
    layers = tuple(replace(layer, order=None) for layer in part.layers)
    samples = part.own.keras
    return (
        replace(part, own=None, layers=layers),
        (samples.inputs, samples.target, samples.weights),
    )


@dataclass(frozen=True)
class Model:
    """A model that is held. weights: None where training has moved them; history: what has."""

    weights: dict[str, Array] | None
    digests: dict[str, str] = field(default_factory=dict)
    history: str = ""

    @property
    def state(self) -> str:
        return question(self.digests, self.history)

    def assigned(self, weights: Mapping[str, Array]) -> "Model":
        if self.weights is None:
            return replace(self, history=question(self.history, "assign", dict(weights)))
        digests = self.digests | _digests(weights)
        return replace(self, weights={**self.weights, **weights}, digests=digests)

    def in_type(self, dtype: Dtype) -> "Model":
        """As it is trained in this float type."""
        assert self.weights is not None
        is_float = {n: np.issubdtype(x.dtype, np.floating) for n, x in self.weights.items()}
        return held({n: x.astype(dtype) if is_float[n] else x for n, x in self.weights.items()})

    def after(self, verb: str, args: tuple[Any, ...]) -> "Model":
        """After a verb of training."""
        if verb in PREPARING:
            return replace(self, history=question(self.history, verb, args))
        return Model(None, history=question(self.state, verb, args)) if verb in MOVING else self


def held(weights: dict[str, Array]) -> Model:
    return Model(weights, _digests(weights))


def _digests(weights: Mapping[str, Array]) -> dict[str, str]:
    """Of all but what draws: passes are handed draws, or leave it where it was."""
    return {name: digest(x) for name, x in weights.items() if "seed_generator" not in name}


class NotedKeras(ABC):
    """A worker's interface, and the state of each model under its key."""

    framework = "keras"

    def __init__(self, source: Any, backend: str) -> None:
        """source: what is or names the model."""
        self.backend = backend
        self._source = source
        self._models: dict[str, Model] = {}
        self._marked: dict[str, Model] = {}
        self._aside: dict[str, tuple[Model, Model | None]] = {}  # with its mark
        self._shown: dict[str, str] = {}  # what each walk was presented with
        self._types: dict[str, Dtype] = {}  # in which each model is trained
        self._stepped: dict[str, bool] = {}  # are a training's steps whole?
        self._begun: dict[str, str] = {}  # a training's state at its beginning
        self._alive: dict[str, Model] = {}  # a person's own as it is, while copies of it train

    @abstractmethod
    def _answer(self, verb: Callable[..., Any], args: tuple[Any, ...], named: Any) -> Any:
        """What Keras's side gives."""

    @abstractmethod
    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As of a worker."""

    @property
    def title(self) -> str:
        return f"keras side ({self.backend})"

    def ready(self) -> float:
        return 0.0

    def close(self) -> None:
        self._models.clear()

    def call(
        self, verb: Callable[Concatenate[KerasVerbs, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        found: T = self._answer(verb, args, kwargs)
        self._follow(verb.__name__, args)
        return found

    def submit(
        self, verb: Callable[Concatenate[KerasVerbs, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "Future[T]":
        """Done when it returns."""
        future: Future[T] = Future()
        try:
            future.set_result(self.call(verb, *args, **kwargs))
        except ParityError as error:
            future.set_exception(error)
        return future

    def result(self, future: "Future[T]") -> T:
        return future.result()

    def follow(
        self,
        progress: Callable[[int], None],
        verb: Callable[Concatenate[KerasVerbs, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return self.call(verb, *args, **kwargs)

    def _question(self, verb: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> str:
        """Names of models and walks differ from one recording to the next: their states count."""
        known: list[Any] = [SOURCE if self._is_source(x) else x for x in args]
        if args and isinstance(args[0], str) and (model := self._models.get(of_walk(args[0]))):
            known[0] = [model.state, self._shown.get(args[0], "") if verb in WALKING else ""]
            if verb in SETTLED:
                known[0] = self._begun.get(args[0], known[0])
        if verb in FORMED:
            known.append(self._stepped.get(args[0], False))
        return question(verb, tuple(known), dict(named))

    def _is_source(self, found: Any) -> bool:
        return found is self._source or (isinstance(found, str) and found == self._source)

    def _lacks(self, key: str, trace: Trace) -> bool:
        """Has a pass shown variables that were not there when the model was opened?"""
        known = self._models[key].weights
        return known is not None and any(v.name not in known for v in trace.variables)

    def _pass(self, walk: str) -> str:
        """The question after a walk's record."""
        return question("pass", self._models[of_walk(walk)].state, self._shown.get(walk, ""))

    def _value(self, walk: str, name: str) -> str:
        """The question after a value of a walk."""
        return question(self._pass(walk), name)

    def _present(self, key: str, inputs: Inputs, training: bool = False) -> str:
        """The walk's name, once it is known what it was presented with."""
        walk = in_training(key) if training else key
        self._shown[walk] = question(dict(inputs), training)
        return walk

    def _lent(self, key: str) -> Model:
        """A person's own model as it begins a training: with the weights that it holds itself."""
        return self._alive.setdefault(key, self._models[key]).in_type(self._types[key])

    def _follow(self, verb: str, args: tuple[Any, ...]) -> None:
        """What a verb does to the state."""
        if verb == "compile":
            own = args[1].own
            before = self._models[args[0]] if own is None else self._lent(args[0])
            self._models[args[0]] = before.after(verb, args[1:])
            self._stepped[args[0]] = own is not None and own.is_stepped
            self._begun[args[0]] = self._models[args[0]].state
            self._aside.pop(args[0], None)
        elif verb == "finish" and args[0] in self._alive:
            self._models[args[0]] = self._alive[args[0]]
        elif verb in PREPARING | MOVING:
            form = (self._stepped.get(args[0], False),) if verb in FORMED else ()
            self._models[args[0]] = self._models[args[0]].after(verb, (*args[1:], *form))
        elif verb == "assign":
            self._models[args[0]] = self._models[args[0]].assigned(args[1])
        elif verb == "mark":
            self._marked[args[0]] = self._models[args[0]]
        elif verb == "restore":
            self._models[args[0]] = self._marked[args[0]]
        elif verb == "swap":
            here = self._models[args[0]], self._marked.get(args[0])
            model, marked = self._aside.pop(args[0], here)
            self._models[args[0]], self._aside[args[0]] = model, here
            self._marked |= {args[0]: marked} if marked else {}
        elif verb == "share":
            self._models[args[1]], self._types[args[1]] = self._models[args[0]], args[2]
        elif verb == "open":
            self._types[args[0]] = args[2] if len(args) > 2 else "float32"
            self._alive.pop(args[0], None)
            self._aside.pop(args[0], None)
        elif verb == "close":
            self._alive.pop(args[0], None)
            self._models.pop(args[0], None)
