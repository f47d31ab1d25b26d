"""The rules: which torch call can answer a Keras layer, and where each of its weights goes.

A rule is a function of a `Context`, registered for one class of Keras layer and the torch calls
that answer it:

    @rule("Scale", torch=("Scale",), operation="scale")
    def scale(context):
        return Places((Place("factor", COPY, "factor"),))

A person's own layer is added in the same way, with `parity.rule`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parity.records.comparison import Move

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """One Keras variable, or a part of it, and the torch tensor, or the rows of it, for it.

    Roles are names relative to the layer: "kernel", "query/kernel"; "weight", "weight_ih_l0".
    """

    keras: str
    move: Move
    torch: str
    keras_at: int | None = None  # this entry of Keras's first axis alone
    torch_rows: tuple[int, int] | None = None  # these rows of torch's first axis: start, stop


@dataclass(frozen=True)
class Places:
    """Where all weights of a layer go.

    zero, one: torch tensors that Keras lacks, and that must be zeros or ones to change nothing.
    """

    lines: tuple[Place, ...] = ()
    zero: tuple[str, ...] = ()
    one: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a rule may look at."""

    kind: str  # the Keras layer's class, "GRU"
    config: dict[str, Any]  # its get_config()
    keras: dict[str, Shape]  # role -> shape of each of its variables
    torch_kind: str  # "GRU", or a function's name, "conv2d"
    torch: dict[str, Shape]  # role -> shape of each tensor that the torch call uses
    settings: dict[str, Any] = field(default_factory=dict)  # the torch call's own


Find = Callable[[Context], Places]


@dataclass(frozen=True)
class Rule:
    keras: str
    torch: tuple[str, ...]
    operation: str  # one name for what both compute
    places: Find


RULES: dict[str, list[Rule]] = {}  # by the Keras layer's class


def rule(keras: str, torch: tuple[str, ...], operation: str) -> Callable[[Find], Find]:
    """Register a rule for a class of Keras layer.

    keras: the class's name; torch: names of torch.nn classes, of a person's own classes, or of
    functions; operation: what both compute, in one word, by which steps of both sides are aligned.
    The rule that was registered last wins.
    """

    def register(places: Find) -> Find:
        RULES.setdefault(keras, []).insert(0, Rule(keras, torch, operation, places))
        return places

    return register


def find(keras: str, torch: str) -> Rule | None:
    """The rule for a Keras class that a torch call answers, or None."""
    return next((found for found in RULES.get(keras, ()) if torch in found.torch), None)
