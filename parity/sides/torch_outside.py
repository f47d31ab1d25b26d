"""What a port's own code computes outside of its module, which is its loss: one thing of it is done
otherwise, a term, a number or an operation."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from parity.records.otherwise import UNWEIGHTED, Operation, Written
from parity.sides import places

SUMS = {
    *(torch.add, Tensor.add, Tensor.__add__, Tensor.__radd__, Tensor.__iadd__),
    *(torch.sub, Tensor.sub, Tensor.__sub__, Tensor.__rsub__, Tensor.__isub__),
}
# Of whole numbers the others are given places and sizes.
ARITHMETIC = {
    *("add", "radd", "iadd", "sub", "rsub", "isub", "mul", "rmul", "imul"),
    *("div", "rdiv", "truediv", "rtruediv", "itruediv", "true_divide", "pow", "rpow", "ipow"),
    *("clamp", "clip", "clamp_min", "clamp_max"),
}
BATCH = 0  # its axis
WEIGH = ("binary_cross_entropy_with_logits", "binary_cross_entropy", "cross_entropy", "nll_loss")

Made = Callable[..., Any]  # of a function, its arguments and its keyword arguments


class Outside(TorchFunctionMode, ABC):
    """Sees all calls but those of modules."""

    def __init__(self) -> None:
        super().__init__()
        self._paused = 0  # modules that run, one in another

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        made = func if self._paused else self.met(func)
        return made(*args, **(kwargs or {}))

    @abstractmethod
    def met(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """What is called in its place."""


class Terms(Outside):
    """Of the numbers that are added up, or vectors of a number a sample, one is scaled; sums that
    are added up further are such numbers, too."""

    def __init__(self, place: int, factor: float) -> None:
        super().__init__()
        self._left, self._factor = place, factor

    def met(self, func: Callable[..., Any]) -> Callable[..., Any]:
        def added(*args: Any, **kwargs: Any) -> Any:
            is_sum = all(map(_is_term, args))
            return func(*(map(self._scaled, args) if is_sum else args), **kwargs)

        return added if func in SUMS else func

    def _scaled(self, x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        self._left -= 1
        return x * self._factor if self._left == -1 else x


class Numbers(Outside):
    """found: all, in the order in which they are met; those at some places are another, those at
    others what is left of it to 1."""

    def __init__(
        self, chosen: Sequence[int] = (), value: float = 0.0, rest: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.found: list[Written] = []
        self._first: dict[int, int] = {}  # object -> where it was met first; all are held below
        self._held: list[Any] = []
        self._others = dict.fromkeys(chosen, value)
        self._rest = dict.fromkeys(rest, 1 - value)

    def met(self, func: Callable[..., Any]) -> Callable[..., Any]:
        name = _name(func)
        kinds = (int, float) if name in ARITHMETIC else float

        def given(*args: Any, **kwargs: Any) -> Any:
            return func(*self._in(args, kinds, name), **self._in(kwargs, kinds, name))

        return given

    def _in(self, x: Any, kinds: Any, name: str) -> Any:
        if type(x) in (list, tuple):
            return type(x)([self._in(one, kinds, name) for one in x])
        if type(x) is dict:
            return {key: self._in(one, kinds, name) for key, one in x.items()}
        if not isinstance(x, kinds) or isinstance(x, bool):
            return x
        place = len(self.found)
        self._held.append(x)
        first = self._first.setdefault(id(x), place)
        self.found.append(Written(float(x), name, places.calling(), first))
        if place in self._rest:
            return np.copysign(self._rest[place], x).item()
        return self._others.get(place, x)


class Operations(Outside):
    """found: what may be done otherwise; what stands at some places of it is."""

    def __init__(self, chosen: Sequence[int] = ()) -> None:
        super().__init__()
        self.found: list[Operation] = []
        self._chosen = chosen

    def met(self, func: Callable[..., Any]) -> Callable[..., Any]:
        name = _name(func)

        def instead(*args: Any, **kwargs: Any) -> Any:
            chosen: Made | None = None
            rest = [x for x in (*args, *kwargs.items()) if not isinstance(x, Tensor)]
            given = ", ".join(map(str, rest))
            for what, made in OTHERWISE.get(name, {}).items():
                if len(self.found) in self._chosen:
                    chosen = made
                self.found.append(Operation(name, what, given, places.calling()))
            return func(*args, **kwargs) if chosen is None else chosen(func, *args, **kwargs)

        return instead


def _left_out(func: Any, x: Any = None, *args: Any, **kwargs: Any) -> Any:
    return kwargs["input"] if x is None else x


def _as(name: str) -> Made:
    return lambda func, *args, **kwargs: getattr(torch, name)(*args, **kwargs)


def _of_squares(func: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return func(x.square(), *args, **kwargs)


def _squared(func: Any, *args: Any, **kwargs: Any) -> Any:
    return func(*args, **kwargs).square()


def _root(func: Any, *args: Any, **kwargs: Any) -> Any:
    return func(*args, **kwargs).sqrt()


def _by_sample(func: Any, x: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Each sample by itself."""
    axes = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    return func(x, [axis for axis in axes if axis % x.ndim != BATCH], *args, **kwargs)


