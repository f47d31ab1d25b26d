"""Mistakes in weights that a person moved by hand: they show where a port keeps its own weights."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parity.records.comparison import Array
from parity.selftest import shapes
from parity.selftest.port import write
from parity.selftest.spec import Node, Spec

State = dict[str, Array]  # torch's, by name
# The port's tensors -> those that are other then, or None where the mistake would be none
Change = Callable[[Spec, Node, State], State | None]


@dataclass(frozen=True)
class WeightMistake:
    cause: str  # a key of parity.diagnose.causes.CAUSES
    kinds: tuple[str, ...]
    change: Change


def spoil(spec: Spec, place: str, name: str, state: State) -> State | None:
    """The whole state with the mistake `name` at the node `place`; None where it would be none.

    spec: of the port; state: as `weights.move` gives it.
    """
    mistake, node = WEIGHT_MISTAKES[name], spec.node(place)
    if node.kind not in mistake.kinds:
        return None
    changed = mistake.change(spec, node, state)
    return None if changed is None else state | changed


def _names(spec: Spec, place: str) -> dict[str, str]:
    """The node's tensors: the part of their names behind the module's -> the whole name."""
    port = write(spec)
    module = port.modules[place]
    mine = [p.torch for p in port.places if p.keras[0].startswith(f"{place}/")]
    return {name.removeprefix(f"{module}."): name for name in mine}


def _of_one(change: Change) -> Change:
    """A change of the node's own tensors, by the part of their names behind the module's."""

    def changed(spec: Spec, node: Node, state: State) -> State | None:
        names = _names(spec, node.name)
        found = change(spec, node, {role: state[name] for role, name in names.items()})
        return found and {names[role]: array for role, array in found.items()}

    return changed


@_of_one
def not_transposed(spec: Spec, node: Node, own: State) -> State | None:
    weight = own["weight"]
    return {"weight": weight.T} if weight.shape[0] == weight.shape[-1] else None


@_of_one
def height_for_width(spec: Spec, node: Node, own: State) -> State | None:
    """transpose(3, 2, 1, 0) of Keras's kernel."""
    weight = own["weight"]
    is_square = weight.ndim == 4 and weight.shape[-1] == weight.shape[-2] > 1
    return {"weight": weight.swapaxes(-1, -2)} if is_square else None


@_of_one
def channels_swapped(spec: Spec, node: Node, own: State) -> State | None:
    """Input for output channels."""
    weight = own["weight"]
    is_square = weight.shape[0] == weight.shape[1] > 1
    return {"weight": weight.swapaxes(0, 1)} if is_square else None


@_of_one
def flipped(spec: Spec, node: Node, own: State) -> State | None:
    weight = own["weight"]
    axes = tuple(range(2, weight.ndim))
    return {"weight": np.flip(weight, axes)} if max(weight.shape[2:]) > 1 else None


@_of_one
def multiplier_first(spec: Spec, node: Node, own: State) -> State | None:
    weight, multiplier = own["weight"], node.get("multiplier", 1)
    channels = len(weight) // multiplier
    if min(multiplier, channels) < 2:
        return None
    parted = weight.reshape(channels, multiplier, *weight.shape[1:])
    return {"weight": parted.swapaxes(0, 1).reshape(weight.shape)}


@_of_one
def keras_order(spec: Spec, node: Node, own: State) -> State | None:
    """Features that torch flattened channels first meet rows in Keras's order."""
    before = [given for given in spec.nodes if given.name in node.inputs]
    if not before or before[0].kind != "flatten":
        return None
    shape = shapes.infer(spec)[before[0].inputs[0]]
    if len(shape) < 3 or shape[-1] < 2:
        return None
    places = np.arange(math.prod(shape)).reshape(shape)
    weight = np.empty_like(own["weight"])
    weight[:, np.moveaxis(places, -1, 0).ravel()] = own["weight"]
    return {"weight": weight}


