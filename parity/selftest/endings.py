"""How drawn networks end."""

from typing import Any

from parity.selftest.blocks import dense, extra, function, normalisation
from parity.selftest.drawing import Drawing


def classes(d: Drawing) -> None:
    if d.chance(0.3):
        dense(d, d.between(3, 8))
    last = d.pick("softmax", "softmax", "sigmoid", None)
    d.add("dense", units=d.between(3, 5), activation=last)
    if last is None and d.chance(0.5):
        d.add("softmax")


def flat_head(d: Drawing) -> None:
    d.add("flatten")
    if d.chance(0.3):
        d.add("dropout", rate=0.4)
    classes(d)


def pooled_head(d: Drawing) -> None:
    d.add(d.pick("global_avg_pool", "global_max_pool"))
    classes(d)


def map_head(d: Drawing) -> None:
    """The output is an image or a signal; with or without a way through features."""
    rank = d.rank
    if d.chance(0.3):
        units = d.between(4, 8)
        shape = (2, 3, 2)[-rank - 1 :]
        d.add("flatten")
        d.add("dense", units=units, activation=function(d))
        d.add("dense", units=12 if rank == 2 else 6, activation="relu")
        d.add("reshape", shape=shape)
        d.add("upsample", size=(2,) * rank)
    if d.chance(0.15):
        d.add("permute", dims=d.pick((2, 1, 3), (3, 1, 2)) if rank == 2 else (2, 1))
    last = d.pick("sigmoid", "tanh", "softmax", None)
    filters = d.between(2 if last == "softmax" else 1, 3)  # of one class it is always 1
    kernel = (3,) * rank
    d.add(f"conv{rank}d", filters=filters, kernel=kernel, padding="same", activation=last)


def last_recurrent(d: Drawing, kind: str) -> None:
    given: dict[str, Any] = {"units": d.between(3, 6)}
    if kind == "bidirectional":
        given |= {"cell": d.pick("lstm", "gru"), "merge": d.pick("concat", "concat", "sum", "ave")}
    elif kind == "simple_rnn" and d.chance(0.4):
        given["activation"] = "relu"
    if d.chance(0.15):
        given["bias"] = False
    d.add(kind, **given)


def recurrent_head(d: Drawing) -> None:
    for _ in range(d.between(0, 2)):
        kind = d.pick("lstm", "gru", "simple_rnn", "bidirectional")
        given: dict[str, Any] = {"units": d.between(3, 6), "return_sequences": True}
        if kind == "bidirectional":
            given |= {"cell": d.pick("lstm", "gru"), "merge": d.pick("concat", "sum", "mul")}
        elif d.chance(0.15):
            given["go_backwards"] = True
        d.add(kind, **given)
        if d.chance(0.25):
            d.pick(normalisation, extra)(d)
    if d.chance(0.7):
        last_recurrent(d, d.pick("lstm", "gru", "simple_rnn", "bidirectional"))
        if d.chance(0.15):
            d.add("repeat_vector", n=d.between(2, 4))
            d.add("gru", units=d.between(3, 5))
    else:
        pooled_head(d)
        return
    classes(d)


def attention_head(d: Drawing) -> None:
    for _ in range(d.between(1, 2)):
        before, width = d.tip, d.shape[-1]
        heads = d.pick(1, 2)
        fitting = width // heads if width % heads == 0 else 3
        given: dict[str, Any] = {"heads": heads, "key_dim": d.pick(fitting, fitting, 3)}
        if d.chance(0.3):
            given["causal"] = True
        if d.chance(0.15):
            given["value_dim"] = 2
        d.add("mha", d.tip, d.tip, **given)
        d.add("add", before, d.tip)
        d.add("layer_norm", epsilon=d.pick(1e-3, 1e-6))
        if d.chance(0.4):
            middle = d.tip
            d.add("dense", units=d.between(4, 9), activation=d.pick("relu", "gelu"))
            d.add("dense", units=width)
            d.add("add", middle, d.tip)
    d.pick(pooled_head, flat_head)(d)
