"""Weights copied by hand: what a pair's truth is known from, without the tool that is checked.

Nothing here is taken from parity.mapping: each pair lists which Keras weights belong to which
module, and `fill` turns them as the two frameworks document their shapes.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

Names = Iterable[tuple[str, str | Callable[[re.Match[str]], str]]]
Values = dict[str, np.ndarray]  # of one Keras layer, by the weight's own name


def owners(keras_model: Any) -> dict[str, Values]:
    """The weights of each Keras layer by its path, in the order of `model.weights`."""
    found: dict[str, Values] = {}
    for weight in keras_model.weights:
        if weight.dtype.startswith("float"):  # not the seeds of generators
            owner, _, name = weight.path.rpartition("/")
            found.setdefault(owner, {})[name] = np.asarray(weight)
    return found


def leaves(module: nn.Module) -> list[nn.Module]:
    """The modules that have parameters of their own, in the order in which they were made."""
    return [part for part in module.modules() if [*part.parameters(recurse=False)]]


def scatter(keras_model: Any, seed: int = 0) -> None:
    """Give every weight a value that tells: no scale of one, no bias of zero."""
    draw = np.random.default_rng(seed)
    for weight in keras_model.weights:
        if not weight.dtype.startswith("float"):
            continue
        noise = draw.normal(size=weight.shape)
        name = weight.path.rpartition("/")[2]
        if "variance" in name:
            weight.assign(np.exp(noise / 4))
        elif name in ("gamma", "scale"):
            weight.assign(1 + noise / 4)
        elif "kernel" in name:
            weight.assign(np.asarray(weight) + noise / 100)
        else:
            weight.assign(np.asarray(weight) + noise / 4)


def fill_by_name(keras_model: Any, module: nn.Module, table: Names) -> None:
    """Each Keras layer into the module whose name its path becomes under these substitutions.

    table: pairs of a regular expression and what stands in its place, applied in order.
    Raises ValueError where a module is left without weights, AttributeError where none is so named.
    """
    filled = set()
    for path, values in owners(keras_model).items():
        part = module.get_submodule(translated(path, table))
        fill(part, values)
        filled.add(part)
    left = [name for name, part in module.named_modules() if part in {*leaves(module)} - filled]
    if left:
        raise ValueError(f"nothing was copied into {', '.join(left)}")


def translated(path: str, table: Names) -> str:
    """The path under these substitutions, applied in order."""
    for pattern, replacement in table:
        path = re.sub(pattern, replacement, path)
    return path


def fill_all(modules: Iterable[nn.Module], values: Iterable[Values]) -> None:
    """In order, one for one. Raises ValueError where there are not as many of both."""
    for module, one in zip(modules, values, strict=True):
        fill(module, one)


def fill(module: nn.Module, values: Values) -> None:
    """Write one Keras layer's weights into the module that does the same.

    Raises ValueError where a shape does not fit, KeyError where a weight is missing.
    """
    names = {
        "gamma": "weight",
        "scale": "weight",
        "embeddings": "weight",
        "position_embeddings": "weight",
        "beta": "bias",
        "bias": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    for name, value in values.items():
        is_kernel = "kernel" in name
        moved = kernel(module, value) if is_kernel else value
        target = getattr(module, "weight" if is_kernel else names[name])
        put(target, moved.reshape(-1) if name == "bias" else moved)


def kernel(module: nn.Module, value: np.ndarray) -> np.ndarray:
    """A Keras kernel, (*space, in, out), as this module holds it."""
    if isinstance(module, nn.Linear):  # heads are folded: (in, heads, size) or (heads, size, out)
        return value.reshape(module.in_features, module.out_features).T
    if getattr(module, "groups", 1) > 1:  # depthwise: (*space, channels, multiplier)
        turned = value.reshape(*value.shape[:-2], -1)
        return np.moveaxis(turned, -1, 0)[:, None]
    return np.moveaxis(value, (-1, -2), (0, 1))  # transposed kernels are (*space, out, in) already


def packed(parts: Iterable[Values]) -> Values:
    """Several Dense layers as one: their outputs one behind the other."""
    kernels, biases = zip(*((part["kernel"], part.get("bias")) for part in parts), strict=True)
    joined = {"kernel": np.concatenate([k.reshape(k.shape[0], -1) for k in kernels], axis=1)}
    if biases[0] is not None:
        joined["bias"] = np.concatenate([bias.reshape(-1) for bias in biases])
    return joined


def put(target: torch.Tensor, value: np.ndarray) -> None:
    """Raises ValueError where the shapes differ: nothing is broadcast."""
    if tuple(target.shape) != value.shape:
        raise ValueError(f"{value.shape} does not fit {tuple(target.shape)}")
    with torch.no_grad():
        target.copy_(torch.from_numpy(np.array(value)))
