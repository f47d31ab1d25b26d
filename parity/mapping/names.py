"""What a person calls a thing, on either side: the same words for the same thing."""

import re

GENERIC = {"in", "input", "inputs", "layer", "tensor", "x"}  # say nothing of what it is
OF_A_LAYER = {"dense", "linear", "fc", "proj", "projection", "to", "w", "block", "module"}
ALSO = {"query": "q", "wq": "q", "key": "k", "wk": "k", "value": "v", "wv": "v"}
OF_A_TENSOR = ALSO | {
    **{"output": "out", "o": "out", "attention": "attn", "att": "attn", "crossattention": "cross"},
    **{"layernorm": "norm", "ln": "norm", "normalization": "norm", "bn": "norm"},
    **{"batchnorm": "norm", "embedding": "embed", "embeddings": "embed", "emb": "embed"},
    **{"position": "pos", "positions": "pos", "positional": "pos", "token": "word"},
    **{"feedforward": "ff", "ffn": "ff", "ffw": "ff", "mlp": "ff", "enc": "encoder"},
    **{"dec": "decoder", "pre": "input", "relative": "rel", "convolution": "conv"},
}
OF_A_WEIGHT = {"kernel", "weight", "bias"}
IN_A_TENSOR = OF_A_LAYER | {"layer", "layers", "blocks", "model", "projector", "kernel", "weight"}


def words(name: str) -> frozenset[str]:
    """Of an input's or an argument's name: "user" of "user_input" and of "userInput"."""
    return frozenset(_split(name)) - GENERIC


def of_layer(name: str) -> frozenset[str]:
    """Of a layer's name or a module's path, its last part that is no number: "q" of
    "blocks.0.q_proj" and of "query"."""
    parts = [part for part in name.split(".") if not part.isdecimal()]
    found = [word for word in _split(parts[-1] if parts else "") if not word.isdecimal()]
    return frozenset(ALSO.get(word, word) for word in found) - OF_A_LAYER


def of_tensor(name: str, mark: str) -> tuple[frozenset[str], tuple[int, ...], str]:
    """Of a variable's whole name: its words, its numbers, and its form, the name without them.
    mark: what parts the name, "/" or "."."""
    plain = re.sub(r"(?<=[a-z])[123]d(?![a-z])", "", name, flags=re.IGNORECASE)  # of conv2d
    split = [part for piece in plain.split(mark) for part in _split(piece)]
    found = [OF_A_TENSOR.get(word, word) for word in split if not word.isdecimal()]
    numbers = tuple(int(word) for word in split if word.isdecimal())
    form = " ".join("#" if word.isdecimal() else word for word in split)
    return frozenset(found) - IN_A_TENSOR, numbers, form


def _split(name: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())


def own(name: str, mark: str) -> tuple[str, ...]:
    """What a variable itself is called, or the nearest thing around it that is called anything but
    what weights are: ("ff", "1") of "cell/ff1_weight" and of "cell.ff1.weight"."""
    found: tuple[str, ...] = ()
    for part in reversed(name.split(mark)):
        found = (*(word for word in _split(part) if word not in OF_A_WEIGHT), *found)
        if any(not word.isdecimal() for word in found):
            return tuple(ALSO.get(word, word) for word in found)
    return ()
