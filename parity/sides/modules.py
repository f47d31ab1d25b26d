"""Find a model's module, its twin headings, and its inputs. Shared by both sides; no framework."""

import importlib
from types import ModuleType

from parity.draws import input_noise, standard_normal
from parity.errors import ModelError
from parity.records import Array

HEADINGS = ("prepare", "target", "build", "prediction", "loss", "optimizer")


def load(name: str) -> ModuleType:
    """Import a model's module.

    Raises ModelError where it cannot be found, or lacks one of HEADINGS.
    """
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise ModelError(f"no module {name!r}; is its folder on sys.path?") from error
        raise
    missing = [heading for heading in HEADINGS if not callable(getattr(module, heading, None))]
    if missing:
        raise ModelError(f"{name} has no {', '.join(missing)}; a model file defines them all")
    return module


def inputs(module: ModuleType, images: Array, dtype: str, noise_key: tuple[int, ...]) -> Array:
    """What the model is shown for uint8 images (N, 28, 28): prepared and, where it says, noisy."""
    clean: Array = module.prepare(images, dtype)
    if not hasattr(module, "corrupt"):
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
