"""Normalisation, dropout and noise, and scaling by constants."""

import math
from dataclasses import replace

from parity.selftest.port import moves
from parity.selftest.port.writer import Value, Writer


def batch_norm(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    dims = max(len(value.shape) - 1, 1)
    momentum = w.node.get("momentum", 0.99)
    given = f"{value.shape[-1]}, "
    if w.node.get("biased"):
        given = f"semantics.BatchNorm{dims}d({given}momentum={momentum}, epsilon={_epsilon(w)})"
    else:
        # torch's momentum is the share of the new batch
        given = f"nn.BatchNorm{dims}d({given}momentum={round(1 - momentum, 10)}, eps={_epsilon(w)})"
    name = w.module(given)
    w.place(f"{name}.running_mean", "moving_mean", move=moves.copy)
    w.place(f"{name}.running_var", "moving_variance", move=moves.copy)
    _affine(w, name)
    code = f"self.{name}({value.code})"
    if w.node.get("train"):
        own = f"self.{name}.weight, self.{name}.bias"
        code = f"F.batch_norm({value.code}, None, None, {own}, training=True, eps={_epsilon(w)})"
    return replace(value, code=w.let(code))


def layer_norm(w: Writer, value: Value) -> Value:
    """Over the last axes of Keras's layout."""
    axes = w.node.get("axes", -1)
    count = 1 if isinstance(axes, int) else len(axes)
    value = w.channels_last(value)
    over = value.shape[-count:]
    sizes = str(over[0]) if count == 1 else str(list(over))
    name = w.module(f"nn.LayerNorm({sizes}, eps={_epsilon(w)})")
    _affine(w, name)
    return w.image(replace(value, code=w.let(f"self.{name}({value.code})")))


def group_norm(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    channels = value.shape[-1]
    groups = w.node.get("groups", 32)
    groups = channels if groups == -1 else groups
    name = w.module(f"nn.GroupNorm({groups}, {channels}, eps={_epsilon(w)})")
    _affine(w, name)
    return replace(value, code=w.let(f"self.{name}({value.code})"))


def _affine(w: Writer, name: str) -> None:
    w.place(f"{name}.weight", "gamma", move=moves.copy)
    w.place(f"{name}.bias", "beta", move=moves.copy)


def _epsilon(w: Writer) -> str:
    return str(w.node.get("epsilon", 1e-3))


def dropout(w: Writer, value: Value) -> Value:
    rate, x = w.node.settings["rate"], value.code
    kind = "dropout"
    if w.node.kind == "spatial_dropout":
        value = w.channels_first(value)
        x, kind = value.code, f"dropout{len(value.shape) - 1}d"
    if w.node.get("active"):
        return replace(value, code=w.let(f"F.{kind}({x}, {rate})"))
    if w.node.get("scaled") is False:
        kept = f"{x} * (torch.rand_like({x}) > {rate})"
        return replace(value, code=w.let(f"{kept} if self.training else {x}"))
    if w.pick(True, False):
        name = w.module(f"nn.{kind.capitalize()}({rate})")
        return replace(value, code=w.let(f"self.{name}({x})"))
    return replace(value, code=w.let(f"F.{kind}({x}, {rate}, self.training)"))


def gaussian_noise(w: Writer, value: Value) -> Value:
    sd, x = w.node.settings["sd"], value.code
    if w.node.get("active"):
        return replace(value, code=w.let(f"{x} + {sd} * torch.randn_like({x})"))
    return replace(value, code=w.let(f"self.{w.module(f'semantics.GaussianNoise({sd})')}({x})"))


def rescaling(w: Writer, value: Value) -> Value:
    scale, offset = w.node.settings["scale"], w.node.get("offset", 0.0)
    code = f"{value.code} * {scale!r}"
    return replace(value, code=w.let(f"{code} + {offset!r}" if offset else code))


def normalization(w: Writer, value: Value) -> Value:
    """Numbers are given by channel."""
    mean, variance = w.node.settings["mean"], w.node.settings["variance"]
    deviation = [math.sqrt(number) for number in variance]
    axis = w.axis(value, -1)
    view = "".join(", -1" if i == axis else ", 1" for i in range(1, len(value.shape) + 1))
    numbers = [f"{value.code}.new_tensor({list(n)}).view(1{view})" for n in (mean, deviation)]
    return replace(value, code=w.let(f"({value.code} - {numbers[0]}) / {numbers[1]}"))
