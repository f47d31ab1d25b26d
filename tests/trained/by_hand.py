"""What is true of a pair, known without the tool that is checked: both are trained by hand.

Weights are copied by hand, both sides see the same batches in float64, and layers that draw are
handed the same draws. How far the weights lie apart after each step is the truth.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from statistics import NormalDist
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.zoo.by_hand import Values, fill, leaves, owners, packed, put
from tests.trained.pairs import parts

DTYPE = "float64"
GIVEN = ("x", "y", "sample_weight")  # to a port, in this order

State = dict[str, torch.Tensor]


def distances(name: str, steps: int, **changes: Any) -> list[float]:
    """The largest difference of any weight or moving statistic after each step.

    changes: what stands in the place of the port's own Net, loss, optimizer, scheduler or step.
    """
    wanted = keras_states(name, steps)
    found = port_states(name, steps, wanted[0], **changes)
    return [
        max(float((state[key] - value).abs().max()) for key, value in one.items())
        for one, state in zip(wanted[1:], found, strict=True)
    ]


@cache
def keras_states(name: str, steps: int) -> list[State]:
    """Keras's weights before the first step and after each, under the names of the port."""
    keras_file, torch_file = parts(name)
    with in_float64(), shared_draws() as begin_step:
        model = keras_file.build()
        found = [laid_out(model, torch_file.Net())]
        for number, batch in enumerate(batches(keras_file, steps)):
            begin_step(number)
            model.train_on_batch(**batch)
            found.append(laid_out(model, torch_file.Net()))
    return found


def port_states(name: str, steps: int, start: State, **changes: Any) -> list[State]:
    """The port's weights after each step, from these weights on."""
    keras_file, torch_file = parts(name)
    port = {**vars(torch_file), **changes}
    found = []
    with in_float64(), shared_draws() as begin_step:
        module = port["Net"]().to(torch.float64)
        module.load_state_dict(start, strict=False)
        train = training(module, port)
        for number, batch in enumerate(batches(keras_file, steps)):
            begin_step(number)
            module.train()
            train(*(to_port(batch[name]) for name in GIVEN if name in batch))
            found.append({key: value.clone() for key, value in module.state_dict().items()})
    return found


def laid_out(keras_model: Any, module: nn.Module) -> State:
    """Keras's weights as this module holds them, without its counters."""
    module.to(torch.float64)
    copy(keras_model, module)
    return {key: v for key, v in module.state_dict().items() if v.is_floating_point()}


def training(module: nn.Module, port: dict[str, Any]) -> Callable[..., None]:
    """One batch of the port's training: its own step, or the one that everybody writes."""
    optimizer = port["optimizer"](module)
    scheduler = port["scheduler"](optimizer) if "scheduler" in port else None

    def train(x: Any, *targets: Any) -> None:
        if "step" in port:
            port["step"](module, (x, *targets), optimizer)
        else:
            optimizer.zero_grad()
            output = module(*x) if isinstance(x, list) else module(x)
            port["loss"](output, *targets).backward()
            optimizer.step()
        if scheduler is not None:
            scheduler.step()

    return train


def batches(keras_file: ModuleType, steps: int) -> Iterator[dict[str, Any]]:
    """In order, epoch after epoch; the last of an epoch is smaller. Weights of classes are kept."""
    data, size = keras_file.data(), keras_file.BATCH_SIZE
    starts = range(0, len(keras.tree.flatten(data["x"])[0]), size)
    for step in range(steps):
        rows = slice(starts[step % len(starts)], starts[step % len(starts)] + size)
        yield {
            name: value
            if name == "class_weight"
            else keras.tree.map_structure(lambda array, rows=rows: array[rows], value)
            for name, value in data.items()
        }


def to_port(value: Any) -> Any:
    """Tensors as PyTorch takes them: channels in front, class numbers in 64 bits."""
    if isinstance(value, dict):
        return {name: to_port(one) for name, one in value.items()}
    if isinstance(value, list):
        return [to_port(one) for one in value]
    tensor = torch.from_numpy(np.array(value))
    return tensor.movedim(-1, 1).contiguous() if tensor.ndim == 4 else tensor


