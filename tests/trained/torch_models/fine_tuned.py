"""The fine-tuned classifier, ported: Adam for the body, SGD for the head."""

import torch.nn.functional as F
from torch import nn

from parity import semantics

FEATURES, HIDDEN, CLASSES = 6, 8, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(FEATURES, HIDDEN)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):  # (N, 6)
        return self.head(self.body(x).relu())  # logits


def optimizer(model, slow=0.001, momentum=0.9):
    return [
        semantics.Adam(model.body.parameters(), lr=slow),
        semantics.SGD(model.head.parameters(), lr=0.1, momentum=momentum),
    ]


def step(model, batch, optimizers):
    x, y = batch
    for one in optimizers:
        one.zero_grad()
    value = F.cross_entropy(model(x), y)
    value.backward()
    for one in optimizers:
        one.step()
    return value
