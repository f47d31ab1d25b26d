"""Workers under other circumstances than a framework's usual ones, for the tuned lane to try."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import cache

from parity.records.jobs import Framework
from parity.sides.process import AnyWorker, Worker
from parity.train.timing import Others

ONE_THREAD, KEPT = "one thread", "freed memory kept (glibc)"


@contextmanager
def opened(backend: str, on_cpu: bool) -> Iterator[Others]:
    """Started when they are first asked for, on a CPU alone, and ended behind it."""
    with ExitStack() as stack:

        @cache
        def others(framework: Framework) -> Mapping[str, AnyWorker]:
            if not on_cpu:
                return {}
            keras = backend if framework == "keras" else ""
            found = {ONE_THREAD: Worker(framework, keras, threads=1)}
            if sys.platform == "linux":
                found[KEPT] = Worker(framework, keras, keeps_memory=True)
            for worker in found.values():
                stack.enter_context(closing(worker))
            return found

        yield others
