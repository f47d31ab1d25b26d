"""Where a person's torch module comes from."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from parity.errors import ModelError
from parity.sides import modules


def find(source: Any) -> nn.Module:
    """The module that `source` is or names: a module, or "pkg.mod:Net".

    Raises ModelError where there is none.
    """
    found = modules.found(source, nn.Module)
    if not isinstance(found, nn.Module):
        raise ModelError(
            f"{source!r} is {type(found).__name__}, no torch.nn.Module; "
            "name one, or a function that returns one"
        )
    return found


def read_weights(module: nn.Module, path: str) -> None:
    """Load a state dict from a .safetensors, .pt or .pth file, without running any code in it.

    Raises ModelError where there is no such file, or it does not fit.
    """
    if not Path(path).is_file():
        raise ModelError(f"no file {path!r}")
    try:
        if path.endswith(".safetensors"):
            state = load_file(path)
        else:
            state = torch.load(path, weights_only=True, map_location="cpu")
        module.load_state_dict(state)
    except Exception as error:
        line = " ".join(str(error).split())[:300]
        raise ModelError(f"{path} does not hold this module's weights: {line}") from error
