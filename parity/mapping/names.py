"""What a person calls a thing, on either side: the same words for the same thing."""

import re

GENERIC = {"in", "input", "inputs", "layer", "tensor", "x"}  # say nothing of what it is
OF_A_LAYER = {"dense", "linear", "fc", "proj", "projection", "to", "w", "block", "module"}
ALSO = {"query": "q", "wq": "q", "key": "k", "wk": "k", "value": "v", "wv": "v"}


def words(name: str) -> frozenset[str]:
    """Of an input's or an argument's name: "user" of "user_input" and of "userInput"."""
    return frozenset(_split(name)) - GENERIC


def of_layer(name: str) -> frozenset[str]:
    """Of a layer's name or a module's path, its last part that is no number: "q" of
    "blocks.0.q_proj" and of "query"."""
    parts = [part for part in name.split(".") if not part.isdecimal()]
    found = [word for word in _split(parts[-1] if parts else "") if not word.isdecimal()]
    return frozenset(ALSO.get(word, word) for word in found) - OF_A_LAYER


def _split(name: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())
