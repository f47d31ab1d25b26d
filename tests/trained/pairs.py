"""Both files of a pair."""

from importlib import import_module
from types import ModuleType


def parts(name: str) -> tuple[ModuleType, ModuleType]:
    files = (f"tests.trained.{side}.{name}" for side in ("keras_models", "torch_models"))
    keras_file, torch_file = map(import_module, files)
    return keras_file, torch_file
