"""Tokens and sequences."""

from typing import Any

import torch
from torch import Tensor, nn

from parity import semantics
from tests.coverage.torch_models.row import row


def embedding() -> Any:
    return row(embed=nn.Embedding(11, 4))


class EmbeddingMaskedLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.first = semantics.LSTM(4, 5, return_sequences=True)
        self.second = semantics.LSTM(5, 3)

    def forward(self, ids: Tensor) -> Any:
        mask = ids != 0
        return self.second(self.first(self.embed(ids), mask=mask), mask=mask)


def embedding_masked_lstm() -> Any:
    return EmbeddingMaskedLSTM()


class EmbeddingMaskedAverage(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 4)

    def forward(self, ids: Tensor) -> Any:
        x = self.embed(ids)
        mask = (ids != 0).unsqueeze(-1).to(x.dtype)
        return (x * mask).sum(dim=1) / mask.sum(dim=1)


def embedding_masked_average() -> Any:
    return EmbeddingMaskedAverage()


class LastOutput(nn.Module):
    """A recurrent layer's output of the last step."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x)[0][:, -1]


class Outputs(nn.Module):
    """A recurrent layer's outputs without its states."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x)[0]


def simple_rnn() -> Any:
    return LastOutput(nn.RNN(3, 4, batch_first=True))


class LSTMWithHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        _, (last, _) = self.rnn(x)
        return self.out(last[0])


def lstm() -> Any:
    return LSTMWithHead()


def lstm_sequences() -> Any:
    return Outputs(nn.LSTM(3, 4, bias=False, batch_first=True))


class LSTMStacked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.LSTM(3, 4, batch_first=True)
        self.second = nn.LSTM(4, 5, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        x, _ = self.first(x)
        x, _ = self.second(x)
        return x[:, -1]


def lstm_stacked() -> Any:
    return LSTMStacked()


def lstm_stacked_cells() -> Any:
    return LastOutput(nn.LSTM(3, 4, num_layers=2, batch_first=True))


class LSTMStateful(nn.Module):
    """Each batch goes on where the one before it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.states: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Any:
        outputs, (hidden, memory) = self.rnn(x, self.states)
        self.states = hidden.detach(), memory.detach()
        return outputs[:, -1]


def lstm_stateful() -> Any:
    return LSTMStateful()


def lstm_activations() -> Any:
    return row(rnn=semantics.LSTM(3, 4, activation="relu", recurrent_activation="hard_sigmoid"))


class LSTMBackwards(nn.Module):
    """Keras gives the outputs in the order of computation, the last step's first."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x.flip(1))[0]


def lstm_backwards() -> Any:
    return LSTMBackwards()


def gru() -> Any:
    return Outputs(nn.GRU(3, 4, batch_first=True))


def gru_reset_before() -> Any:
    return row(rnn=semantics.GRU(3, 4, reset_after=False))


class BidirectionalLast(nn.Module):
    """The last output of each direction; the backward one's is at the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Any:
        _, (last, _) = self.rnn(x)
        return torch.cat([last[0], last[1]], dim=1)


def bidirectional_lstm() -> Any:
    return BidirectionalLast()


def bidirectional_gru() -> Any:
    return Outputs(nn.GRU(3, 4, batch_first=True, bidirectional=True))


class BidirectionalSum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, 4, nonlinearity="relu", batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Any:
        _, last = self.rnn(x)
        return last[0] + last[1]


def bidirectional_sum() -> Any:
    return BidirectionalSum()
