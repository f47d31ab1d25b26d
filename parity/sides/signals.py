"""The signals by which a system asks a process to end, as far as it has them.

Ctrl-C; `kill`, or a time limit; a terminal that is closed, which Windows does not tell.
"""

import contextlib
import signal
from collections.abc import Iterator

TO_END = tuple(x for x in signal.Signals if x.name in ("SIGINT", "SIGTERM", "SIGHUP"))


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """A process that is started inside gets none of them, and ends when this one has."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows sends none to a whole group
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
