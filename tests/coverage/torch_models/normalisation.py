"""Normalisation."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


def batch_normalization() -> Any:
    return row(norm=nn.BatchNorm1d(6, eps=1e-3, momentum=0.01))


def batch_normalization_maps() -> Any:
    return row(norm=nn.BatchNorm2d(3, momentum=0.1))


def batch_normalization_volumes() -> Any:
    return row(norm=nn.BatchNorm3d(2, eps=1e-3, momentum=0.01))


def batch_normalization_plain() -> Any:
    return row(norm=nn.BatchNorm2d(3, eps=1e-3, momentum=0.01, affine=False))


def batch_normalization_unscaled() -> Any:
    """torch.nn has a weight and a bias, or neither: the weight stays 1."""
    norm = nn.BatchNorm2d(3, eps=1e-3, momentum=0.01)
    norm.weight.requires_grad_(False)
    return row(norm=norm)


def batch_normalization_uncentered() -> Any:
    norm = nn.BatchNorm2d(3, eps=1e-3, momentum=0.01)
    norm.bias.requires_grad_(False)
    return row(norm=norm)


def layer_normalization() -> Any:
    return row(norm=nn.LayerNorm(6, eps=1e-3))


def layer_normalization_maps() -> Any:
    return row(norm=nn.LayerNorm((3, 5, 4), eps=1e-3))


class LayerNormChannels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(3, eps=1e-3, bias=False)

    def forward(self, x: Tensor) -> Any:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def layer_normalization_channels() -> Any:
    return LayerNormChannels()


def group_normalization() -> Any:
    return row(norm=nn.GroupNorm(3, 6, eps=1e-3))


class UnitNorm(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.normalize(x, dim=-1)


def unit_normalization() -> Any:
    return UnitNorm()


def rms_normalization() -> Any:
    return row(norm=nn.RMSNorm(6, eps=1e-6))


class RescalingNormalization(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Any:
        x = x / 128 - 1
        mean = x.new_tensor([0.5, -0.25, 0.125]).view(3, 1, 1)
        variance = x.new_tensor([4.0, 0.25, 1.5]).view(3, 1, 1)
        return self.conv((x - mean) / variance.sqrt())


def rescaling_normalization() -> Any:
    return RescalingNormalization()
