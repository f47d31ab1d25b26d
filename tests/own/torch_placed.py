"""Ports of keras_placed: right ones, and wrong ones, whose weights stand otherwise than Keras's."""

import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils import weight_norm as old_weight_norm


def weight_norm() -> nn.Module:
    first, last = nn.Linear(6, 5), nn.Linear(5, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = old_weight_norm(last)
    return nn.Sequential(parametrizations.weight_norm(first), nn.ReLU(), old)


def weight_norm_without_relu() -> nn.Module:
    port = weight_norm()
    assert isinstance(port, nn.Sequential)
    port[1] = nn.Identity()
    return port


def orthogonal() -> nn.Module:
    first = parametrizations.orthogonal(nn.Linear(6, 5))
    return nn.Sequential(first, nn.ReLU(), nn.Linear(5, 3))


class Symmetric(nn.Module):
    """A parametrisation without a right inverse."""

    def forward(self, x: Tensor) -> Tensor:
        return x.tril() + x.tril(-1).mT


def spectral() -> nn.Module:
    first = parametrizations.spectral_norm(nn.Conv2d(2, 4, 3))
    return nn.Sequential(first, nn.ReLU(), nn.Conv2d(4, 2, 1))


def old_spectral() -> nn.Module:
    return nn.Sequential(old_spectral_norm(nn.Conv2d(2, 4, 3)), nn.ReLU(), nn.Conv2d(4, 2, 1))


def symmetric(size: int) -> nn.Module:
    linear = nn.Linear(size, size)
    parametrize.register_parametrization(linear, "weight", Symmetric())
    return linear


def _attended(q: Tensor, k: Tensor, v: Tensor, scale: float | None = None) -> Tensor:
    q, k, v = (y.view(*y.shape[:2], 2, 4).transpose(1, 2) for y in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, scale=scale).transpose(1, 2).flatten(2)


class Packed(nn.Module):
    """Query, key and value in one, in this order; or in another, or head by head."""

    scale: float | None = None

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.parts(self.qkv(x))
        out: Tensor = self.o(_attended(q, k, v, self.scale))
        return out

    def parts(self, y: Tensor) -> tuple[Tensor, ...]:
        return y.chunk(3, -1)


class PackedOtherwise(Packed):
    def parts(self, y: Tensor) -> tuple[Tensor, ...]:
        v, q, k = y.chunk(3, -1)
        return q, k, v


class PackedByHead(Packed):
    def parts(self, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(part.flatten(2) for part in y.view(*y.shape[:2], 2, 12).chunk(3, -1))


class PackedUnscaled(Packed):
    scale = 1.0


class KeysAndValues(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q, self.kv, self.o = nn.Linear(8, 8), nn.Linear(8, 16), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.o(_attended(self.q(x), *self.kv(x).chunk(2, -1)))
        return out


class InProjection(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.attention(x, x, x)[0]
        return out


class Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.g, self.b = nn.Parameter(torch.ones(1, 1, 8)), nn.Parameter(torch.zeros(1, 1, 8))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(-1, keepdim=True)
        variance = (x - mean).square().mean(-1, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-3) * self.g + self.b


def normalised() -> nn.Module:
    return nn.Sequential(Normalised(), nn.Linear(8, 2))


def normalised_attention() -> nn.Module:
    return nn.Sequential(Normalised(), Packed(), nn.Linear(8, 2))


def by_head_with_another_epsilon() -> nn.Module:
    return nn.Sequential(nn.LayerNorm(8), PackedByHead(), nn.Linear(8, 2))


def words_with_attention() -> nn.Module:
    return nn.Sequential(nn.Embedding(9, 8), PackedOtherwise(), nn.Linear(8, 2))


def gated() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 10), nn.GLU(), nn.Linear(5, 2))


class Split(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.x, self.y = nn.Linear(4, 2), nn.Linear(3, 2, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        out: Tensor = self.x(x) + self.y(y)
        return out


def bias_of_zeros() -> nn.Module:
    """Of what Keras has no bias for; see keras_placed.unbiased."""
    last = nn.Linear(5, 3)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), last)


def bias_of_its_own() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


class Colons(nn.Module):
    """Modules with a colon in their names."""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("a:b", nn.Linear(6, 5))
        self.add_module("c:0", nn.Linear(5, 3))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.get_submodule("c:0")(F.relu(self.get_submodule("a:b")(x)))
        return out


class Rms(nn.Module):
    """Normalises in float32, whatever the model is held in."""

    def __init__(self, size: int, centred: bool = False, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.weight, self.centred = nn.Parameter(torch.ones(size)), centred
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        kind, x = x.dtype, x.float()
        x = x - x.mean(-1, keepdim=True) if self.centred else x
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return self.weight * x.to(kind)


def rms(centred: bool = False) -> nn.Module:
    return nn.Sequential(nn.Linear(8, 32), Rms(32, centred), nn.Linear(32, 16))


def centred_rms() -> nn.Module:
    return rms(centred=True)


class WideRms(nn.Module):
    """In the precision of the model; with another epsilon than Keras's."""

    def __init__(self, epsilon: float = 1e-6) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(8, 32), nn.Linear(32, 16)
        self.factor, self.epsilon = nn.Parameter(torch.ones(32)), epsilon

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)
        out: Tensor = self.last(x * self.factor[None])
        return out


def another_epsilon() -> nn.Module:
    return WideRms(1e-3)


def own_norm() -> nn.Module:
    """With torch's own epsilon, where Keras's layer of a person's own has 1e-3."""
    return nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Linear(8, 3))


class Patches(nn.Module):
    """A Linear over patches that lie flat, in torch's order or in Keras's."""

    def __init__(self, as_keras: bool = False) -> None:
        super().__init__()
        self.embed, self.out, self.as_keras = nn.Linear(48, 6), nn.Linear(6, 2), as_keras

    def forward(self, x: Tensor) -> Tensor:
        if self.as_keras:
            y = x.reshape(len(x), 3, 2, 4, 2, 4).permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)
        else:
            y = F.unfold(x, 4, stride=4).mT
        out: Tensor = self.out(self.embed(y))
        return out


def patches_as_keras() -> nn.Module:
    return Patches(as_keras=True)


def whole_map() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 6), nn.ReLU(), nn.Linear(6, 2))


class LongerTable(nn.Module):
    """Its first two rows are nobody's, as in the positions of several language models."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.fc = nn.Embedding(7, 3), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.table(x + 2))
        return y


class ReversedTable(LongerTable):
    """Rows in the wrong order."""

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.fc(self.table(6 - x))
        return found