def copy(keras_model: Any, module: nn.Module) -> None:
    """Layer by layer, in the order in which both were made."""
    held = iter(owners(keras_model).values())
    for part in leaves(module):
        if isinstance(part, nn.LSTM):
            lay_lstm(part, next(held))
        elif isinstance(part, nn.GRU):
            for direction in ("", "_reverse")[: 1 + part.bidirectional]:
                lay_gru(part, next(held), direction)
        elif isinstance(part, nn.MultiheadAttention):
            joined = packed([next(held) for _ in range(3)])
            put(part.in_proj_weight, joined["kernel"].T)
            put(part.in_proj_bias, joined["bias"])
        else:
            values = next(held)
            if "pointwise_kernel" in values:  # a separable convolution is two here
                fill(part, {"kernel": values["depthwise_kernel"]})
                held = prepend({"kernel": values["pointwise_kernel"]}, held)
            else:
                fill(part, values)
    assert not [*held], "weights were left"


def prepend(first: Values, others: Iterator[Values]) -> Iterator[Values]:
    yield first
    yield from others


def lay_lstm(part: Any, values: Values) -> None:
    put(part.weight_ih_l0, values["kernel"].T)
    put(part.weight_hh_l0, values["recurrent_kernel"].T)
    put(part.bias_ih_l0, values["bias"])
    nn.init.zeros_(part.bias_hh_l0)


def lay_gru(part: nn.GRU, values: Values, direction: str) -> None:
    """Keras's gates are z, r, h; torch's r, z, n."""

    def turned(value: np.ndarray) -> np.ndarray:
        z, r, h = np.split(value, 3, axis=-1)
        return np.concatenate([r, z, h], axis=-1).T

    put(getattr(part, f"weight_ih_l0{direction}"), turned(values["kernel"]))
    put(getattr(part, f"weight_hh_l0{direction}"), turned(values["recurrent_kernel"]))
    put(getattr(part, f"bias_ih_l0{direction}"), turned(values["bias"][0]))
    put(getattr(part, f"bias_hh_l0{direction}"), turned(values["bias"][1]))


@contextmanager
def in_float64() -> Iterator[None]:
    keras.config.set_floatx(DTYPE)
    keras.config.set_dtype_policy(DTYPE)
    keras.utils.set_random_seed(1)
    torch.manual_seed(1)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


@contextmanager
def shared_draws() -> Iterator[Callable[[int], None]]:
    """Within this, the n-th draw of a step is the same on both sides; it gives what begins one."""
    from keras.src.backend.tensorflow import random as backend

    generator = np.random.default_rng()

    def begin(step: int) -> None:
        nonlocal generator
        generator = np.random.default_rng(step)

    def drawn(shape: Any, channels_first: bool = False) -> np.ndarray:
        shape = tuple(map(int, shape))
        is_moved = channels_first and len(shape) == 4
        values = generator.normal(size=(shape[0], *shape[2:], shape[1]) if is_moved else shape)
        return np.moveaxis(np.asarray(values), -1, 1) if is_moved else np.asarray(values)

    def in_graph(shape: Any) -> Any:
        """Drawn anew whenever the graph runs."""
        return tf.reshape(tf.numpy_function(drawn, [shape], tf.float64), shape)

    def kept(normal: Any, rate: float) -> Any:
        return normal > NormalDist().inv_cdf(rate)

    def keras_dropout(inputs: Any, rate: float, *args: Any, **kwargs: Any) -> Any:
        return tf.where(
            kept(in_graph(tf.shape(inputs)), rate), inputs / (1 - rate), tf.zeros_like(inputs)
        )

    def keras_normal(shape: Any, *args: Any, **kwargs: Any) -> Any:
        return in_graph(shape)

    def torch_dropout(
        x: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> torch.Tensor:
        if not training:
            return x
        keep = kept(torch.from_numpy(np.ascontiguousarray(drawn(x.shape, True))), p)
        return torch.where(keep, x / (1 - p), torch.zeros_like(x))

    def torch_normal(like: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(drawn(like.shape, True))

    replaced = (
        (backend, "dropout", keras_dropout),
        (backend, "normal", keras_normal),
        (F, "dropout", torch_dropout),
        (torch, "randn_like", torch_normal),
    )
    own = [getattr(module, name) for module, name, _ in replaced]
    for module, name, ours in replaced:
        setattr(module, name, ours)
    try:
        yield begin
    finally:
        for (module, name, _), original in zip(replaced, own, strict=True):
            setattr(module, name, original)
