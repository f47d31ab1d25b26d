"""A torch module that is run whole while some of its steps are done otherwise, as they happen.

Nothing is replayed: the module's own Python runs on with what the changed steps give, so that a
size which it reads from a tensor is that of the mended value.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from parity.errors import ModelError
from parity.records.comparison import Step
from parity.records.interventions import Change
from parity.sides import interventions, taken
from parity.sides.program import Ref, name_of
from parity.sides.recorded_call import UNSEEN, Call, Own, function_name, works_in_place
from parity.sides.returned import with_others
from parity.sides.tape import Tape
from parity.sides.torch_modules import is_leaf, leaf_kind


class TakenTooEarlyError(ModelError):
    """A step is to take what a later one gives."""


class Mending(Tape):
    """Record a pass of `model` under changes: `with Mending(model, x, changes=...): model(x)`.

    Steps are named as a plain tape names them. The module is left as it was. Raises
    TakenTooEarlyError where a step is to take what no step before it has given.
    """

    def __init__(
        self,
        model: nn.Module,
        *inputs: Tensor,
        changes: Sequence[Change],
        whole: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(model, *inputs, whole=whole, values=False)
        self.changes = tuple(changes)
        self._steps = {c.step for c in changes if c.what not in ("source", "result")}
        self._results, self._places = results(changes)
        self._sources = {
            (change.step, change.value): change.name
            for change in changes
            if change.what == "source"
        }
        self._elsewhere = (
            *self._sources.values(),
            *self._results.values(),
            *self._places.values(),
            *(name for change in changes for name in taken.names(change)),
        )
        self._handed: dict[str, list[Any]] = {"": list(inputs)}  # what these gave
        self._lent = contextlib.ExitStack()

    def __enter__(self) -> "Mending":
        super().__enter__()
        for path, module in self._model.named_modules():
            names = (step for step in self._steps if step.startswith(path))
            if is_leaf(module, self.whole) and any(names):
                self._lent.enter_context(self._otherwise(path, module))
        return self

    def __exit__(self, *error: Any) -> None:
        self._lent.close()
        super().__exit__(*error)

    @contextlib.contextmanager
    def _otherwise(self, path: str, module: nn.Module) -> Iterator[None]:
        """Let a module's steps that are changed run so, for a while."""
        own = module.__dict__.get("forward")

        def forward(*args: Any, **kwargs: Any) -> Any:
            name = self._next_name(path, path)
            with restored():  # a change works on a copy of the module as it is
                if name not in self._steps or self._depth > 1:
                    return module.forward(*args, **kwargs)
                kind = leaf_kind(module, self.whole)
                return self._changed(name, kind, module, args, kwargs)

        def restore() -> None:
            module.__dict__.pop("forward")
            if own is not None:
                module.__dict__["forward"] = own

        @contextlib.contextmanager
        def restored() -> Iterator[None]:
            restore()
            try:
                yield
            finally:
                module.__dict__["forward"] = forward

        module.__dict__["forward"] = forward
        try:
            yield
        finally:
            restore()

    def _called(
        self, name: str, kind: str, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        if name not in self._steps or not self._is_step(args, kwargs):
            return super()._called(name, kind, function, args, kwargs)
        output = self._changed(name, kind, function, args, kwargs)
        written = kwargs.get("out", args[0] if args else None)
        if kind not in UNSEEN and works_in_place(function_name(function), args, kwargs):
            return _written(output, written)
        return output

    def _is_step(self, args: Any, kwargs: Any) -> bool:
        """Is this call written down: does it take a value of the pass, or the model's own?"""
        taken = map(self._stand_in, pytree.tree_leaves((args, kwargs)))
        return any(isinstance(one, Ref | Own) for one in taken)

    def _changed(
        self, name: str, kind: str, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        call = Call(Step(name, kind, ()), function, args, kwargs)
        return interventions.apply(self._of(name), call, function, args, kwargs)

    def _of(self, name: str) -> tuple[Change, ...]:
        """The changes of a step, with what they take of others."""
        own = [change for change in self.changes if change.step == name]
        return taken.filled(own, partial(self._value, taker=name))

    def _given(self, name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """With what other steps gave in place of what it took."""
        others = {old: new for (step, old), new in self._sources.items() if step == name}
        if not others:
            return args, kwargs

        def source(leaf: Any) -> Any:
            ref = self._ref(leaf)
            new = None if ref is None else others.get(name_of(ref, self.calls))
            return leaf if new is None else self._value(new, name)

        found: tuple[Any, Any] = pytree.tree_map(source, (args, kwargs))
        return found

    def returned(self, output: Any) -> Any:
        """What the pass returns, with what other steps gave in place of what it did return."""

        def result(leaf: Any) -> Any:
            ref = self._ref(leaf)
            new = None if ref is None else self._results.get(name_of(ref, self.calls))
            return leaf if new is None else self._value(new, "the end")

        found = replaced(output, result) if self._results else output
        others = {place: self._value(name, "the end") for place, name in self._places.items()}
        return with_others(found, others) if others else found

    def _value(self, name: str, taker: str) -> Any:
        owner, _, leaf = name.partition(":")
        found = self._handed.get(owner, [])
        if len(found) <= int(leaf or 0):
            raise TakenTooEarlyError(f"{taker} runs before {name}, which it should take")
        return found[int(leaf or 0)]

    def _record(self, *args: Any, **kwargs: Any) -> Any:
        count = len(self.calls)
        output = super()._record(*args, **kwargs)
        others = {name.partition(":")[0] for name in self._elsewhere}
        if len(self.calls) > count and (name := self.calls[count].step.name) in others:
            self._handed[name] = [self._kept(leaf) for leaf in pytree.tree_leaves(output)]
        return output

    def _kept(self, leaf: Any) -> Any:
        """The value as it is now, whatever works on it in place before it is taken."""
        ref = self._ref(leaf)
        if ref is None:
            return leaf
        with torch._C.DisableTorchFunction():
            own = leaf.clone()
        self._mark(own, ref)
        return own


def results(changes: Sequence[Change]) -> tuple[dict[str, str], dict[str, str]]:
    """What is returned instead: by the values that were, and by the places in what is returned."""
    found = [change for change in changes if change.what == "result"]
    by_value = {c.step: c.name for c in found if c.value is None}
    return by_value, {c.value: c.name for c in found if c.value is not None}


def _written(output: Tensor, target: Any) -> Tensor:
    """The tensor that a call works in, with what it gives now; other names of it see that, too."""
    if not isinstance(target, Tensor) or target.shape != output.shape:
        return output
    return target.copy_(output)


def replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same containers, with what `change` makes of all that is none."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{n: replaced(getattr(value, n), change) for n in names})
    return pytree.tree_map(change, value)
