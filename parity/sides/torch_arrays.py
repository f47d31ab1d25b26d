"""Tensors as NumPy's arrays."""

import torch
from torch import Tensor

from parity.records.comparison import Array

HALVES = (torch.bfloat16, torch.float16)


def array(tensor: Tensor) -> Array:
    """A copy, which later steps do not change. NumPy has no bfloat16: a half precision, which a
    model may compute in on its way, is widened to float32."""
    value = tensor.detach().cpu()
    found: Array = (value.float() if value.dtype in HALVES else value).numpy()
    return found.copy()
