"""Start a process without running the person's main script a second time.

multiprocessing's spawn hands `__main__` on: the new process runs the script again, up to an
`if __name__ == "__main__"`. A plain script has none; there it would start workers of its own, which
spawn refuses, and the worker dies. No worker needs anything of `__main__`.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

_one_at_a_time = threading.Lock()


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """What is spawned inside has an empty `__main__`. Other threads wait for their turn."""
    with _one_at_a_time:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
