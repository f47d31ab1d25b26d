"""Their ports: with a count of batches, a buffer, a weight that is computed, a second bias."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(6, eps=1e-3, momentum=0.01)
        self.out = weight_norm(nn.Linear(6, 3))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.out(self.norm(x)))


class Other(Net):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.out(self.norm(x)))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.lstm(x)[0][:, -1])
