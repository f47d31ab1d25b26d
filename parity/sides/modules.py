"""Find what a person names: a module, what is in it, and what gives a model. No framework."""

import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

from parity.errors import ModelError, ParityError, meant
from parity.records.comparison import Array
from parity.records.pair import parts

T = TypeVar("T")


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
        return _run(module, lambda: importlib.import_module(module))
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise ModelError(
                f"no module {module!r}{_meant(error.name)} in {here} or among what is installed"
            ) from error
        raise ModelError.behind(f"{module} cannot be imported", error) from error


def of_file(path: str) -> ModuleType:
    """The module that a file holds: as its package or the working folder has it, so that what it
    imports is found; a file outside of both finds its neighbours.

    Raises ModelError where there is no such file, and as `imported`.
    """
    file = Path(path).absolute()
    if not file.is_file():
        neighbours = [other.name for other in file.parent.glob("*.py")]
        raise ModelError(f"no file {path}{meant(file.name, neighbours)}")
    for root in (Path.cwd(), _root(file)):
        name = _dotted(file, root)
        if name:
            return imported(name)
    name = "_".join(("parity_file", *file.with_suffix("").parts[1:]))
    return sys.modules.get(name) or _loaded(name, file)


def named(name: str, kind: type) -> Any:
    """What "pkg.mod:attribute" or "pkg/mod.py:attribute" names, called until it is a `kind`. Found
    from the working folder.

    Raises ModelError where there is no such thing.
    """
    module, attribute = parts(name)
    if not attribute:
        raise ModelError(f"{name!r}: write module:callable, such as my.nets:build")
    found: Any = of_file(module) if module.endswith(".py") else imported(module)
    for part in attribute.split("."):
        if not hasattr(found, part):
            close = meant(part, (known for known in dir(found) if not known.startswith("_")))
            raise ModelError(f"{module} has no {attribute!r}{close}")
        found = getattr(found, part)
    if isinstance(found, kind):
        return found
    if not callable(found):
        raise ModelError(f"{name} is a {type(found).__name__}, no model and nothing to call")
    _require_callable_alone(name, found)
    return found()


def _require_callable_alone(name: str, function: Callable[..., Any]) -> None:
    """Raises ModelError where it asks for arguments; what it raises itself is another matter."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # of C code, which says nothing
        return
    try:
        signature.bind()
    except TypeError as error:
        raise ModelError(
            f"{name} asks for arguments ({error}); "
            "name a function that builds the model without any"
        ) from error


def _run(name: str, code: Callable[[], T]) -> T:
    """Run a person's module; whatever it does comes back as one line."""
    try:
        return code()
    except (ModuleNotFoundError, KeyboardInterrupt):
        raise
    except ParityError as error:
        raise ModelError(f"{name} cannot be imported: {error}") from error
    except BaseException as error:  # it may call sys.exit, too
        raise ModelError.behind(f"{name} cannot be imported", error) from error


def _meant(missing: str) -> str:
    """What may have been meant by the name of a module that is not there."""
    package, _, _ = missing.rpartition(".")
    within = getattr(sys.modules.get(package), "__path__", ())
    places = list(within) if package else [os.getcwd(), *sys.path]
    modules = {module.name for module in pkgutil.iter_modules(places)}
    folders = {path.name for place in places for path in Path(place).glob("*/")}
    known = modules | folders
    return meant(missing, (f"{package}.{name}" if package else name for name in known))


def _root(file: Path) -> Path:
    """The folder that the outermost package of a file lies in; the file's own where it has none."""
    return next(folder for folder in file.parents if not (folder / "__init__.py").exists())


def _dotted(file: Path, root: Path) -> str:
    """The name by which a file is imported from a folder; "" where that name is another's."""
    if not file.is_relative_to(root):
        return ""
    names = file.relative_to(root).with_suffix("").parts
    if not all(name.isidentifier() for name in names) or root == file.parent:
        return ""
    if str(root) not in sys.path:
        sys.path.append(str(root))
    spec = importlib.util.find_spec(names[0])
    found = [] if spec is None else [*(spec.submodule_search_locations or ())]
    return ".".join(names) if str(root / names[0]) in found else ""


class _Anew(SourceFileLoader):
    """Compiles a file each time, and leaves nothing beside it."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _loaded(name: str, file: Path) -> ModuleType:
    """A file that is in no package, as a module of this name."""
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    # Not by byte code that is there: of a file that was changed within a second to one as long,
    # that is still the old one's.
    spec = importlib.util.spec_from_loader(name, _Anew(name, str(file)))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        _run(str(file), partial(spec.loader.exec_module, module))
    except BaseException as error:
        del sys.modules[name]  # as Python does with a module that raises
        if isinstance(error, ModuleNotFoundError):
            raise ModelError.behind(f"{file} cannot be imported", error) from error
        raise
    return module
