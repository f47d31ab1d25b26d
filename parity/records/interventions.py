"""What a diagnosis asks the torch side to do otherwise. Records alone; no framework here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from parity.records.parts import Array


@dataclass(frozen=True)
class Lent:
    """Stands in a change's value for an array of Keras's own, which is another on another draw.

    name       of a variable; or of a value of the pass, as the mask "embedding:1" is
    array      what it is on the draw that is looked at
    is_weight  a variable
    place      the port's tensor in the layout of which it is lent; "" in Keras's own
    """

    name: str
    array: Array = field(repr=False, compare=False)
    is_weight: bool = True
    place: str = ""


@dataclass(frozen=True)
class Taken:
    """Stands in a change's value for a value of the port's own pass: "conv1", "lstm:1", and "" for
    what the model takes.

    dims  the order in which its axes are taken; () as they are
    """

    name: str
    dims: tuple[int, ...] = ()


@dataclass(frozen=True)
class BlockStep:
    """A layer of Keras's among several that are done by the port, too.

    kind         its class; "" where it is an activation alone
    inputs       the names of the steps that it takes from; "" is what the first of them take
    weights      by role, the names under which they are lent
    activation   what its result passes through, by Keras's name, with these settings
    """

    name: str
    kind: str
    config: dict[str, Any]
    inputs: tuple[str, ...]
    weights: dict[str, str]
    activation: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One thing done otherwise when torch steps are played again.

    setting  the module's attribute, or the function's argument, `name` is `value`
    input    the step's input passes through the function `name` of parity/sides/interventions.py
             first; `value` holds its keyword arguments
    output   the same for its output
    weight   the same for its tensor of the role `role`
    call     the whole step is replaced by the function `name`
    source   it takes the value `name`, "conv1" or "lstm:1", in place of the value `value`
    result   where it, a value, is returned, the value `name` is returned instead; with a `value`,
             the path of a place in what is returned, that is what stands there

    A keyword argument may be `Lent`: the function is given its array. In a list, it may be `Taken`:
    the function is given that value, and None stands for the one that it works on.
    """

    step: str  # the torch step's name
    what: Literal["setting", "input", "output", "weight", "call", "source", "result"]
    name: str
    value: Any = None
    role: str = ""


def once(several: Iterable[Sequence[Change]]) -> tuple[Change, ...]:
    """What several layers ask for together: a step that answers more than one of them, as a
    convolution whose result is parted does, is changed once."""
    found: list[Change] = []
    for changes in several:
        found += [change for change in changes if not any(_is_same(change, x) for x in found)]
    return tuple(found)


def _is_same(one: Change, other: Change) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays, which are each layer's own
        return False


WIDE = "in_float32"  # the function of a step that computes in float32 in a port in low precision


@dataclass(frozen=True)
class Ahead:
    """A function of parity/sides/functions.py that the port's loss is given a result of."""

    of: Literal["prediction", "target", "loss"]  # "loss": a class of parity.semantics in its place
    name: str
    settings: dict[str, Any] = field(default_factory=dict)


AS_KERAS = "as Keras"  # a loss with nothing done otherwise


@dataclass(frozen=True)
class LossOtherwise:
    """One thing that a port's loss may do otherwise than Keras's; parity/sides/keras_otherwise.py
    knows them by name.

    output: of which, where there are several; value: the setting that it has then; keras: the one
    that it has in Keras.
    """

    what: str
    output: str = ""
    value: Any = None
    keras: Any = None
