"""Sentiment of padded texts, ported: the texts are packed, and the LSTM has one bias."""

from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from parity import semantics

WORDS = 30


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        # sparse: its gradient keeps every occurrence of a word apart, which Keras's Adam squares.
        self.embedding = nn.Embedding(WORDS, 6, sparse=True)
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        # Keras has one bias. Two that are added would both move, and their sum twice as far.
        nn.init.zeros_(self.lstm.bias_hh_l0).requires_grad_(False)
        self.sentiment = nn.Linear(8, 1)

    def forward(self, x):  # (N, 10) word numbers, 0 is padding
        lengths = (x != 0).sum(dim=1).cpu()
        packed = pack_padded_sequence(
            self.embedding(x), lengths, batch_first=True, enforce_sorted=False
        )
        _, (last, _) = self.lstm(packed)
        return self.sentiment(last[0])  # (N, 1) logits


loss = semantics.BinaryCrossentropy(activation="sigmoid")


def optimizer(model):
    trained = [p for p in model.parameters() if p.requires_grad]
    return semantics.Adam(trained, lr=0.01, global_clipnorm=0.1)
