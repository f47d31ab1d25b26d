"""Hand a torch module what Keras's model draws at inference, where it draws as well."""

import contextlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from parity.errors import ModelError
from parity.numerics import draws
from parity.records.training import RandomLayer
from parity.sides.torch_draws import SharedDraws

DRAWING: WeakKeyDictionary[nn.Module, tuple[RandomLayer, ...]] = WeakKeyDictionary()


class InferenceDraws(SharedDraws):
    """What answers none of Keras's draws draws for itself."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        try:
            return super().__torch_function__(func, types, args, kwargs)
        except ModelError:
            return func(*args, **(kwargs or {}))


def draw_as(module: nn.Module, layers: tuple[RandomLayer, ...]) -> None:
    """Let a module be handed these draws from here on."""
    DRAWING[module] = layers


def handed(
    module: nn.Module, inputs: Iterable[Tensor], is_trained: bool = False
) -> AbstractContextManager[Any]:
    """Within this a pass draws what Keras's model does at inference, if that draws. is_trained: is
    it a step of a training, which hands out draws of its own?"""
    layers = DRAWING.get(module, ())
    if not layers or is_trained:
        return contextlib.nullcontext()
    first = next(iter(inputs))
    drawn = (draws.at_inference(layer, len(first)) for layer in layers)
    return InferenceDraws(layers, [torch.as_tensor(x, device=first.device) for x in drawn])
