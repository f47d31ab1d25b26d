"""The encoder's block, ported: nn.MultiheadAttention drops its weights by itself."""

from torch import nn

from parity import semantics

WIDTH, HEADS, CLASSES = 8, 2, 3


class Net(nn.Module):
    def __init__(self, of_weights=0.25, of_branches=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, dropout=of_weights, batch_first=True)
        self.drop1 = nn.Dropout(of_branches)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.ffn1 = nn.Linear(WIDTH, 12)
        self.ffn2 = nn.Linear(12, WIDTH)
        self.drop2 = nn.Dropout(of_branches)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.classes = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):  # (N, 5, 8)
        x = self.norm1(x + self.drop1(self.attention(x, x, x)[0]))
        x = self.norm2(x + self.drop2(self.ffn2(self.ffn1(x).relu())))
        return self.classes(x.mean(dim=1))  # logits


loss = nn.CrossEntropyLoss()


def optimizer(model):
    return semantics.Adam(model.parameters(), lr=0.01)
