"""The pieces that networks are drawn from."""

from typing import Any

from parity.selftest.drawing import Drawing

SMOOTH = ("sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "silu", "gelu", "mish")
BENT = ("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_silu")
RARE = ("exponential", "gelu_tanh", "linear")


def function(d: Drawing) -> str | None:
    if d.chance(0.1):
        return d.pick(None, *RARE)
    return d.pick("relu", "relu", *SMOOTH, *BENT)


def sizes(d: Drawing, low: int, high: int) -> tuple[int, ...]:
    if d.chance(0.5):
        return (d.between(low, high),) * d.rank
    return tuple(d.between(low, high) for _ in range(d.rank))


def convolution(d: Drawing) -> None:
    rank = d.rank
    plain = f"conv{rank}d"
    kind = d.pick(plain, plain, plain, "depthwise", "separable") if rank == 2 else plain
    given: dict[str, Any] = {"kernel": sizes(d, 1, 4), "padding": d.pick("same", "same", "valid")}
    if min(d.shape[:-1]) < 5:
        given["padding"] = "same"
    elif d.chance(0.35):  # Keras strides depthwise kernels alike along both axes
        given["strides"] = sizes(d, 1, 3) if kind == plain else (2,) * rank
    if kind == plain and rank == 1 and d.chance(0.3):
        given["padding"] = "causal"
    if "strides" not in given and d.chance(0.2):
        given["dilation"] = (2,) * rank
    if kind != "depthwise":
        given["filters"] = d.between(2, 6)
    if kind != plain and d.chance(0.4):
        given["multiplier"] = 2
    if kind == plain and d.shape[-1] % 2 == 0 and d.chance(0.15):
        given |= {"groups": 2, "filters": d.pick(2, 4, 6)}
    if d.chance(0.15):
        given["bias"] = False
    d.add(kind, **given, activation=function(d) if d.chance(0.7) else None)


def pooling(d: Drawing) -> None:
    small = min(d.shape[:-1]) < 4
    given: dict[str, Any] = {"size": sizes(d, 2, 3), "padding": d.pick("same", "valid")}
    if small:
        given |= {"size": (2,) * d.rank, "padding": "same"}
    if d.chance(0.4):
        given["strides"] = sizes(d, 1, 3)
    d.add(d.pick("max_pool", "max_pool", "avg_pool"), **given)


def spatial(d: Drawing) -> None:
    rank, large = d.rank, max(d.shape[:-1]) > 8
    kind = d.pick("zero_pad", "crop", "conv_transpose", "upsample", "resize")
    if kind in ("zero_pad", "crop"):
        most = 2 if kind == "zero_pad" else (min(d.shape[:-1]) - 2) // 2
        amounts = tuple((d.between(0, most), d.between(0, most)) for _ in range(rank))
        d.add(kind, amounts=amounts)
    elif kind == "conv_transpose" and not large:
        strides = sizes(d, 1, 2)
        kernel = tuple(s + d.between(0, 2) for s in strides)
        padding = d.pick("same", "valid")
        d.add(
            kind,
            filters=d.between(2, 5),
            kernel=kernel,
            strides=strides,
            padding=padding,
            activation=function(d) if d.chance(0.5) else None,
        )
    elif kind == "upsample" and not large:
        smooth = {"interpolation": "bilinear"} if rank == 2 and d.chance(0.4) else {}
        d.add(kind, size=sizes(d, 1, 2), **smooth)
    elif kind == "resize" and rank == 2:
        size = (d.between(4, 10), d.between(4, 10))
        d.add(kind, size=size, interpolation=d.pick("nearest", "bilinear"))
    else:
        convolution(d)


def residual(d: Drawing) -> None:
    before, channels = d.tip, d.shape[-1]
    for _ in range(d.between(1, 2)):
        d.add(
            f"conv{d.rank}d",
            filters=channels,
            kernel=sizes(d, 1, 3),
            padding="same",
            activation=function(d) if d.chance(0.6) else None,
        )
    if d.chance(0.3):
        normalisation(d)
    if d.rank == 2 and d.chance(0.2):  # squeeze and excite
        whole = d.tip
        d.add("global_avg_pool", keepdims=True)
        d.add("dense", units=channels, activation="sigmoid")
        d.add("multiply", whole, d.tip)
    merged(d, before)


def merged(d: Drawing, before: str) -> None:
    kind = d.pick("add", "add", "add", "multiply", "subtract", "average", "maximum")
    d.add(kind, *d.pick((d.tip, before), (before, d.tip)))
    if d.chance(0.3):
        d.add("activation", function=d.pick("relu", "tanh", "silu"))


def branches(d: Drawing) -> None:
    before, ends = d.tip, []
    for _ in range(2):
        d.tip = before
        d.add(
            f"conv{d.rank}d",
            filters=d.between(2, 4),
            kernel=sizes(d, 1, 3),
            padding="same",
            activation=function(d),
        )
        ends.append(d.tip)
    d.add("concat", *ends)


def normalisation(d: Drawing) -> None:
    channels = d.shape[-1]
    kind = d.pick("batch_norm", "batch_norm", "layer_norm", "group_norm")
    if channels == 1:  # which the others would make constant
        kind = "batch_norm"
    given: dict[str, Any] = {"epsilon": d.pick(1e-3, 1e-3, 1e-5, 0.01)}
    if kind == "batch_norm":
        given["momentum"] = d.pick(0.99, 0.9)
    if kind == "group_norm":
        most = channels if d.rank else channels - 1  # a group of one number says nothing
        given["groups"] = d.pick(
            *(n for n in (1, 2, 3, channels) if channels % n == 0 and n <= most)
        )
    d.add(kind, **given)
    if d.chance(0.4):
        d.add("activation", function=function(d) or "relu")


def extra(d: Drawing) -> None:
    kind = d.pick(
        "activation", "leaky_relu", "elu", "prelu", "dropout", "gaussian_noise", "spatial"
    )
    if kind == "activation":
        d.add(kind, function=d.pick(*SMOOTH, *BENT))
    elif kind == "leaky_relu":
        d.add(kind, slope=d.pick(0.3, 0.1, 0.01))
    elif kind == "elu":
        d.add(kind, alpha=d.pick(0.5, 1.0, 1.5))
    elif kind == "prelu":
        shared = tuple(range(1, d.rank + 1))
        d.add(kind, **({"shared": shared} if shared else {}))
    elif kind == "dropout" or d.rank == 0:
        d.add("dropout", rate=d.pick(0.2, 0.5))
    elif kind == "gaussian_noise":
        d.add(kind, sd=d.pick(0.1, 0.5))
    else:
        d.add("spatial_dropout", rate=0.3)


def dense(d: Drawing, units: int) -> None:
    given = {"bias": False} if d.chance(0.15) else {}
    d.add("dense", units=units, activation=function(d) if d.chance(0.75) else None, **given)
