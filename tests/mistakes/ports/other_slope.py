"""The port of tests/own/twin_keras.py with torch's own slope, 0.01."""

import torch.nn.functional as F

from tests.own.twin_torch import *
from tests.own.twin_torch import Leaky


class Other(Leaky):
    def forward(self, x):
        return self.fc2(F.leaky_relu(self.fc1(x)))


def build():
    return Other()
