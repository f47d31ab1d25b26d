"""What a person's preparation makes of raw images, on torch's side."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity.errors import ModelError, line
from parity.records.comparison import Array

CHANNELS = (1, 3, 4)  # of images that Pillow knows


def of(function: Any, raw: Any) -> Array:
    """function: torchvision's transforms, which are given PIL images; or a callable that takes an
    array, a PIL image, a tensor, or a batch of them: what it does not take it raises at.

    Raises ModelError where it takes none.
    """
    refused: Exception | None = None
    for ways in _ways(function):
        try:
            made = [ways(function, np.asarray(x)) for x in raw]
        except Exception as error:  # as many kinds as there are callables
            refused = refused or error
        else:
            return np.stack(made)
    assert refused is not None
    raise ModelError(f"torch_preprocess takes no image of raw: {line(refused)}") from refused


def _ways(function: Any) -> list[Callable[[Any, Array], Array]]:
    if type(function).__module__.startswith("torchvision."):
        return [_image, _tensor]
    return [_plain, _image, _tensor, _batch]


def _plain(function: Any, x: Array) -> Array:
    return _array(function(x))


def _image(function: Any, x: Array) -> Array:
    from PIL import Image

    if x.dtype != np.uint8 or x.shape[-1] not in CHANNELS:
        raise TypeError("no image of bytes")
    return _array(function(Image.fromarray(x[..., 0] if x.shape[-1] == 1 else x)))


def _tensor(function: Any, x: Array) -> Array:
    return _array(function(torch.tensor(np.moveaxis(x, -1, 0).copy())))


def _batch(function: Any, x: Array) -> Array:
    (made,) = _array(function(x[None]))
    return np.asarray(made)


def _array(made: Any) -> Array:
    found: Array = np.asarray(made.detach().cpu() if isinstance(made, Tensor) else made)
    return found
