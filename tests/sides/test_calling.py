"""A port is called as its arguments have it."""

from typing import Any

import torch
from torch import Tensor, nn

from parity.records.inputs import Arguments
from parity.sides.torch_calling import arguments, call

A, B = torch.zeros(1), torch.ones(1)


class Recording(nn.Module):
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


def test_numbers_are_places_and_words_are_names() -> None:
    assert call(Recording(), {"1": B, "0": A, "mask": B}) == ((A, B), {"mask": B})


def test_items_make_a_dictionary_or_a_list() -> None:
    assert call(Recording(), {"0[left]": A, "0[right]": B}) == (({"left": A, "right": B},), {})
    assert call(Recording(), {"batch[1]": B, "batch[0]": A}) == ((), {"batch": [A, B]})


def test_a_module_says_what_it_takes() -> None:
    class Port(nn.Module):
        def forward(self, x: Tensor, mask: Tensor | None = None, *, scale: float) -> Tensor:
            return x * scale

    assert arguments(Port()) == Arguments(("x", "mask"), 1, ("scale",))
    assert arguments(Recording()) == Arguments(any_number=True, any_name=True)
