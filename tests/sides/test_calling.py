"""A port is called as its arguments have it."""

from typing import Any

import torch
from torch import Tensor, nn

from parity.records.inputs import Arguments
from parity.sides.torch_calling import arguments, call, given

A, B = torch.zeros(1), torch.ones(1)


class Recording(nn.Module):
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


def test_numbers_are_places_and_words_are_names() -> None:
    assert call(Recording(), {"1": B, "0": A, "mask": B}) == ((A, B), {"mask": B})


def test_items_make_a_dictionary_or_a_list() -> None:
    assert call(Recording(), {"0[left]": A, "0[right]": B}) == (({"left": A, "right": B},), {})
    assert call(Recording(), {"batch[1]": B, "batch[0]": A}) == ((), {"batch": [A, B]})


def test_what_a_call_gives_is_found_by_the_names() -> None:
    class Port(nn.Module):
        def forward(self, left: Tensor, right: Tensor) -> Tensor:
            return left + right

    assert given(Port(), ["right", "left"], (A,), {"right": B}) == [B, A]
    assert given(Port(), ["right", "left"], (A, B), {}) == [B, A]
    assert given(Recording(), ["1", "mask", "0"], (A, B), {"mask": B}) == [B, B, A]
    assert given(Recording(), ["0[b]", "0[a]"], ({"a": A, "b": B},), {}) == [B, A]
    assert given(Recording(), ["batch[1]"], (), {"batch": [A, B]}) == [B]


def test_a_module_says_what_it_takes() -> None:
    class Port(nn.Module):
        def forward(self, x: Tensor, mask: Tensor | None = None, *, scale: float) -> Tensor:
            return x * scale

    assert arguments(Port()) == Arguments(("x", "mask"), 1, ("scale",))
    assert arguments(Recording()) == Arguments(any_number=True, any_name=True)
