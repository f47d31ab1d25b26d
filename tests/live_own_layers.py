"""Live pairs with layers of a person's own, for tests/live_lost.py."""

from typing import Any

import torch
from keras import layers as L
from keras import ops
from torch import nn

from tests.checked import Cases
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


@case
def a_number_of_python_that_is_cast() -> Pair:
    """On tensorflow it becomes float32 first; the port's does not."""

    def scaled(x: Any) -> Any:
        return x * ops.cast(0.1, x.dtype)

    return sequence((6,), L.Dense(5), L.Lambda(scaled), L.Dense(3)), Port(
        lambda m, x: m.b(m.a(x) * torch.tensor(0.1, dtype=x.dtype)),
        a=nn.Linear(6, 5),
        b=nn.Linear(5, 3),
    )
