"""Hand a PyTorch model its random draws from outside, without a change to its code.

Dropout modules and F.dropout end in the same functions, as do modules that attend; a
TorchFunctionMode answers those calls in training, in the order in which they come, with the draws
that were given.
"""

from collections.abc import Callable, Iterable, Iterator
from math import isclose
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from parity.errors import ModelError
from parity.records.comparison import Array
from parity.records.training import RandomLayer
from parity.sides import attending, stacked
from parity.sides.torch_stepped import replaced

LIKE = {torch.randn_like: "normal", torch.rand_like: "uniform"}
SIZED = {torch.randn: "normal", torch.rand: "uniform"}
IN_PLACE = {Tensor.normal_: "normal", Tensor.uniform_: "uniform"}  # as torch.distributions draws
BY_FEATURE: tuple[Callable[..., Any], ...] = (F.dropout1d, F.dropout2d, F.dropout3d)
DROPOUTS: tuple[Callable[..., Any], ...] = (F.dropout, *BY_FEATURE)
# Draws of which nobody can say what they are for.
OTHERS: tuple[Callable[..., Any], ...] = (
    torch.bernoulli,
    torch.normal,
    torch.rand,
    torch.randn,
    torch.randint,
    torch.randperm,
    Tensor.bernoulli_,
    F.alpha_dropout,
    F.feature_alpha_dropout,
)


class SharedDraws(TorchFunctionMode):
    """Within this mode, the n-th random call of a training pass takes the n-th draw that answers
    it.

    draws: a tensor for each of `layers`, (N, features...) in torch's layout.
    Raises ModelError where a call cannot take its draw.
    """

    def __init__(self, layers: Iterable[RandomLayer], draws: list[Tensor]) -> None:
        super().__init__()
        self._left = list(zip(layers, draws, strict=True))
        self.is_rated = False  # are dropouts of Keras's rates, in a diagnosis?

    @property
    def unused(self) -> tuple[str, ...]:
        """The layers whose draws nothing has asked for."""
        return tuple(layer.name for layer, _ in self._left)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in DROPOUTS:
            return self._dropout(func, *args, **kwargs)
        if func is F.scaled_dot_product_attention:
            return attending.dropping(self._of_weights, *args, **kwargs)
        if func is F.multi_head_attention_forward:  # what it calls passes this mode by
            attend = lambda *a, **k: attending.dropping(self._of_weights, *a, **k)  # noqa: E731
            inner = {"dropout": self._of_weights, "scaled_dot_product_attention": attend}
            with replaced(F, inner):
                return func(*args, **kwargs)
        if func in stacked.KERNELS:
            return stacked.dropping(self._of_weights, func, *args)
        if func in LIKE:
            return self._take(LIKE[func], args[0])
        if func in SIZED and (size := _size(args, kwargs)) is not None:
            return self._take(SIZED[func], torch.empty(size))
        if func in IN_PLACE and "generator" not in kwargs:
            return self._in_place(IN_PLACE[func], *args, **kwargs)
        if func is torch.randint and "generator" not in kwargs:
            return self._whole_numbers(*args, **kwargs)
        if func is torch.normal and len(args) == 2:
            mean, sd = args
            like = mean if isinstance(mean, Tensor) else sd
            if isinstance(like, Tensor) and "generator" not in kwargs:
                return mean + sd * self._take("normal", like)
        if func in OTHERS:
            name = getattr(func, "__name__", str(func))
            raise ModelError(
                f"the port draws by {name}, which cannot be given shared draws; use F.dropout, "
                "torch.randn_like, or a layer that does"
            )
        return func(*args, **kwargs)

    def _dropout(
        self,
        func: Callable[..., Any],
        input: Tensor,  # noqa: A002 (torch's own name, which a caller may use)
        p: float = 0.5,
        training: bool = True,
        inplace: bool = False,
    ) -> Tensor:
        if not training or p == 0:
            return input
        keep, layer = self._answer("keep", input, p, func in BY_FEATURE)
        p = layer.rate if self.is_rated else p
        return torch.where(keep, input * (1 / (1 - p)), torch.zeros_like(input))

    def _of_weights(self, weights: Tensor, p: float) -> Tensor:
        return self._dropout(F.dropout, weights, p)

    def _in_place(self, kind: str, x: Tensor, *args: float, **kwargs: float) -> Tensor:
        """x.normal_(mean=0, std=1), or x.uniform_(from=0, to=1), whose `from` no name can be."""
        first, second = (*args, *kwargs.values(), *(0.0, 1.0)[len(args) + len(kwargs) :])
        wide = second if kind == "normal" else second - first
        return x.copy_(first + wide * self._take(kind, x))

    def _whole_numbers(self, *args: Any, **kwargs: Any) -> Tensor:
        """torch.randint([low, ]high, size): what is below each, by a share of the range."""
        *bounds, size = (*args, kwargs["size"]) if "size" in kwargs else args
        high = kwargs.get("high", bounds[-1] if bounds else None)
        low = kwargs.get("low", bounds[0] if len(bounds) == 2 else 0)
        share = self._take("uniform", torch.empty(tuple(size)))
        return torch.floor(low + (high - low) * share).to(kwargs.get("dtype") or torch.int64)

    def _take(self, kind: str, x: Tensor) -> Tensor:
        return self._answer(kind, x)[0]

    def _answer(
        self, kind: str, x: Tensor, rate: float | None = None, is_by_feature: bool = False
    ) -> tuple[Tensor, RandomLayer]:
        """The first draw that is of this kind and shape; of a dropout, of its rate if one is."""
        if not self._left:
            raise ModelError("the port draws random numbers where no Keras layer does")
        answers = [
            (place, view, layer)
            for place, (layer, draw) in enumerate(self._left)
            for view in _views(draw, x, is_by_feature)
            if layer.kind == kind and _fits(view, x, is_by_feature)
        ]
        if not answers:
            layer, draw = self._left[0]
            raise ModelError(
                f"the port's random call over {tuple(x.shape)} does not answer Keras's "
                f"{layer.name}, which draws {tuple(draw.shape)}"
            )
        alike = (one for one in answers if rate is not None and isclose(one[2].rate, rate))
        place, view, layer = next(alike, answers[0])
        del self._left[place]
        return view, layer


