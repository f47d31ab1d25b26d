"""Find what a person names: a module, what is in it, and what gives a model. No framework."""

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from parity.errors import ModelError, ParityError
from parity.records.comparison import Array


@dataclass(frozen=True)
class Factory:
    """A model that a side makes for itself: `function` of `module`, called with `args`."""

    module: str
    function: str
    args: tuple[Any, ...] = ()
    weights: dict[str, Array] = field(default_factory=dict)  # set afterwards
    seed: int = 0  # of what is drawn while it is made

    def make(self) -> Any:
        return getattr(importlib.import_module(self.module), self.function)(*self.args)


def found(source: Any, kind: type) -> Any:
    """What a source stands for: a name, a factory, or the thing itself."""
    if isinstance(source, str):
        return named(source, kind)
    return source.make() if isinstance(source, Factory) else source


def imported(module: str) -> ModuleType:
    """A module of a person's own, found from the working folder.

    Raises ModelError where there is none, or it cannot be imported: something that it imports is
    missing, it raises or ends the process, or it checks something itself.
    """
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise ModelError(
                f"no module {module!r} in {here} or among what is installed"
            ) from error
        raise ModelError.behind(f"{module} cannot be imported", error) from error
    except ParityError as error:
        raise ModelError(f"{module} cannot be imported: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it may call sys.exit, too
        raise ModelError.behind(f"{module} cannot be imported", error) from error


def named(name: str, kind: type) -> Any:
    """What "pkg.mod:attribute" names, called until it is a `kind`. Found from the working folder.

    Raises ModelError where there is no such thing.
    """
    module, _, attribute = name.partition(":")
    if not attribute:
        raise ModelError(f"{name!r}: write module:callable, such as my.nets:build")
    found: Any = imported(module)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ModelError(f"{module} has no {attribute!r}")
        found = getattr(found, part)
    if isinstance(found, kind):
        return found
    if not callable(found):
        raise ModelError(f"{name} is a {type(found).__name__}, no model and nothing to call")
    try:
        return found()
    except TypeError as error:
        raise ModelError(f"{name} cannot be called without arguments: {error}") from error
