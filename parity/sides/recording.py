"""Keras's side while it is recorded: it is asked as ever, and what it answers is noted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.errors import ModelError
from parity.records.encoding import Arrays, encoded, names_of
from parity.records.pair import is_twin_file
from parity.sides.calls import P, Side, T
from parity.sides.noted import SILENT, SOURCE, NotedKeras, held, question
from parity.sides.process import Worker
from parity.sides.verbs import InKeras, Models
from parity.sides.walking import DTYPES

# What may be left out where it is too large, by the verbs that give it; all else is kept.
LAYERS, LOCKSTEP = "layers", "lockstep"
CHAPTERS = {
    **{"reach": LAYERS, "alone": LAYERS, "exercise": "training"},
    **{"gradients": "gradients", "updates": "optimizer"},
}
SHARE = 0.5  # of the room that layers may take


class Recording(NotedKeras):
    """entries: by question, what was answered. left_out: chapter -> bytes that found no room."""

    def __init__(self, keras: Side[InKeras], source: Any, most: float) -> None:
        """most: bytes of arrays that are noted; math.inf for all of them."""
        super().__init__(source, keras.backend)
        self._keras = keras
        self._most = most
        self._noted: dict[str, list[tuple[str, list[str]]]] = {}  # chapter -> questions, new arrays
        self.entries: dict[str, Any] = {}
        self.arrays: Arrays = {}
        self.left_out: dict[str, int] = {}

    def room(self, chapter: str) -> float:
        """Bytes that a chapter may still take."""
        left = self._most - sum(array.nbytes for array in self.arrays.values())
        if chapter != LAYERS:
            return left
        used = sum(
            self.arrays[name].nbytes for _, names in self._noted.get(LAYERS, []) for name in names
        )
        return min(left, SHARE * self._most - used)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        assert isinstance(self._keras, Worker), "only a worker runs functions"
        found = self._keras.run(function, *args, **kwargs)
        self._note(self._question(function.__qualname__, args, kwargs), found)
        return found

    def keep(self, name: str, value: Any) -> None:
        """Note what no question is after, under a name of its own."""
        self._note(name, value)

    def ready(self) -> float:
        return self._keras.ready() if isinstance(self._keras, Worker) else 0.0

    def close(self) -> None:
        super().close()
        if isinstance(self._keras, Worker):
            self._keras.close()

    def _answer(self, verb: Callable[..., Any], args: tuple[Any, ...], named: Any) -> Any:
        name = verb.__name__
        if name == "open":
            return self._open(verb, args, named)
        if name == "present":
            asked = self._pass(self._present(*args, **named))
        else:
            asked = self._question(name, args, named)
        try:
            found = self._keras.call(verb, *args, **named)
        except ModelError as error:
            self._note_error(asked, error)
            raise
        if name == "reach":
            walk, names = args
            for value, both in zip(names, found, strict=True):
                self._note(self._value(walk, value), both, LAYERS)
        elif name not in SILENT and not self._knows(name, args):
            self._note(asked, found, self._chapter(name, args))
        if name == "present" and self._lacks(args[0], found):
            weights = self._keras.call(Models.weights, args[0])
            self._models[args[0]] = held(weights)
            self._note(built_by(asked), weights)
        return found

    def _open(self, verb: Callable[..., Any], args: tuple[Any, ...], named: Any) -> None:
        key, _, *how = args
        self._keras.call(verb, *args, **named)
        weights = self._keras.call(Models.weights, key)
        self._models[key] = held(weights)
        self._note(question("open", opened_as(*how, **named)), weights)
        if not is_twin_file(self._source):  # which is the same in either type
            for dtype in DTYPES:
                self._note(question("open", opened_as(dtype, *how[1:], **named)), weights)

    def _knows(self, verb: str, args: tuple[Any, ...]) -> bool:
        """Does a replay know the answer anyway?"""
        return verb == "weights" and self._models[args[0]].weights is not None

    def _chapter(self, verb: str, args: tuple[Any, ...]) -> str:
        if verb in ("weights", "slots", "advance") and args[0] in self._models:
            return LOCKSTEP
        return CHAPTERS.get(verb, "")

    def _note(self, asked: str, found: Any, chapter: str = "") -> None:
        """What does not fit is left out: of layers one by one, of other chapters all."""
        if asked in self.entries:
            return
        arrays: Arrays = {}
        entry = {"value": encoded(found, arrays)}
        new = {name: array for name, array in arrays.items() if name not in self.arrays}
        size = sum(array.nbytes for array in new.values())
        is_closed = chapter in self.left_out and chapter != LAYERS
        if chapter and (is_closed or size > self.room(chapter)):
            self.left_out[chapter] = self.left_out.get(chapter, 0) + size
            if chapter != LAYERS:
                self._drop(chapter)
            return
        self.entries[asked] = entry
        self._noted.setdefault(chapter, []).append((asked, [*new]))
        self.arrays |= {name: np.array(array, order="C") for name, array in new.items()}

    def _drop(self, chapter: str) -> None:
        """Forget what was noted of a chapter, but for arrays that others hold, too."""
        for asked, _ in self._noted.get(chapter, []):
            del self.entries[asked]
        kept = set(names_of(self.entries))
        for _, names in self._noted.pop(chapter, []):
            for name in set(names) - kept:
                self.left_out[chapter] += self.arrays.pop(name).nbytes

    def _note_error(self, asked: str, error: ModelError) -> None:
        self.entries[asked] = {"error": str(error)}


def built_by(asked: str) -> str:
    """The question after the weights of a model that its first pass has built."""
    return question("built", asked)


def opened_as(dtype: str = "float32", seed: int = 0, weights: str = "", **others: Any) -> list[Any]:
    """How a model is opened, but for the file of its weights, which one machine has."""
    return [SOURCE, dtype, seed, bool(weights)]
