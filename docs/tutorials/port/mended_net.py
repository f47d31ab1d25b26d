"""The port with what the check named mended."""

import torch.nn.functional as F
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2)
        self.norm = nn.BatchNorm2d(16, eps=1e-3)
        self.body = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, 1, 0, 1))  # Keras's "same" pads unevenly under a stride
        x = self.norm(self.stem(x).relu())
        x = self.pool(self.body(x).relu())
        return self.head(x.flatten(1)).softmax(-1)
