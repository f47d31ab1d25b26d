"""Start a process without running the person's main script a second time, and without waste.

On Linux glibc hands what is freed in megabytes back to the kernel, which fills each page with zeros
when it is asked again: half of the time in which torch trains a small convolutional model on a CPU.

multiprocessing's spawn hands `__main__` on: the new process runs the script again, up to an
`if __name__ == "__main__"`. A plain script has none; there it would start workers of its own, which
spawn refuses, and the worker dies. No worker needs anything of `__main__`.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

# glibc's own (mallopt(3)), read once, as a process begins: bytes.
KEPT = {
    "MALLOC_MMAP_THRESHOLD_": 2**30,
    "MALLOC_TRIM_THRESHOLD_": 2**33,
    "MALLOC_TOP_PAD_": 2**28,
}
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


@contextlib.contextmanager
def memory_kept(is_kept: bool) -> Iterator[None]:
    """What is spawned inside keeps the memory that it frees, for its next use; on Linux."""
    added = [name for name in KEPT if is_kept and name not in os.environ]
    os.environ.update({name: str(KEPT[name]) for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextlib.contextmanager
def without_sklearn() -> Iterator[None]:
    """Inside nobody finds scikit-learn; afterwards everybody does.

    Keras imports it where it is there, for wrappers that no model needs: a fifth of its own import.
    """
    name = "sklearn"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
