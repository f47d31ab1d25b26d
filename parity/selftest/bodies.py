"""What is drawn: networks of images, signals, features, sequences, text and attention."""

from parity.selftest.blocks import (
    branches,
    convolution,
    dense,
    extra,
    function,
    merged,
    normalisation,
    pooling,
    residual,
    spatial,
)
from parity.selftest.drawing import Drawing
from parity.selftest.endings import (
    attention_head,
    classes,
    flat_head,
    last_recurrent,
    map_head,
    pooled_head,
    recurrent_head,
)
from parity.selftest.spec import Input

MOST = 14  # nodes
PIECES = (
    *(convolution, convolution, convolution, convolution),
    *(pooling, pooling, pooling, spatial, spatial),
    *(residual, branches, normalisation, extra),
)


def image(d: Drawing) -> None:
    d.take(Input("image", (d.between(6, 12), d.between(5, 11), d.between(1, 4))))
    if d.chance(0.1):
        d.add("rescaling", scale=d.pick(1 / 127.5, 0.5, 2.0), offset=d.pick(-1.0, 0.0))
    if d.chance(0.08):
        count = d.shape[-1]
        numbers = [d.real(0.2, 2) for _ in range(2 * count)]
        d.add("normalization", mean=numbers[:count], variance=numbers[count:])
    _pieces(d)
    d.pick(flat_head, pooled_head, map_head)(d)


def signal(d: Drawing) -> None:
    d.take(Input("signal", (d.between(8, 14), d.between(2, 4))))
    _pieces(d)
    d.pick(flat_head, pooled_head, map_head, recurrent_head)(d)


def _pieces(d: Drawing) -> None:
    for _ in range(d.between(2, 5)):
        d.pick(*PIECES)(d)
        if min(d.shape[:-1]) < 2:
            raise ValueError(f"{d.tip}: on a single pixel many mistakes change nothing")


def features(d: Drawing) -> None:
    first = d.take(Input("features", (d.between(4, 9),)))
    if d.chance(0.2):
        d.add("dense", units=d.between(4, 8), activation=function(d))
        branch = d.tip
        d.take(Input("more", (d.between(3, 6),)))
        d.add("concat", branch, "more")
    for _ in range(d.between(1, 4)):
        before = d.tip
        width = d.shape[-1]
        skips = d.chance(0.3) and before != first
        dense(d, width if skips else d.between(3, 9))
        if d.chance(0.4):
            d.pick(normalisation, extra)(d)
        if skips:
            merged(d, before)
    classes(d)


def sequence(d: Drawing) -> None:
    d.take(Input("sequence", (d.between(4, 8), d.between(2, 5))))
    if d.chance(0.3):
        d.add(d.pick("dense", "time_distributed"), units=d.between(3, 6), activation=function(d))
    recurrent_head(d)


def text(d: Drawing) -> None:
    vocabulary = d.between(6, 20)
    padded = d.chance(0.4)
    d.take(Input("ids", (d.between(4, 8),), vocabulary, padded))
    units = d.between(3, 6)
    given = {"mask_zero": True} if padded else {}
    d.add("embedding", vocabulary=vocabulary, units=units, **given)
    if d.chance(0.3):
        d.add("dropout", rate=0.3)
    if padded:
        last = d.pick("lstm", "gru", "simple_rnn", "bidirectional", "global_avg_pool")
        last_recurrent(d, last) if last != "global_avg_pool" else d.add(last)
        classes(d)
    else:
        d.pick(recurrent_head, pooled_head, attention_head, flat_head)(d)


def attention(d: Drawing) -> None:
    d.take(Input("sequence", (d.between(3, 6), d.pick(4, 6, 8))))
    if d.chance(0.2):
        query = d.tip
        context = d.take(Input("context", (d.between(3, 6), d.pick(d.shape[-1], 5))))
        d.add("mha", query, context, heads=d.pick(1, 2), key_dim=d.pick(2, 3, 4))
    attention_head(d)


BODIES = (image, image, image, image, signal, signal, features, sequence, sequence, text, attention)


def flat(d: Drawing) -> None:
    """The output is an image's values in a row."""
    _image_of(d, d.between(4, 7), d.between(4, 7))
    _same(d)
    _same(d)
    d.add("flatten")


def turned(d: Drawing) -> None:
    """Height and width change places, and are equal."""
    _image_of(d, *[d.between(5, 8)] * 2)
    _same(d)
    d.add("permute", dims=(2, 1, 3))
    _same(d)
    d.pick(flat_head, map_head)(d)


def rows(d: Drawing) -> None:
    """A Dense on an image with as many channels as it has rows and columns."""
    size = d.between(4, 6)
    _image_of(d, size, size)
    _same(d, size)
    d.add("dense", units=size, activation=function(d))
    d.pick(flat_head, pooled_head)(d)


def _image_of(d: Drawing, height: int, width: int) -> None:
    d.take(Input("image", (height, width, d.between(2, 4))))


def _same(d: Drawing, filters: int = 0) -> None:
    filters = filters or d.between(2, 5)
    d.add("conv2d", filters=filters, kernel=(3, 3), padding="same", activation=function(d))


# Where mistakes can be for which the others have no room
FOR_MISTAKES = {
    "flatten order": (flat,),
    "permutation missing": (turned,),
    "dense along the rows": (rows,),
}
