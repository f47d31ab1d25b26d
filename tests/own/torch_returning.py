"""Ports of keras_returning.py: right in all layers, and not in what they return or change."""

import sys
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class One(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))


class Constant(One):
    def forward(self, x):
        super().forward(x)
        return torch.zeros(len(x), 3)


class Nothing(One):
    def forward(self, x):
        super().forward(x)


class Hidden(One):
    def forward(self, x):
        hidden = F.relu(self.hidden(x))
        self.out(hidden)
        return F.pad(hidden, (0, -2))


class ViewInPlace(One):
    def forward(self, x):
        h = self.hidden(x)
        h[:, :3].relu_()
        return self.out(h)


class ViewInPlaceAsItShould(One):
    def forward(self, x):
        h = self.hidden(x)
        h.view(-1).relu_()
        return self.out(h)


class KeptInPlace(One):
    """The relu changes what the other half was split off from, in memory of its own."""

    def forward(self, x):
        h = self.hidden(x)
        left, right = h[:, :3], h[:, 3:]
        left.relu_()
        right.relu_()
        return self.out(torch.cat([left, right], 1))


class InputInPlace(One):
    def forward(self, x):
        return super().forward(x.clamp_(0, 1))


class Cached(One):
    """The answer to the first call of as many samples."""

    def __init__(self):
        super().__init__()
        self.known = {}

    def forward(self, x):
        if len(x) not in self.known:
            self.known[len(x)] = super().forward(x)
        return self.known[len(x)]


class Counting(One):
    """Another answer with every call."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x) * self.calls


class Undefined(One):
    """NaN in the same places at every call."""

    def forward(self, x):
        y = super().forward(x)
        return torch.from_numpy(np.where(y.detach().numpy() < 0, np.nan, y.detach().numpy()))


class OneAlone(One):
    def forward(self, x):
        return super().forward(x).squeeze(0)


class Half(One):
    def forward(self, x):
        with torch.autocast("cpu", torch.bfloat16):
            return super().forward(x).to(x.dtype)


class ThroughNumpy(One):
    def forward(self, x):
        return self.out(torch.from_numpy(F.relu(self.hidden(x)).numpy().copy()))


class Closed(One):
    """A closure over the module, which no record can look into."""

    def __init__(self):
        super().__init__()
        self.run = lambda x: F.linear(x, self.out.weight, self.out.bias)

    def forward(self, x):
        return self.run(F.relu(self.hidden(x)))


class Biased(One):
    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.full((3,), 0.5))

    def forward(self, x):
        return super().forward(x) + self.shift


class Idle(One):
    """Holds what nothing reads."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(7, 7)
        self.register_buffer("table", torch.randn(9))


class Clamping(One):
    def forward(self, x):
        self.hidden.weight.data.clamp_(-0.01, 0.01)
        return super().forward(x)


class Leaving(One):
    def forward(self, x):
        sys.exit(4)


class Raising(One):
    def forward(self, x):
        raise TypeError("no such thing")


class NowAndThen(One):
    """Its activation hangs on the values of all samples together."""

    def forward(self, x):
        hidden = self.hidden(x)
        return self.out(F.relu(hidden) if hidden.sum() > 0 else hidden)


class TooWide(nn.Sequential):
    """Raises at its last layer."""

    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(100, 2))


class Double(One):
    def __init__(self):
        super().__init__()
        self.double()


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 5)
        self.first, self.second = nn.Linear(5, 3), nn.Linear(5, 3)

    def both(self, x):
        trunk = F.relu(self.trunk(x))
        return self.first(trunk), self.second(trunk)

    def forward(self, x):
        return self.both(x)


class Swapped(Heads):
    def forward(self, x):
        return self.both(x)[::-1]


class Twice(Heads):
    def forward(self, x):
        first, _ = self.both(x)
        return first, first


class FirstAlone(Heads):
    def forward(self, x):
        return self.both(x)[0]


class KeyedLists(nn.Module):
    """Dictionaries in an order of their own."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 5)
        self.a, self.b, self.c, self.d = (nn.Linear(5, 3) for _ in range(4))

    def forward(self, x):
        trunk = F.relu(self.trunk(x))
        c, d = self.last(self.c(trunk), self.d(trunk))
        return {"y": [trunk], "x": ({"p": self.a(trunk), "q": self.b(trunk)}, {"q": d, "p": c})}

    def last(self, c, d):
        return c, d


class KeyedListsSwapped(KeyedLists):
    def last(self, c, d):
        return d, c


class More(Heads):
    def forward(self, x):
        return (*self.both(x), x)


class Keyed(Heads):
    def forward(self, x):
        first, second = self.both(x)
        return {"second": second, "first": first}


@dataclass
class Output:
    first: Tensor
    second: Tensor
    attentions: None = None


class Recorded(Heads):
    def forward(self, x):
        return Output(*self.both(x))


class Logits(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        logits = self.out(x)
        torch.softmax(logits, 1)
        return logits


class Nested(nn.Sequential):
    def __init__(self):
        halves = [[nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 6)] for _ in range(2)]
        super().__init__(*halves[0], *halves[1])


class Third(One):
    share = 1 / 3

    def forward(self, x):
        return self.out(self.hidden(x) * self.share + 0.7)


class NotThird(Third):
    share = 0.333331


class Seen(nn.Module):
    """Reads its layers by hooks, which it installs when it is first called."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 5), nn.Linear(5, 5)
        self.is_hooked = False
        self.seen = []

    def forward(self, x):
        if not self.is_hooked:
            self.is_hooked = True
            for part in (self.hidden, self.out):
                part.register_forward_hook(lambda module, given, output: self.seen.append(output))
        self.seen = []
        self.out(F.relu(self.hidden(x)))
        first, second = self.seen
        return first + second


class Narrow(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return self.out(x @ torch.ones(6, 4, dtype=x.dtype))


class ChannelsFirst(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 2, 3))


class Turning(nn.Module):
    """Takes Keras's own layout: (N, T, C)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 3, 2)

    def forward(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


class ChannelsAhead(Turning):
    """Takes (N, C, T)."""

    def forward(self, x):
        return self.conv(x)


class Weak(nn.Module):
    def __init__(self):
        super().__init__()
        self.p, self.q = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x):
        return x + self.q(F.gelu(self.p(x), approximate="tanh"))


class ReluLost(One):
    def forward(self, x):
        return self.out(self.hidden(x))


class ReluLostAndShifted(ReluLost):
    """And what is returned is moved where no record can see it."""

    def forward(self, x):
        y = super().forward(x)
        y.numpy()[:] += 1
        return y


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        return self.out(x)


class Resized(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(2, eps=1e-3)

    def forward(self, x):
        return self.norm(F.interpolate(x, (4, 3), mode="nearest-exact"))


class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)
        self.state = None

    def forward(self, x):
        hidden, _ = self.lstm(x)
        return self.out(hidden[:, -1])


class Stateful(Forgetful):
    def forward(self, x):
        hidden, self.state = self.lstm(x, self.state)
        return self.out(hidden[:, -1])


class Shuffled(nn.Linear):
    """Counted up, too; three columns in another order."""

    def __init__(self):
        super().__init__(6, 3)
        weight = torch.arange(18.0).view(6, 3)[[2, 0, 4, 3, 1, 5]].T
        self.load_state_dict({"weight": weight, "bias": torch.zeros(3)})


class ConstantBehindASum(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense, self.norm, self.out = nn.Linear(6, 6), nn.LayerNorm(6, 1e-3), nn.Linear(6, 3)

    def forward(self, x):
        self.norm(x + self.dense(x))
        return torch.full((len(x), 3), 0.5)
