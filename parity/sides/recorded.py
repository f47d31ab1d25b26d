"""Keras's side out of a reference: what was recorded of it, without Keras."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.errors import ModelError, NotRecordedError
from parity.records.comparison import Array, Dtype, Step, Trace
from parity.records.encoding import Arrays, decoded, digest
from parity.sides.calls import P, T
from parity.sides.noted import SILENT, SOURCE, NotedKeras, held, question
from parity.sides.recording import built_by, opened_as
from parity.sides.walking import DTYPES


class RecordedKeras(NotedKeras):
    def __init__(self, entries: Mapping[str, Any], arrays: Arrays, backend: str) -> None:
        super().__init__(SOURCE, backend)
        self._entries = entries
        self._arrays = arrays

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        name = function.__qualname__
        found: T = self._found(self._question(name, args, kwargs), name)
        return found

    def _answer(self, verb: Callable[..., Any], args: tuple[Any, ...], named: Any) -> Any:
        name = verb.__name__
        if name == "open":
            key, _, *how = args
            asked = question("open", opened_as(*how, **named))
            self._models[key] = held(self._found(asked, name))
            return None
        if name in SILENT:
            return None
        if name == "weights" and (known := self._models[args[0]].weights) is not None:
            wanted = known if len(args) < 2 or args[1] is None else args[1]
            return {path: known[path] for path in wanted if path in known}
        if name == "reach":
            walk, names = args
            return [self._found(self._value(walk, value), value) for value in names]
        if name == "present":
            walk = self._present(*args, **named)
            found = self._trace(walk)
            if self._lacks(args[0], found):
                asked = built_by(self._pass(walk))
                self._models[args[0]] = held(self._found(asked, "the weights"))
            return found
        asked = self._question(name, args, named)
        if name == "alone" and asked not in self._entries:
            return self._alone(*args, **named)
        return self._found(asked, name)

    def _trace(self, walk: str) -> Trace:
        """The pass; a step is unproven whose own value, or one that it takes, was left out."""
        found: Trace = self._found(self._pass(walk), "the pass")

        def is_whole(step: Step) -> bool:
            values = (step.name, *step.inputs)
            return all(self._value(walk, name) in self._entries for name in values)

        unproven = tuple(step.name for step in found.steps if not is_whole(step))
        return replace(found, unproven=unproven)

    def _alone(
        self,
        walk: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        dtype: Dtype,
    ) -> Array:
        """Steps that nobody asked for together, fed with what the pass gives in either type.

        In float64 on what float32 gives, the value of the float64 pass stands for theirs: it is off
        by the rounding of the whole way up to here, which is no smaller than that of these steps.
        """
        if dtype == "float64" and any(self._are(walk, feeds, fed) for fed in DTYPES):
            found: Array = self._found(self._value(walk, result), result)["float64"]
            return found
        raise _missing(" + ".join(steps))

    def _are(self, walk: str, feeds: Mapping[str, Array], dtype: Dtype) -> bool:
        """Are these what the pass gives in this type?"""
        asked = {name: self._value(walk, name) for name in feeds}
        return all(
            asked[name] in self._entries
            and digest(array) == digest(self._found(asked[name], name)[dtype])
            for name, array in feeds.items()
        )

    def _found(self, asked: str, what: str) -> Any:
        entry = self._entries.get(asked)
        if entry is None:
            raise _missing(what)
        if "error" in entry:
            raise ModelError(entry["error"])
        return decoded(entry["value"], self._arrays)


def _missing(what: str) -> NotRecordedError:
    return NotRecordedError(
        f"keras side, recorded: the reference does not hold what Keras gives here ({what})"
    )
