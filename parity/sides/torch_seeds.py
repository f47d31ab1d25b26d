"""torch's generators, lent for a while."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn


@contextlib.contextmanager
def drawing(seed: tuple[int, int], devices: tuple[int, ...] = ()) -> Iterator[None]:
    """Draw by this seed; the generators are afterwards where they were. devices: of CUDA."""
    number = (seed[0] << 20) + seed[1]
    with torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(number)
        for device in devices:
            torch.cuda.default_generators[device].manual_seed(number)
        yield


def devices(module: nn.Module) -> tuple[int, ...]:
    """The CUDA devices that a module lies on."""
    tensors = (*module.parameters(), *module.buffers())
    found = {x.device.index or 0 for x in tensors if x.device.type == "cuda"}
    return tuple(sorted(found))
