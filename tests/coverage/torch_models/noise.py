"""Noise, which does nothing at inference."""

from typing import Any

from torch import Tensor, nn

from parity import semantics
from tests.coverage.torch_models.row import row


def dropouts() -> Any:
    """torch.nn has no Gaussian dropout; a port that only infers leaves it out."""
    return row(
        dropout=nn.Dropout(0.5),
        spatial=nn.Dropout2d(0.5),
        conv=nn.Conv2d(3, 4, 3),
        alpha=nn.AlphaDropout(0.5),
    )


class SpatialDropout1d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spatial = nn.Dropout1d(0.5)
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        x = self.spatial(x.transpose(1, 2)).transpose(1, 2)  # nn.Dropout1d drops along axis 1
        return self.rnn(x)[0][:, -1]


def spatial_dropout1d() -> Any:
    return SpatialDropout1d()


def gaussian_noise() -> Any:
    return row(noise=semantics.GaussianNoise(0.5), out=nn.Linear(6, 3))