@_of_one
def gates_swapped(spec: Spec, node: Node, own: State) -> State | None:
    """The first two gates; a GRU's then stand in Keras's order."""

    def swapped(weight: Array) -> Array:
        gates = np.split(weight, 4 if node.kind == "lstm" else 3)
        return np.concatenate([gates[1], gates[0], *gates[2:]])

    return {role: swapped(weight) for role, weight in own.items()}


@_of_one
def bias_doubled(spec: Spec, node: Node, own: State) -> State | None:
    return {"bias_hh_l0": own["bias_ih_l0"]} if "bias_ih_l0" in own else None


@_of_one
def not_loaded(spec: Spec, node: Node, own: State) -> State | None:
    generator = np.random.default_rng(0)
    return {role: generator.uniform(-0.5, 0.5, array.shape) for role, array in own.items()}


@_of_one
def no_statistics(spec: Spec, node: Node, own: State) -> State | None:
    shape = own["running_mean"].shape
    return {"running_mean": np.zeros(shape), "running_var": np.ones(shape)}


@_of_one
def key_for_value(spec: Spec, node: Node, own: State) -> State | None:
    """In the packed projection of nn.MultiheadAttention: query, value, key."""
    if "in_proj_weight" not in own:
        return None

    def swapped(packed: Array) -> Array:
        query, key, value = np.split(packed, 3)
        return np.concatenate([query, value, key])

    return {role: swapped(array) for role, array in own.items() if role.startswith("in_proj")}


def exchanged(spec: Spec, node: Node, state: State) -> State | None:
    other = _twin(spec, node)
    if other is None:
        return None
    ours, theirs = _names(spec, node.name), _names(spec, other.name)
    swapped = {name: state[theirs[role]] for role, name in ours.items()}
    return swapped | {theirs[role]: state[name] for role, name in ours.items()}


def _twin(spec: Spec, node: Node) -> Node | None:
    """The next node with weights of the same shapes."""
    found = shapes.infer(spec)
    behind = spec.nodes[spec.nodes.index(node) + 1 :]
    same = ("kind", "kernel", "groups", "multiplier", "bias")

    def sizes(one: Node) -> tuple[object, ...]:
        settings = tuple(one.get(name) for name in same[1:])
        return (one.kind, settings, found[one.inputs[0]][-1], found[one.name][-1])

    return next((other for other in behind if sizes(other) == sizes(node)), None)


CONVOLUTIONS = ("conv1d", "conv2d", "depthwise", "conv_transpose")
WEIGHT_MISTAKES: dict[str, WeightMistake] = {
    "kernel not transposed": WeightMistake("dense-kernel-transpose", ("dense",), not_transposed),
    "height for width": WeightMistake(
        "conv-kernel-layout", ("conv2d", "conv_transpose"), height_for_width
    ),
    "channels swapped": WeightMistake(
        "conv-channels", ("conv1d", "conv2d", "conv_transpose"), channels_swapped
    ),
    "kernel flipped": WeightMistake("conv-kernel-flip", CONVOLUTIONS, flipped),
    "multiplier first": WeightMistake("depthwise-layout", ("depthwise",), multiplier_first),
    "flattened in Keras's order": WeightMistake("flatten-order", ("dense",), keras_order),
    "gates in another order": WeightMistake("gate-order", ("gru", "lstm"), gates_swapped),
    "bias doubled": WeightMistake("bias-doubled", ("lstm", "simple_rnn"), bias_doubled),
    "not loaded": WeightMistake(
        "weights-not-loaded",
        ("dense", "conv1d", "conv2d", "embedding", "layer_norm", "lstm"),
        not_loaded,
    ),
    "statistics not loaded": WeightMistake("weights-not-loaded", ("batch_norm",), no_statistics),
    "key for value": WeightMistake("mha-order", ("mha",), key_for_value),
    "layers exchanged": WeightMistake("layers-exchanged", ("dense", "conv1d", "conv2d"), exchanged),
}
