"""A loss or an optimizer is given as it is, or as what makes it."""

from typing import Any

import pytest

from parity.records.own_training import made


class Loss:
    """As of a framework: called with outputs and targets, whether it is a callable or a class."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def __call__(self, *given: Any) -> float:
        return 0.0


def build() -> Loss:
    return Loss("sum")


def loss(outputs: Any, targets: Any) -> float:
    return 0.0


@pytest.mark.parametrize(("given", "reduction"), [(Loss, "mean"), (build, "sum")])
def test_a_class_or_a_function_of_nothing_makes_it(given: Any, reduction: str) -> None:
    assert made(given).reduction == reduction


@pytest.mark.parametrize("given", [Loss(), loss, lambda *both: 0.0, "mse", ["mse"], None, max])
def test_what_is_called_with_values_stays_as_it_is(given: Any) -> None:
    assert made(given) is given
