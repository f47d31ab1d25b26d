"""Workers that several checks share: each framework is imported once.

with lending(lambda: sides):
    parity.check("my.keras_net:build", "my.torch_net:Net")
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from parity.sides.calls import Remote
from parity.sides.process import Sides, Worker
from parity.sides.verbs import TorchVerbs

_lent: ContextVar[Callable[[], Sides] | None] = ContextVar("lent", default=None)
_lent_torch: ContextVar[Callable[[], Remote[TorchVerbs]] | None] = ContextVar(
    "lent torch", default=None
)


@contextlib.contextmanager
def lending(start: Callable[[], Sides]) -> Iterator[None]:
    """Checks inside use the workers that `start` gives when one needs some, and leave them open."""
    token = _lent.set(start)
    try:
        yield
    finally:
        _lent.reset(token)


@contextlib.contextmanager
def lending_torch(start: Callable[[], Remote[TorchVerbs]]) -> Iterator[None]:
    """As `lending`, for checks against a reference, which need no Keras worker."""
    token = _lent_torch.set(start)
    try:
        yield
    finally:
        _lent_torch.reset(token)


@contextlib.contextmanager
def workers() -> Iterator[Sides]:
    """The workers that are lent; or else two of this check's own, closed at its end."""
    lent = _lent.get()
    if lent is not None:
        yield lent()
        return
    with Sides() as own:
        yield own


@contextlib.contextmanager
def torch_worker() -> Iterator[Remote[TorchVerbs]]:
    """The torch worker that is lent; or else one of this check's own, closed at its end."""
    lent = _lent_torch.get()
    if lent is not None:
        yield lent()
        return
    worker = Worker("torch")
    try:
        yield worker
    finally:
        worker.close()
