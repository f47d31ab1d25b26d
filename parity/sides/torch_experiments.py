"""Run one function of the laboratory in the torch process, from a clean state."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from parity.records.comparison import Array
from parity.records.outcomes import Outcome, Raised


def perform(function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
    """What `function(torch, **tensors)` gives, as NumPy arrays, or what it raised."""
    torch.manual_seed(0)
    tensors = {name: torch.tensor(array) for name, array in given.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = function(torch, **tensors)
        except Exception as error:
            return Raised(type(error).__name__, str(error).partition("\n")[0])
    if isinstance(found, dict):
        return {name: _array(value) for name, value in found.items()}
    return _array(found)


def _array(value: Any) -> Array:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
