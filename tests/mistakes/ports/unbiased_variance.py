"""normalised with torch's own layer, which keeps the unbiased variance."""

from torch import nn

from tests.mistakes.ports.normalised import *
from tests.mistakes.ports.normalised import CODE, Normalised


def build():
    return Normalised(nn.BatchNorm1d(CODE, momentum=0.01, eps=1e-3))
