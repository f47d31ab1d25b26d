"""The states that recurrent layers hand on: how those of both sides stand to each other.

Keras gives each state of each direction by itself, (N, units). torch gives all hidden states in
one, (layers * directions, N, units), and all cells in another, behind the sequence.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from parity.records.comparison import Alignment, Array, Layout, Match, Step, Trace

MODULES = ("LSTM", "GRU", "RNN")
LAYERS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")

# Of the layer behind all others, its directions side by side, as Keras has them.
LAST = Layout(
    "last states",
    lambda x: x[-2:].transpose(1, 0, 2).reshape(x.shape[1], -1),
    lambda x: x.reshape(len(x), 2, -1).transpose(1, 0, 2),
)
LAST_OF_ONE_WAY = Layout("last states", lambda x: x[-1], lambda x: x[None])


def compared(alignment: Alignment, torch: Trace) -> Alignment:
    """The alignment with the hidden states in place of a sequence that the port takes nothing of,
    where Keras gives what they are at its end."""
    taken = {name for step in torch.steps for name in step.inputs} | {*torch.results}
    return replace(
        alignment, matches=tuple(_with_leaf(match, taken) for match in alignment.matches)
    )


def _with_leaf(match: Match, taken: set[str]) -> Match:
    if not match.torch or not _is_pair(match):
        return match
    is_taken = match.torch[-1].name in taken
    return match if is_taken or len(match.keras_steps[-1].shape) != 2 else replace(match, leaf=1)


def layout_of(match: Match) -> Layout:
    """Of the hidden states that are compared."""
    return LAST if match.keras_steps[-1].kind == "Bidirectional" else LAST_OF_ONE_WAY


def parts(match: Match) -> dict[str, tuple[str, ...]]:
    """For each of the port's states the Keras values that it is made of, one for a direction."""
    if not match.torch or not _is_pair(match):
        return {}
    ours, theirs = match.keras_steps[-1], match.torch[-1].name
    count = 2 if match.torch[-1].kind == "LSTM" else 1
    ways = 2 if ours.kind == "Bidirectional" else 1
    return {
        f"{theirs}:{n}": tuple(_named(ours, n + way * count) for way in range(ways))
        for n in range(1, count + 1)
    }


def of_cell(match: Match) -> dict[str, str]:
    """The Keras value that the cell state is which a cell of the port's gives behind the hidden
    one: it stands behind the sequence in Keras."""
    is_cell = match.torch and match.torch[-1].kind == "LSTMCell"
    if not is_cell or match.keras_steps[-1].kind != "LSTM":
        return {}
    return {f"{match.torch[-1].name}:1": f"{match.keras_steps[-1].name}:2"}


def stacked(names: tuple[str, ...], given: Mapping[str, Array], instead: Array) -> Array:
    """The port's state, made of Keras's. Where a segment takes one of several alone, or another,
    this stands in the place of each."""
    has_all = len(names) > 1 and all(name in given for name in names)
    return np.stack([given[name] if has_all else instead for name in names])


def same(layers: Mapping[str, Step], name: str) -> str:
    """A Keras value; the result itself where it is a hidden state that the result is, too."""
    step, _, leaf = name.partition(":")
    return _named(layers[step], int(leaf)) if leaf and step in layers else name


def _named(layer: Step, leaf: int) -> str:
    is_result = leaf == 1 and layer.kind in LAYERS[:-1] and len(layer.shape) == 2
    return layer.name if is_result else f"{layer.name}:{leaf}"


def _is_pair(match: Match) -> bool:
    """Is one recurrent module of one layer the whole answer's end?"""
    module, layer = match.torch[-1], match.keras_steps[-1]
    is_one = int(module.settings.get("num_layers", 1)) == 1
    return module.kind in MODULES and layer.kind in LAYERS and is_one
