"""Keep what a framework's C++ code prints as it starts off the terminal, and out of a cell.

It writes to the file descriptor, past Python; TensorFlow 2.21 does so whatever TF_CPP_MIN_LOG_LEVEL
says, as it is loaded before that is read.
"""

import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What is written to standard error meanwhile is lost, unless PARITY_DEBUG is set."""
    if os.environ.get("PARITY_DEBUG"):
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


def at_import(module: str) -> None:
    """Whoever imports this module first is told nothing by its start."""
    if module not in sys.modules:
        sys.meta_path.insert(0, _Quietly(module))


class _Quietly:
    """Finds one module, and has it run quietly; then it is gone."""

    def __init__(self, module: str) -> None:
        self._module = module

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != self._module:
            return None
        with self._gone():
            spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                with quiet():
                    run(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        """The others find the module meanwhile."""
        place = sys.meta_path.index(self)
        del sys.meta_path[place]
        try:
            yield
        finally:
            sys.meta_path.insert(place, self)
