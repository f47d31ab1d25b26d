"""Workers that several checks share: each framework is imported once.

with lending(lambda: sides):
    parity.check("my.keras_net:build", "my.torch_net:Net")
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from parity.sides.process import Sides

_lent: ContextVar[Callable[[], Sides] | None] = ContextVar("lent", default=None)


@contextlib.contextmanager
def lending(start: Callable[[], Sides]) -> Iterator[None]:
    """Checks inside use the workers that `start` gives when one needs some, and leave them open."""
    token = _lent.set(start)
    try:
        yield
    finally:
        _lent.reset(token)


@contextlib.contextmanager
def workers() -> Iterator[Sides]:
    """The workers that are lent; or else two of this check's own, closed at its end."""
    lent = _lent.get()
    if lent is not None:
        yield lent()
        return
    with Sides() as own:
        yield own
