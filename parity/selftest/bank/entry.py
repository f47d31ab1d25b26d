"""One entry of the bank: a model, a port with one mistake, and what must be found."""

from dataclasses import dataclass
from typing import Any, Literal

from parity.diagnose.causes import CAUSES
from parity.selftest.mistakes import MISTAKES, TRAINING_MISTAKES
from parity.selftest.plant import befall, site_at
from parity.selftest.spec import Input, Node, Spec
from parity.selftest.weight_mistakes import WEIGHT_MISTAKES

Gate = Literal["structure", "weights", "forward", "training"]


@dataclass(frozen=True)
class Entry:
    id: str
    row: str  # of the catalogue of differences; "" for a plain slip
    spec: Spec
    torch_spec: Spec
    gate: Gate  # the first that must not pass
    layer: str  # the Keras layer that must be named
    cause: str  # a key of CAUSES
    also: tuple[str, ...] = ()  # layers that may be named instead
    weights: str = ""  # a key of WEIGHT_MISTAKES, at `layer`, in the port's own weights


def layer(name: str, kind: str, *inputs: str, **settings: Any) -> Node:
    """inputs: none for the layer before."""
    return Node(name, kind, inputs, settings)


def model(*layers: Node, shape: tuple[int, ...] = (7, 6, 3), ids: int = 0) -> Spec:
    """A chain, where layers name no inputs. ids: the size of a vocabulary."""
    given = Input("ids" if ids else "x", shape, ids, padded=bool(ids))
    return joined((given,), *layers)


def joined(inputs: tuple[Input, ...], *layers: Node) -> Spec:
    nodes: list[Node] = []
    for each in layers:
        before = nodes[-1].name if nodes else inputs[0].name
        nodes.append(Node(each.name, each.kind, each.inputs or (before,), each.settings))
    return Spec("model", inputs, tuple(nodes))


def planted(name: str, spec: Spec, place: str, mistake: str, gate: Gate = "forward") -> Entry:
    """`mistake`, of MISTAKES, at the layer `place`."""
    found = MISTAKES[mistake]
    return _planted(name, spec, place, mistake, gate, found.cause)


def trained(name: str, spec: Spec, place: str, mistake: str) -> Entry:
    """`mistake`, of TRAINING_MISTAKES."""
    return _planted(name, spec, place, mistake, "training", TRAINING_MISTAKES[mistake].cause)


def _planted(name: str, spec: Spec, place: str, mistake: str, gate: Gate, cause: str) -> Entry:
    known = MISTAKES | TRAINING_MISTAKES
    port = befall(spec, place, known[mistake])
    assert port is not None, f"{name}: `{mistake}` cannot happen at {place}"
    layers = known[mistake].layers(site_at(spec, place))
    return Entry(name, CAUSES[cause].entry, spec, port, gate, layers[0], cause, layers[1:])


def weighed(name: str, spec: Spec, place: str, mistake: str) -> Entry:
    """`mistake`, of WEIGHT_MISTAKES."""
    cause = WEIGHT_MISTAKES[mistake].cause
    return Entry(name, CAUSES[cause].entry, spec, spec, "weights", place, cause, weights=mistake)


def written(
    name: str, spec: Spec, port: Spec, place: str, cause: str, gate: Gate = "forward"
) -> Entry:
    """A port that was written otherwise."""
    return Entry(name, CAUSES[cause].entry, spec, port, gate, place, cause)
