"""cnn whose second convolution is padded on one side only: the right shape, shifted values."""

import torch.nn.functional as F

from torch_port.cnn import *
from torch_port.cnn import CNN


class Shifted(CNN):
    def forward(self, x):
        x = self.pool1(F.relu(self.conv1(x)))
        x = F.relu(self.conv2(F.pad(x, (1, -1, 1, -1))))
        return self.out(self.pool2(x).flatten(1))


def build():
    return Shifted()
