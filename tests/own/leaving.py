"""Models of a person's own that end the process, or stop in words that nobody can print."""

import sys
from typing import Any

import keras
import torch
from torch import Tensor, nn


def factory() -> Any:
    sys.exit(4)


class Forward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        self.out(x)
        sys.exit(0)


class UnsayableError(BaseException):
    """No Exception, and without words."""

    def __str__(self) -> str:
        raise ValueError("no words")


def unsayable() -> Any:
    raise UnsayableError


def keras_layer() -> Any:
    class Leaving(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            sys.exit("as it is built")

    return keras.Sequential([keras.Input((4,)), Leaving()])


def named() -> nn.Module:
    """Names that rich would read as markup, and that a terminal would obey."""
    found = nn.Sequential()
    found.add_module("a[/b]", nn.ReLU())
    found.add_module("[red]b", nn.Linear(4, 4))
    found.add_module("\x1b[2Jc", nn.Linear(4, 2))
    return found


def tensor() -> Tensor:
    return torch.ones(3, 4, requires_grad=True)
