"""The triplet loss, ported."""

from torch import nn

from parity import semantics

FEATURES = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Sequential(
            nn.Linear(FEATURES, 16), nn.ReLU(), semantics.BatchNorm1d(16), nn.Linear(16, 8)
        )

    def forward(self, anchor, positive, negative):
        anchor, positive, negative = map(self.embedding, (anchor, positive, negative))
        return (anchor - positive).square().sum(-1), (anchor - negative).square().sum(-1)


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=1e-3)


def step(model, batch, optimizer, margin=0.5):
    (x,) = batch
    model.eval()  # as Keras's step calls its model
    optimizer.zero_grad()
    near, far = model(*x)
    value = (near - far + margin).clamp(min=0).mean()
    value.backward()
    optimizer.step()
    return value
