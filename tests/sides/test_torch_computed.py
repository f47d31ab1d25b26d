"""Weights that a module computes are read as they are, and set through the right inverse."""

import warnings
from collections.abc import Callable
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils import weight_norm as old_weight_norm

from parity.sides import torch_computed
from parity.sides.torch_lent import holding
from parity.sides.torch_modules import variables
from tests.own.torch_placed import symmetric


class Positive(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.exp()

    def right_inverse(self, y: Tensor) -> Tensor:
        return y.log()


def positive() -> nn.Module:
    linear = nn.Linear(4, 3)
    linear.weight.data.abs_()
    parametrize.register_parametrization(linear, "weight", Positive())
    return linear


def old_weight() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return old_weight_norm(nn.Linear(4, 3), dim=1)


def pruned() -> nn.Module:
    linear = nn.Linear(4, 3)
    prune.l1_unstructured(linear, "weight", 3)  # type: ignore[no-untyped-call]
    return linear


MAKERS: dict[str, Callable[[], nn.Module]] = {
    "weight_norm": lambda: parametrizations.weight_norm(nn.Linear(4, 3)),
    "old weight_norm": old_weight,
    "spectral_norm": lambda: parametrizations.spectral_norm(nn.Linear(4, 3)),
    "old spectral_norm": lambda: old_spectral_norm(nn.Linear(4, 3)),
    "one's own": positive,
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(4, 3)),
    "pruned": pruned,
}


def computed(module: nn.Module) -> torch_computed.Computed:
    (found,) = torch_computed.of(nn.Sequential(module)).values()
    return found


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_it_is_read_as_the_module_computes_it(make: Callable[[], nn.Module]) -> None:
    module = make().eval()
    one = computed(module)
    module(torch.zeros(1, 4))  # the older ways compute it in front of a pass
    assert one.name == "0.weight"
    assert torch.equal(one.value(), cast(Tensor, module.weight))


@pytest.mark.parametrize("name", ["weight_norm", "old weight_norm", "spectral_norm"])
def test_any_weight_can_be_set(name: str) -> None:
    model = nn.Sequential(MAKERS[name]().eval())
    wanted = torch.randn(3, 4, dtype=torch.float64)
    parts = computed(model[0]).inverse(wanted)
    own = dict(model.named_parameters()) | dict(model.named_buffers())
    for part, value in parts.items():
        own[part].data = value
    assert torch.allclose(computed(model[0]).value(), wanted, rtol=1e-14, atol=1e-14)


def test_what_it_can_never_be_is_refused() -> None:
    for module in (positive(), symmetric(3), MAKERS["orthogonal"](), MAKERS["pruned"]()):
        one = computed(module)
        assert one.inverse(one.value())  # what it is, it can be
        with pytest.raises(torch_computed.CannotBeError, match=r"away|breaks off"):
            one.inverse(-1 - torch.rand(one.value().shape))


def test_a_model_owns_the_weight_and_its_parts() -> None:
    found = variables(nn.Sequential(MAKERS["spectral_norm"](), nn.Linear(3, 2)))
    assert [v.name for v in found if v.kind == "weight"] == [
        *("0.weight", "0.bias", "1.weight", "1.bias")
    ]
    assert {v.role for v in found if v.kind == "part"} == {"original", "_u", "_v"}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_module_is_lent_any_weight_and_comes_back_as_it_was(
    make: Callable[[], nn.Module],
) -> None:
    module = make().eval()
    model, x = nn.Sequential(module), torch.randn(2, 4)
    kind, keys = type(module), set(vars(module))
    with torch.no_grad():
        before = model(x)
        wanted = torch.randn(3, 4)
        with holding(model, {"0.weight": wanted}, "float32"):
            assert torch.equal(model(x), nn.functional.linear(x, wanted, cast(Tensor, module.bias)))
        assert torch.equal(model(x), before)
    assert (type(module), set(vars(module))) == (kind, keys)
