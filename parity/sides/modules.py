"""Find a model's module, its twin headings, and its inputs. Shared by both sides; no framework."""

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from parity.errors import ModelError, ParityError
from parity.numerics.draws import input_noise, standard_normal
from parity.records.comparison import Array

PLAIN = ModuleType("plain")  # of a model that comes without a model file
HEADINGS = ("prepare", "target", "build", "prediction", "loss", "optimizer")


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


def load(name: str) -> ModuleType:
    """Import a model's module; or, where `name` ends in .py, run that file, anew each time.

    Raises ModelError where it cannot be found or run, or lacks one of HEADINGS.
    """
    module = _file(name) if name.endswith(".py") else _installed(name)
    missing = [heading for heading in HEADINGS if not callable(getattr(module, heading, None))]
    if missing:
        raise ModelError(
            f"{name} has no {', '.join(missing)}; a twin file defines them all, and of any other "
            "module write what builds the model, such as my.nets:build"
        )
    return module


def _installed(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise ModelError(f"no module {name!r}; is its folder on sys.path?") from error
        raise


def _file(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"parity_file_{Path(path).stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError as error:
        raise ModelError(f"no file {path}") from error
    except Exception as error:  # a person's own file may raise anything
        raise ModelError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    return module


def found(source: Any, kind: type) -> Any:
    """What a source stands for: a name, a factory, or the thing itself."""
    if isinstance(source, str):
        return named(source, kind)
    return source.make() if isinstance(source, Factory) else source


def imported(module: str) -> ModuleType:
    """A module of a person's own, found from the working folder.

    Raises ModelError where there is none, something that it imports is missing, or it checks
    something itself as it is imported.
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
        raise ModelError(f"{module} cannot be imported: {error}") from error
    except ParityError as error:
        raise ModelError(f"{module} cannot be imported: {error}") from error


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


def inputs(
    module: ModuleType, images: Array, dtype: str, noise_key: tuple[int, ...] | None
) -> Array:
    """What the model is shown for uint8 images (N, 28, 28): prepared and, where it says, noisy.

    noise_key: None adds no noise.
    """
    clean: Array = module.prepare(images, dtype)
    if noise_key is None or not hasattr(module, "corrupt"):
        return clean
    draws = standard_normal(noise_key, images.shape, dtype)
    noisy: Array = module.corrupt(clean, draws.reshape(clean.shape))
    return noisy


def step_inputs(module: ModuleType, images: Array, dtype: str, seed: int, step: int) -> Array:
    """The inputs of a training step: as `inputs`, with the draws of that step."""
    clean: Array = module.prepare(images, dtype)
    if not hasattr(module, "corrupt"):
        return clean
    drawn = input_noise(seed, step, images.shape, dtype)
    noisy: Array = module.corrupt(clean, drawn.reshape(clean.shape))
    return noisy


def data(module: str, images: Array, labels: Array, dtype: str) -> tuple[Array, Array]:
    """Inputs and target that a model file makes of uint8 images (N, 28, 28), without noise."""
    loaded = load(module)
    return loaded.prepare(images, dtype), loaded.target(images, labels, dtype)


def corrupted(module: str, clean: Array, noise_key: tuple[int, ...]) -> Array | None:
    """Clean inputs (N, ...) with the noise that a model file adds; None where it adds none."""
    loaded = load(module)
    if not hasattr(loaded, "corrupt"):
        return None
    noisy: Array = loaded.corrupt(clean, standard_normal(noise_key, clean.shape, str(clean.dtype)))
    return noisy