def _not_squared(func: Any, x: Any, exponent: Any = 2, **kwargs: Any) -> Any:
    return x if exponent == 2 else func(x, exponent, **kwargs)


def _abs(func: Any, x: Any, exponent: Any = 2, **kwargs: Any) -> Any:
    return x.abs() if exponent == 2 else func(x, exponent, **kwargs)


def _unweighted(func: Any, *args: Any, **kwargs: Any) -> Any:
    return func(*args, **{name: x for name, x in kwargs.items() if not name.endswith("weight")})


def _turned(func: Any, first: Any, other: Any, **kwargs: Any) -> Any:
    return other - first


def _turned_back(func: Any, first: Any, other: Any, **kwargs: Any) -> Any:
    return first - other


def _reversed(func: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
    is_list = isinstance(values, list | tuple)
    return func(values[::-1] if is_list else values, *args, **kwargs)


LEFT_OUT: dict[str, Made] = {"left out": _left_out}
CUT: dict[str, Made] = {**LEFT_OUT, "squared": _squared}
PLAIN: dict[str, Made] = {UNWEIGHTED: _unweighted}
REVERSED: dict[str, Made] = {"in the opposite order": _reversed}
OF_SQUARE = {"left out": _not_squared, "abs": _abs}
OTHERWISE: dict[str, dict[str, Made]] = {
    "sum": {
        "mean": _as("mean"),
        "of squares": _of_squares,
        "its root": _root,
        "of each sample": _by_sample,
    },
    "mean": {"sum": _as("sum"), "of squares": _of_squares, "its root": _root},
    **dict.fromkeys(("square", "pow"), OF_SQUARE),
    "abs": {"square": _as("square"), **LEFT_OUT},
    **dict.fromkeys(("sqrt", "neg", "exp", "log", "detach"), LEFT_OUT),
    **dict.fromkeys(("sigmoid", "softmax"), LEFT_OUT),
    **dict.fromkeys(("relu", "clamp", "clip", "clamp_min"), CUT),
    **dict.fromkeys(WEIGH, PLAIN),
    "maximum": {"minimum": _as("minimum")},
    "minimum": {"maximum": _as("maximum")},
    "sub": {"the other way round": _turned},
    "rsub": {"the other way round": _turned_back},
    **dict.fromkeys(("tensor", "as_tensor"), REVERSED),
    "ge": {"le": _as("le"), "gt": _as("gt")},
    "gt": {"lt": _as("lt"), "ge": _as("ge")},
    "le": {"ge": _as("ge"), "lt": _as("lt")},
    "lt": {"gt": _as("gt"), "le": _as("le")},
}


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", "")).strip("_")


def _is_term(x: Any) -> bool:
    """Of whole numbers, as those of classes, no loss is made."""
    is_one = isinstance(x, Tensor) and x.ndim < 2 and x.is_floating_point()
    return is_one or isinstance(x, int | float)
