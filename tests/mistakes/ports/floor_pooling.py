"""conv_ae with floor pooling, as the report pools: 3x3 where Keras has 4x4."""

from torch import nn

from torch_port import conv_ae
from torch_port.conv_ae import *


def build():
    model = conv_ae.build()
    model.pool3 = nn.MaxPool2d(2)
    return model
