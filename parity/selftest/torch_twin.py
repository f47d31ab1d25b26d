"""The PyTorch port of a Spec: its source is run, and its class made."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from parity import semantics
from parity.selftest.port import write
from parity.selftest.spec import Spec


def build(spec: Spec) -> nn.Module:
    """In float32 and in training mode, as torch makes modules.

    It takes images as (N, C, H, W); sequences as (N, C, T) where they go into a convolution, and
    else as (N, T, C); features as (N, C); ids as (N, T).
    """
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "semantics": semantics}
    exec(compile(write(spec).source, f"<port of {spec.name}>", "exec"), names)
    net: nn.Module = names["Net"]()
    return net
