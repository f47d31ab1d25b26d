"""Texts into three topics, ported."""

import torch
from torch import nn

from parity import semantics

WORDS, TOPICS = 20, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        # sparse: its gradient keeps every occurrence of a word apart, as Keras's Adamax needs it.
        self.embedding = nn.Embedding(WORDS, 5, sparse=True)
        self.both_ways = nn.GRU(5, 6, batch_first=True, bidirectional=True)
        self.topic = nn.Linear(12, TOPICS)

    def forward(self, x):  # (N, 8) word numbers
        _, last = self.both_ways(self.embedding(x))
        return self.topic(torch.cat([last[0], last[1]], dim=1))  # logits


loss = nn.CrossEntropyLoss()


def optimizer(model):
    return semantics.Adamax(model.parameters(), lr=0.01)
