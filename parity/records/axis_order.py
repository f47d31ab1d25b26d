"""In which order layers and operations that turn axes take them."""

from collections.abc import Mapping
from typing import Any


def of(config: Mapping[str, Any], rank: int) -> tuple[int, ...]:
    """The axis of the input, of so many, that each axis of the result was.

    config: of a Permute layer; or the attributes of a Transpose, Swapaxes or Moveaxis operation.
    """
    if "dims" in config:  # counted without the batch's, from 1
        return (0, *config["dims"])
    if "axis1" in config:
        found = list(range(rank))
        one, other = config["axis1"] % rank, config["axis2"] % rank
        found[one], found[other] = other, one
        return tuple(found)
    if "source" in config:
        ends = (_each(config[name], rank) for name in ("source", "destination"))
        there = {to: axis for axis, to in zip(*ends, strict=True)}
        left = iter(axis for axis in range(rank) if axis not in there.values())
        return tuple(there[axis] if axis in there else next(left) for axis in range(rank))
    axes = config.get("axes")
    return tuple(reversed(range(rank))) if axes is None else tuple(axis % rank for axis in axes)


def of_torch(settings: Mapping[str, Any], rank: int) -> tuple[int, ...] | None:
    """The same of a call of torch's: `permute` or `transpose`; None of another."""
    if "dims" in settings:
        return tuple(axis % rank for axis in settings["dims"])
    if "dim0" not in settings or "dim1" not in settings:
        return None
    found = list(range(rank))
    one, other = settings["dim0"] % rank, settings["dim1"] % rank
    found[one], found[other] = other, one
    return tuple(found)


def _each(axes: Any, rank: int) -> tuple[int, ...]:
    return tuple(axis % rank for axis in (axes if isinstance(axes, list | tuple) else (axes,)))
