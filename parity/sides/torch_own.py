"""How a person's live torch module is trained: what they give beside it."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from parity.errors import ModelError
from parity.records.own_training import OwnTraining, Training, made
from parity.records.trees import mapped
from parity.sides import torch_calling
from parity.sides.twin_file import TwinFile, cast


def recipe(own: OwnTraining) -> TwinFile:
    """What a twin file says. Raises ModelError where the loss is none."""
    training, samples = own.training, own.torch
    loss = made(training.loss) if training.step is None else training.step
    if not callable(loss):
        raise ModelError(
            f"loss={training.loss!r}: give the port's, a callable(outputs, targets) or an nn.Module"
        )
    weighs = samples.weights is not None and _is_weighed(training, loss)

    def target(numbers: Any, labels: Any, dtype: str) -> Any:
        return mapped(lambda x: cast(x[numbers], dtype), samples.target)

    def weights(numbers: Any, dtype: str) -> Any:
        return mapped(lambda x: cast(x[numbers], dtype), samples.weights)

    return TwinFile(
        prepare=lambda numbers, dtype: {
            name: cast(x[numbers], dtype) for name, x in samples.inputs.items()
        },
        target=target,
        weights=weights if weighs else None,
        loss=lambda: loss,
        batch_size=training.batch_size,
    )


def stepping(step: Callable[..., Any], optimizers: Any) -> Callable[..., Any]:
    """A person's own step(module, batch); one that wants the optimizers, too, is given them."""
    if _takes(step, 2) or not _takes(step, 3):
        return step
    return lambda module, batch: step(module, batch, optimizers)


def _is_weighed(training: Training, loss: Callable[..., Any]) -> bool:
    """Is the port given the weights of samples? Those that Keras makes of weights of classes are
    its own matter, unless the port's loss asks for some."""
    if training.class_weight is None:
        return training.step is not None or _takes(loss, 3)
    if training.step is not None or not _takes(loss, 3):
        return False
    called = loss.forward if isinstance(loss, nn.Module) else loss
    third = list(inspect.signature(called).parameters.values())[2:3]
    return all(p.default is inspect.Parameter.empty or p.default is None for p in third)


def _takes(function: Any, count: int) -> bool:
    """Can it be given so many arguments by place?"""
    called = function.forward if isinstance(function, nn.Module) else function
    try:
        inspect.signature(called).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def batch(own: OwnTraining, inputs: dict[str, Tensor], target: Any, weights: Any) -> Any:
    """What a person's own step is given: their x, with tensors in its place, their y, and their
    weights of samples, as far as they gave them."""
    x = own.training.x
    tensors = list(inputs.values())
    if isinstance(x, Mapping):
        arranged: Any = dict(zip(own.keras.inputs, tensors, strict=True))
    else:
        arranged = tensors if isinstance(x, list | tuple) else tensors[0]
    return tuple(part for part in (arranged, target, weights) if part is not None)


def activated(activations: Mapping[int, tuple[str, int]], output: Any) -> Any:
    """What a module returns, with activations of some of its values, by their places, in the order
    in which Keras's are; a dictionary's in that of their names."""
    if isinstance(output, Tensor):
        return _of(output, *activations[0]) if 0 in activations else output
    if isinstance(output, Mapping):
        order = sorted(output)
        return {n: _in_place(activations, order.index(n), x) for n, x in output.items()}
    if isinstance(output, list | tuple):
        return [_in_place(activations, place, x) for place, x in enumerate(output)]
    return output


def _in_place(activations: Mapping[int, tuple[str, int]], place: int, x: Any) -> Any:
    return _of(x, *activations[place]) if place in activations else x


def _of(x: Tensor, kind: str, dim: int) -> Tensor:
    return x.softmax(dim) if kind == "softmax" else x.sigmoid()


def called(module: nn.Module, inputs: Any) -> Any:
    """What a module gives of a tensor, or of several by name."""
    if isinstance(inputs, Tensor):
        return module(inputs)
    return torch_calling.call(module, inputs, is_trained=True)
