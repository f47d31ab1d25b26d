"""The siamese network, ported."""

from torch import nn

from parity import semantics

FEATURES = 8


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn1 = semantics.BatchNorm1d(FEATURES)
        self.fc1 = nn.Linear(FEATURES, 12)
        self.bn2 = semantics.BatchNorm1d(12)
        self.fc2 = nn.Linear(12, 6)

    def forward(self, x):
        x = self.fc1(self.bn1(x)).tanh()
        return self.fc2(self.bn2(x)).tanh()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = Tower()
        self.bn = semantics.BatchNorm1d(1)
        self.out = nn.Linear(1, 1)

    def forward(self, one, other):  # (N, 8) each
        squares = (self.tower(one) - self.tower(other)).square().sum(1, keepdim=True)
        return self.out(self.bn(squares.clamp(min=1e-7).sqrt())).sigmoid()


def loss(output, same, margin=1.0):
    far = (margin - output).clamp(min=0).square()
    return ((1 - same) * output.square() + same * far).mean()


def optimizer(model):
    return semantics.RMSprop(model.parameters(), lr=1e-3)
