"""Calls of verbs, checked at the place where they stand: `side.call(Models.weights, key)`.

A call names the method of a protocol in verbs.py, and takes and gives what that method does. The
side may lie in another process; only the method's name goes there.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from parity.sides.verbs import KerasVerbs, Stepping, SteppingInKeras, SteppingInTorch

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
OfKeras = TypeVar("OfKeras")
OfTorch = TypeVar("OfTorch")
S_co = TypeVar("S_co", covariant=True)  # the protocol of what a side can do
S_contra = TypeVar("S_contra", contravariant=True)  # that of what a call needs


@dataclass(frozen=True)
class Call(Generic[S_contra, T_co]):
    """A verb with its arguments."""

    verb: Callable[Concatenate[S_contra, ...], T_co]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def ask(
    verb: Callable[Concatenate[S_contra, P], T], *args: P.args, **kwargs: P.kwargs
) -> Call[S_contra, T]:
    """What `each` is given for a side."""
    return Call(verb, args, kwargs)


class Side(Protocol[S_co]):
    """A side, wherever it runs."""

    framework: str
    backend: str

    def call(self, verb: Callable[Concatenate[S_co, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb and wait for what it returns. Raises ParityError in one line."""


class Remote(Side[S_co], Protocol):
    """A side that runs by itself, as a worker does, or answers as one."""

    @property
    def title(self) -> str: ...

    def ready(self) -> float:
        """Wait until it can be called; the seconds that took. Raises SideError where it cannot."""

    def submit(
        self, verb: Callable[Concatenate[S_co, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "Future[T]": ...

    def result(self, future: "Future[T]") -> T:
        """Wait for a submitted verb."""

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a plain function where the side's framework may be imported."""

    def follow(
        self,
        progress: Callable[[int], None],
        verb: Callable[Concatenate[S_co, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """A verb that trains; `progress` is called with the number of samples seen."""

    def close(self) -> None: ...


class TwoSides(Protocol):
    """A Keras side and a torch side, in a process each or both in this one."""

    @property
    def keras(self) -> Side[SteppingInKeras]: ...

    @property
    def torch(self) -> Side[SteppingInTorch]: ...

    def with_keras(self, keras: Remote[KerasVerbs]) -> "TwoSides":
        """The same torch side beside another Keras side."""

    def both(
        self, verb: Callable[Concatenate[Stepping, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, T]:
        """Run a verb on both sides with the same arguments."""

    def each(
        self, keras: Call[SteppingInKeras, OfKeras], torch: Call[SteppingInTorch, OfTorch]
    ) -> tuple[OfKeras, OfTorch]:
        """Run a verb on each side."""
