"""A person's own metrics of what their port returns, of all batches of a data set together."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from parity.errors import ModelError
from parity.records.trees import joined

Batch = tuple[Any, Any, Any]  # outputs, targets, weights


def figures(given: Any, batches: Iterator[Batch]) -> dict[str, float]:
    """given: metrics by name, or several, or one: each a function of outputs and targets, or an
    object with `update`, and `result` or `compute`. Raises ModelError for another."""
    every = named(given)
    held = {name: deepcopy(x) for name, x in every.items() if hasattr(x, "update")}
    for metric in held.values():
        metric.reset()
    seen = []
    for batch in batches:
        for metric in held.values():
            metric.update(*_taken(metric.update, batch))
        if len(held) < len(every):
            seen.append(batch)
    found = {name: _result(metric) for name, metric in held.items()}
    if seen:
        whole = tuple(joined(torch.cat, part) for part in zip(*seen, strict=True))
        found |= {n: x(*_taken(x, whole)) for n, x in every.items() if n not in held}
    return {name: _number(name, found[name]) for name in every}


def named(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        found = dict(given)
    else:
        several = given if isinstance(given, Sequence) else [given]
        found = {_snake(getattr(x, "__name__", type(x).__name__)): x for x in several}
    for name, metric in found.items():
        if not (callable(metric) or hasattr(metric, "update")):
            raise ModelError(
                f"metrics: {name} is {metric!r}; give a function of outputs and targets, or an "
                "object with update and result"
            )
    return found


def _taken(function: Callable[..., Any], batch: Batch) -> Batch | tuple[Any, Any]:
    """Weights of samples are given to what cannot be called without."""
    try:
        inspect.signature(function).bind(0, 1)
    except TypeError:
        return batch
    except ValueError:
        pass
    return batch[:2]


def _result(metric: Any) -> Any:
    return metric.result() if hasattr(metric, "result") else metric.compute()


def _number(name: str, value: Any) -> float:
    try:
        return float(value.detach().double().mean() if isinstance(value, Tensor) else value)
    except (TypeError, ValueError) as error:
        raise ModelError(f"metrics: {name} gives {value!r}, and no number") from error


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
