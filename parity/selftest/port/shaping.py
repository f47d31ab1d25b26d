"""Layers that move values and compute nothing: what is read in which order."""

import math
from dataclasses import replace

import numpy as np

from parity.selftest.port.writer import Value, Writer, pad
from parity.selftest.spec import Spec

ELEMENTWISE = ("dropout", "gaussian_noise", "activation", "leaky_relu", "elu", "cast", "rescaling")


def flatten(w: Writer, value: Value) -> Value:
    """In torch's own order where nothing but dense layers, whose rows can follow, will notice."""
    own = feeds_dense(w.spec, w.node.name) and w.pick(True, False)
    order = None
    if value.first and (own or w.node.get("order") == "torch"):
        if own:
            places = np.arange(math.prod(value.shape)).reshape(value.shape)
            order = np.moveaxis(places, -1, 0).ravel()
    else:
        value = w.channels_last(value)
    x = value.code
    ways = (
        f"{x}.flatten(1)",
        f"torch.flatten({x}, 1)",
        f"{x}.reshape({x}.shape[0], -1)",
        "nn.Flatten()",
    )
    way = w.pick(*ways)
    if way.startswith("nn."):
        way = f"self.{w.module(way)}({x})"
    return Value(w.let(way), w.shape, order=order)


def feeds_dense(spec: Spec, name: str) -> bool:
    """Does the output reach dense layers alone, through nothing but elementwise layers?"""
    readers = spec.readers(name)
    return bool(readers) and all(
        reader.kind == "dense"
        or (
            reader.kind in ELEMENTWISE
            and reader.get("function") not in ("softmax", "log_softmax")
            and feeds_dense(spec, reader.name)
        )
        for reader in readers
    )


def reshape(w: Writer, value: Value) -> Value:
    shape = w.shape
    if w.node.get("order") == "torch":  # wrong: the values lie in Keras's order
        turned = (shape[-1], *shape[:-1])
        return Value(w.let(f"{value.code}.reshape(-1, {_listed(turned)})"), shape, len(shape) > 1)
    value = w.channels_last(value)
    way = w.pick("reshape", "view" if len(value.shape) == 1 else "reshape")
    code = w.let(f"{value.code}.{way}(-1, {_listed(shape)})")
    return w.image(Value(code, shape))


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def permute(w: Writer, value: Value) -> Value:
    value = w.channels_last(value)
    axes = (0, *w.node.settings["dims"])
    return w.image(Value(w.let(f"{value.code}.permute{axes}"), w.shape))


def repeat_vector(w: Writer, value: Value) -> Value:
    n = w.node.settings["n"]
    x = value.code
    ways = f"{x}.unsqueeze(1).repeat(1, {n}, 1)", f"{x}[:, None].expand(-1, {n}, -1)"
    return Value(w.let(w.pick(*ways)), w.shape)


def zero_pad(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    amounts = w.node.settings["amounts"]
    numbers = tuple(n for pair in reversed(amounts) for n in pair)
    way = w.pick(pad(value.code, amounts), f"nn.ZeroPad{len(amounts)}d({numbers})")
    if way.startswith("nn."):
        way = f"self.{w.module(way)}({value.code})"
    return Value(w.let(way), w.shape, first=True)


def crop(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    amounts = w.node.settings["amounts"]
    sizes = zip(amounts, w.shape, strict=False)
    slices = ", ".join(f"{before}:{before + n}" for (before, _), n in sizes)
    negative = tuple((-before, -after) for before, after in amounts)
    way = w.pick(f"{value.code}[:, :, {slices}]", pad(value.code, negative))
    return Value(w.let(way), w.shape, first=True)


def flip_channels(w: Writer, value: Value) -> Value:
    return replace(value, code=w.let(f"{value.code}.flip({w.axis(value, -1)})"))


def cast(w: Writer, value: Value) -> Value:
    """To a narrower type and back."""
    x = value.code
    return replace(value, code=w.let(f"{x}.to(torch.{w.node.settings['dtype']}).to({x}.dtype)"))
