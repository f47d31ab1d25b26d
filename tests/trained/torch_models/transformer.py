"""The transformer's block, ported: matrices decay, biases and norms do not."""

import math

import numpy as np
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from parity import semantics

FEATURES, WIDTH, HEADS, CLASSES = 4, 8, 2, 3
PEAK, WARMUP, DECAY, ALPHA = 0.02, 8, 30, 0.1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(FEATURES, WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.ffn1 = nn.Linear(WIDTH, 16)
        self.ffn2 = nn.Linear(16, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.classes = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):  # (N, 6, 4)
        x = self.embed(x)
        x = self.norm1(x + self.attention(x, x, x, need_weights=False)[0])
        x = self.norm2(x + self.ffn2(self.ffn1(x).relu()))
        return self.classes(x.mean(dim=1))  # logits


loss = nn.CrossEntropyLoss()


def optimizer(model):
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    return semantics.AdamW(groups, lr=PEAK, weight_decay=0.05)


def rate(step):
    """Keras computes its schedules in float32, whatever the model is in."""
    one = np.float32
    if step < WARMUP:
        return one(PEAK) * (one(step) / one(WARMUP))
    done = min(one(step - WARMUP), one(DECAY)) / one(DECAY)
    cosine = one(0.5) * (one(1) + one(math.cos(one(np.pi) * done)))
    return one(PEAK) * ((one(1) - one(ALPHA)) * cosine + one(ALPHA))


def scheduler(optimizer):
    return LambdaLR(optimizer, lambda step: float(rate(step)) / PEAK)
