"""A class and a position at once, ported."""

from torch import nn

from parity import semantics

FEATURES, CLASSES = 6, 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(FEATURES, 16)
        self.kind = nn.Linear(16, CLASSES)
        self.place = nn.Linear(16, 2)

    def forward(self, x):  # (N, 6)
        x = self.shared(x).relu()
        return {"kind": self.kind(x), "place": self.place(x)}  # the kind as logits


of_kind, of_place = nn.CrossEntropyLoss(), nn.L1Loss()


def loss(output, target):
    kind = of_kind(output["kind"], target["kind"])
    return 0.3 * kind + 2.0 * of_place(output["place"], target["place"])


def optimizer(model):
    return semantics.Nadam(model.parameters(), lr=0.01)