def _views(draw: Tensor, x: Tensor, is_by_feature: bool) -> Iterator[Tensor]:
    """A draw of Keras's, as a port may ask for it."""
    yield draw
    if draw.ndim > 2:
        yield draw.movedim(-1, 1)  # of a step's own, that no layer tells the layout of
        yield draw.flatten(0, 1)  # heads beside samples, as nn.MultiheadAttention has its weights
    if draw.ndim == x.ndim - 1:  # the same at every time step
        for axis in range(2):
            if x.shape[axis] == 1:
                yield draw.unsqueeze(axis)
        if is_by_feature:
            yield draw.unsqueeze(-1)


def _fits(draw: Tensor, x: Tensor, is_by_feature: bool) -> bool:
    """Is it drawn for as many places? Those of a feature, two axes ahead, are one."""
    wanted = (*x.shape[:2], *(1 for _ in x.shape[2:])) if is_by_feature else x.shape
    return tuple(draw.shape) == tuple(wanted)


def _size(args: Any, kwargs: Any) -> tuple[int, ...] | None:
    """Of torch.randn(2, 3) or torch.randn((2, 3)); None where it is told otherwise."""
    given = kwargs.get("size", args[0] if len(args) == 1 and not isinstance(args[0], int) else args)
    return tuple(given) if given and all(isinstance(x, int) for x in given) else None


def in_torch_layout(layer: RandomLayer, drawn: Array) -> Array:
    """Keras's draws (N, *layer.shape) as torch's features have them."""
    if layer.order is None:
        return drawn
    return drawn.reshape(len(drawn), -1)[:, layer.order]
