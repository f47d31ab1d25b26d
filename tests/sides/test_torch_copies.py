"""A module's tensors are copied where they must be: nothing else of a large model is held twice."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from parity.sides import torch_copies, torch_lent, torch_plain
from parity.sides.torch_copies import copied, memory

WIDTH = 12


@pytest.fixture(autouse=True)
def all_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (torch_copies, torch_lent):
        monkeypatch.setattr(place, "LARGE", 1)


def test_a_copy_takes_memory_once_it_is_written_to() -> None:
    one = torch.arange(6.0)
    other, third = copied(one), copied(one)
    assert memory(other) == memory(one)
    other[0] = 7
    one[1] = 8
    assert [x[:2].tolist() for x in (one, other, third)] == [[0, 8], [7, 1], [0, 1]]
    assert len({memory(x) for x in (one, other, third)}) == 3


@pytest.mark.parametrize(
    "tensor",
    [torch.from_numpy(np.ones(3, "float32")), torch.eye(2).to_sparse(), torch.ones(2).to_mkldnn()],
    ids=["of NumPy's memory", "sparse", "of oneDNN's layout"],
)
def test_what_cannot_be_copied_so_is_copied_at_once(tensor: Tensor) -> None:
    assert torch.equal(copied(tensor).to_dense(), tensor.to_dense())


class Own(nn.Module):
    """Uses its tensors in a way of its own."""

    def __init__(self, how: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner = nn.Linear(WIDTH, WIDTH)
        self.table = nn.Embedding(WIDTH, WIDTH, max_norm=1.0)
        self.rnn = nn.LSTM(WIDTH, WIDTH, 2, batch_first=True)
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.register_buffer("seen", torch.randn(WIDTH))
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.how(self, x)
        return y


def in_place(m: Any, x: Tensor) -> Any:
    m.inner.weight.mul_(3)
    return m.inner(x)


def through_a_view(m: Any, x: Tensor) -> Any:
    m.inner.weight[2:].mul_(3)
    m.inner.weight.t()[0] = 1
    return m.inner(x)


def by_data(m: Any, x: Tensor) -> Any:
    m.inner.weight.data *= 2
    m.inner.bias.data = m.inner.bias.data + 1
    return m.inner(x)


def of_its_type(m: Any, x: Tensor) -> Any:
    mask = torch.ones(WIDTH, dtype=m.inner.weight.dtype, device=m.inner.weight.device)
    return m.inner(x.to(mask.dtype)) * mask / m.inner.weight.shape[0] / len(m.inner.weight)


def rows_cut(m: Any, x: Tensor) -> Any:
    return m.table(torch.arange(3)) @ m.table.weight.T + x[:, :3, :1]


WAYS = [
    in_place,
    through_a_view,
    by_data,
    of_its_type,
    rows_cut,
    lambda m, x: x @ m.table.weight.T,
    lambda m, x: m.rnn(x)[0],
    lambda m, x: m.attention(x, x, x)[0],
    lambda m, x: F.linear(x, torch.cat([m.inner.weight, m.table.weight])) * m.seen.sum(),
    lambda m, x: torch.utils.checkpoint.checkpoint(m.inner, x, use_reentrant=False),
    lambda m, x: torch.func.functional_call(m.inner, {"bias": m.seen}, x),
    lambda m, x: x + torch.from_numpy(m.seen.numpy()),
    lambda m, x: m.seen.expand(2, 5, WIDTH),
]


@pytest.mark.parametrize("how", WAYS, ids=lambda how: getattr(how, "__name__", ""))
def test_what_is_widened_in_use_computes_as_what_is_wide(
    how: Callable[[Any, Tensor], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = Own(how).eval()
    before = {name: x.clone() for name, x in module.state_dict().items()}
    x = torch.randn(2, 5, WIDTH, dtype=torch.float64)
    found: list[np.ndarray] = []
    entered: list[dict[str, Any]] = []
    own = torch_lent.holding

    def holding(*args: Any, **kwargs: Any) -> Any:
        entered.append(kwargs)
        return own(*args, **kwargs)

    monkeypatch.setattr(torch_lent, "holding", holding)
    for is_large in (True, False):
        monkeypatch.setattr(torch_lent, "is_large", lambda _, is_large=is_large: is_large)
        (answer,) = torch_plain.answers(module, [{"x": x.clone}], {}, "float64", lambda y: y)
        assert not answer.error
        found.append(np.asarray(answer.parts[0].value))
    assert entered == [{"is_sparing": True}, {}]  # it did not have to be run as before
    # Attention and recurrent layers have other functions where somebody looks on.
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-15)
    assert found[0].dtype == np.float64
    for name, tensor in module.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, before[name])


def test_a_module_holds_what_it_is_lent() -> None:
    module = nn.Linear(3, 3)
    lent = {"weight": torch.eye(3)}
    with torch_lent.holding(module, lent, "float64", is_sparing=True), torch.no_grad():
        found = module(torch.ones(1, 3, dtype=torch.float64)) - module.bias
        module.weight.mul_(2)
    torch.testing.assert_close(found, torch.ones(1, 3, dtype=torch.float64))
    assert torch.equal(lent["weight"], torch.eye(3))


def test_what_python_does_not_run_is_run_as_before() -> None:
    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # scripts are deprecated
                self.inner = torch.jit.script(nn.Linear(3, 3))

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.inner(x)
            return y

    x = torch.ones(1, 3, dtype=torch.float64)
    (answer,) = torch_plain.answers(Scripted(), [{"x": x.clone}], {}, "float64", lambda y: y)
    assert not answer.error
