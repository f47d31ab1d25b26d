"""A value's fingerprint: whether a later one has the same bits, without keeping it."""

import zlib
from typing import Any

import torch
from torch import Tensor


def sign(value: Any) -> int:
    """A fingerprint of a tensor's bits, its shape and its type."""
    if not isinstance(value, Tensor):
        return 0
    with torch._C.DisableTorchFunction():
        flat = value.detach().cpu().contiguous().view(-1).view(torch.uint8)
        return zlib.crc32(flat.numpy().data, zlib.crc32(repr((value.shape, value.dtype)).encode()))
