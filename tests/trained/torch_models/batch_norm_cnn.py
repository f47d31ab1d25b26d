"""The small image classifier, ported: the L2 penalty is added to the loss, as in Keras."""

import numpy as np
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from parity import semantics

SIZE, CLASSES = 8, 3
L2 = float(np.float32(1e-2))  # Keras on tensorflow rounds the factor
RATES = (0.05, 0.02, 0.005)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = semantics.BatchNorm2d(4, momentum=0.9)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1, bias=False)
        self.bn2 = semantics.BatchNorm2d(8, momentum=0.9)
        self.classes = nn.Linear(8 * (SIZE // 4) ** 2, CLASSES)

    def forward(self, x):  # (N, 3, 8, 8)
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 2)
        x = F.max_pool2d(self.bn2(self.conv2(x)).relu(), 2)
        return self.classes(x.permute(0, 2, 3, 1).flatten(1))  # logits


cross_entropy = nn.CrossEntropyLoss()


def penalty(model):
    """The sum of squares, not its half."""
    kernels = model.conv1.weight, model.conv2.weight, model.classes.weight
    return L2 * sum((kernel**2).sum() for kernel in kernels)


def loss(output, target, model):
    return cross_entropy(output, target) + penalty(model)


def optimizer(model):
    return semantics.SGD(model.parameters(), lr=RATES[0], momentum=0.9, nesterov=True)


def rate(step):
    """The old rate still holds at the boundary itself. Keras's rates are float32 numbers."""
    return float(np.float32(RATES[(step > 2) + (step > 5)]))


def scheduler(optimizer):
    return LambdaLR(optimizer, lambda step: rate(step) / RATES[0])


def step(model, batch, optimizer):
    x, y = batch
    optimizer.zero_grad()
    value = loss(model(x), y, model)
    value.backward()
    optimizer.step()
    return value
