"""Run a torch module whole and plain, as its owner would: nothing is recorded or replayed."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils.weak import WeakIdKeyDictionary

from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype
from parity.records.interventions import Change
from parity.sides import returned, rewired, torch_arrays, torch_calling, torch_lent, uncut
from parity.sides.mended import Mending, TakenTooEarlyError
from parity.sides.torch_lent import Makers

ULP = torch.finfo(torch.float32).eps  # of a number's size
LARGEST = torch.finfo(torch.float32).max / 2  # that is no bound of the type itself, as of a mask
WIDENED = "float64 by widening what the port holds in float32"


class Widened(TorchFunctionMode):
    """Compute in float64 what names float32, or holds it in tensors that are no buffers."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if getattr(func, "__name__", "") == "float":
            return args[0].double()
        args, kwargs = pytree.tree_map(_wide, (args, kwargs or {}))
        return func(*args, **kwargs)


def _wide(leaf: Any) -> Any:
    if isinstance(leaf, Tensor) and leaf.dtype == torch.float32:
        return leaf.double()
    return torch.float64 if leaf is torch.float32 else leaf


class Moved(TorchFunctionMode):
    """Move the constants that a port holds in float32, and that are no buffers, by half a place:
    tensors, and numbers that are what float32 makes of a decimal, as 0.0010000000474974513."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._signs = torch.Generator().manual_seed(seed)
        self._moved: MutableMapping[Tensor, Tensor] = WeakIdKeyDictionary()
        self._computed: MutableMapping[Tensor, bool] = WeakIdKeyDictionary()  # of what is shown

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = (args, kwargs or {})
        tensors = [leaf for leaf in pytree.tree_leaves(given) if isinstance(leaf, Tensor)]
        if not any(x.dtype == torch.float64 or x in self._computed for x in tensors):
            return func(*args, **(kwargs or {}))  # a constant still, made of others or of nothing
        args, kwargs = pytree.tree_map(self._constant, given)
        found = func(*args, **kwargs)
        for leaf in pytree.tree_leaves(found):
            if isinstance(leaf, Tensor):
                self._computed[leaf] = True
        return found

    def _constant(self, leaf: Any) -> Any:
        if isinstance(leaf, float) and is_of_float32(leaf):
            sign = int(torch.randint(2, (), generator=self._signs)) - 0.5
            return leaf * (1 + sign * ULP)
        is_held = isinstance(leaf, Tensor) and leaf.dtype == torch.float32
        if not is_held or leaf in self._computed:
            return leaf
        if leaf not in self._moved:
            with torch._C.DisableTorchFunction():
                signs = torch.randint(2, leaf.shape, generator=self._signs) - 0.5
                self._moved[leaf] = leaf.double() * (1 + signs.double() * ULP)
        return self._moved[leaf]


def is_of_float32(number: float) -> bool:
    """Is it what float32 makes of another, shorter one? Not 0.5, which is itself there."""
    if not abs(number) < LARGEST:
        return False
    narrow = np.float32(number)
    return float(narrow) == number and float(str(narrow)) != number


@contextlib.contextmanager
def as_default(dtype: Dtype) -> Iterator[None]:
    """What the module makes of nothing, as zeros, has this float type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def answers(
    module: nn.Module,
    row: Sequence[Makers],
    overridden: Mapping[str, Tensor],
    dtype: Dtype,
    prediction: Callable[[Any], Any],
    changes: Sequence[Change] = (),
    whole: frozenset[str] = frozenset(),
) -> tuple[Answer, ...]:
    """What a module returns in evaluation mode when it is called in a row.

    row: for each call, what makes each tensor anew. changes: of steps, named as in a pass in which
    the classes `whole` were not looked into; without them nothing is recorded. Where a module
    cannot be run in float64, as it holds tensors that are no buffers, these are widened. The module
    comes back as it was.
    """
    with torch_lent.as_it_was(module), as_default(dtype), torch_lent.eagerly(), torch.no_grad():
        torch_lent.to_inference(module)
        lent = partial(torch_lent.holding, module, overridden, dtype)
        run = partial(_run, module, row, prediction, changes, whole)
        if dtype == "float64" and torch_lent.is_large(module):
            with contextlib.suppress(Exception, SystemExit):  # as code that is no Python raises
                return run(lent(is_sparing=True), contextlib.nullcontext())
        try:
            return run(lent(), contextlib.nullcontext())
        except (Exception, SystemExit) as broken:
            error = torch_lent.told(broken)
        if dtype == "float64":
            with contextlib.suppress(Exception, SystemExit):
                return tuple(replace(found, note=WIDENED) for found in run(lent(), Widened()))
        return (Answer(error=error),)


def moved(
    module: nn.Module,
    inputs: Makers,
    overridden: Mapping[str, Tensor],
    seed: int,
    prediction: Callable[[Any], Any],
    changes: Sequence[Change] = (),
    whole: frozenset[str] = frozenset(),
) -> Answer:
    """What a module returns in float64 with its constants in float32 rounded otherwise."""
    with torch_lent.as_it_was(module), as_default("float64"), torch_lent.eagerly(), torch.no_grad():
        torch_lent.to_inference(module)
        lent = torch_lent.holding(module, overridden, "float64")
        try:
            return _run(module, [inputs], prediction, changes, whole, lent, Moved(seed))[0]
        except (Exception, SystemExit) as broken:
            return Answer(error=torch_lent.told(broken))


def _run(
    module: nn.Module,
    row: Sequence[Makers],
    prediction: Callable[[Any], Any],
    changes: Sequence[Change],
    whole: frozenset[str],
    lent: AbstractContextManager[None],
    computing: AbstractContextManager[Any],
) -> tuple[Answer, ...]:
    """lent: the module holds what it is lent; computing: in a way of its own, once it does."""
    uncutting = uncut.whole(module, is_watched=bool(changes))
    with torch_lent.as_it_was(module), lent, uncutting, computing:
        outputs = (prediction(called(module, inputs, changes, whole)) for inputs in row)
        return tuple(returned.answer(output, array) for output in outputs)


def called(
    module: nn.Module, inputs: Makers, changes: Sequence[Change], whole: frozenset[str]
) -> Any:
    made = torch_lent.made_anew(inputs)
    if not changes:
        return torch_calling.call(module, made)
    try:
        with Mending(module, *made.values(), changes=changes, whole=whole) as mending:
            return mending.returned(torch_calling.call(module, made))
    except TakenTooEarlyError:
        made = torch_lent.made_anew(inputs)
        call = partial(torch_calling.call, module, made)
        return rewired.output(module, list(made.values()), call, changes, whole)


def array(value: Any) -> Array | None:
    return torch_arrays.array(value) if isinstance(value, Tensor) else None
