"""The forward passes of both models as a page draws them: names and sizes, and no arrays."""

from dataclasses import dataclass

INPUT = -1  # in the place of a row: what the model is given


@dataclass(frozen=True)
class Node:
    """A Keras layer, or a torch module or function."""

    name: str
    kind: str  # "Conv2D"; "relu"
    shape: tuple[int, ...]  # of its output, in its framework's layout, the batch axis included
    where: str = ""  # the line that built or called it, "my/net.py:38"; "" where that is not known
    weights: tuple[str, ...] = ()  # by their names on this side


@dataclass(frozen=True)
class Row:
    """Keras layers and the torch steps that answer them; on one side none, where nothing does.

    keras_from, torch_from: the rows whose results they take, or INPUT.
    """

    keras: tuple[Node, ...]
    torch: tuple[Node, ...]
    keras_from: tuple[int, ...] = ()
    torch_from: tuple[int, ...] = ()


@dataclass(frozen=True)
class Placed:
    """A Keras variable and the torch tensor with the same numbers; "" where there is none."""

    keras: str
    torch: str
    move: str = ""  # "(in, out) -> (out, in)", who placed it, or why it has no place
    keras_shape: tuple[int, ...] = ()
    torch_shape: tuple[int, ...] = ()
    is_missing: bool = False  # has it no place on the other side, though it should?


@dataclass(frozen=True)
class Passes:
    rows: tuple[Row, ...] = ()
    placed: tuple[Placed, ...] = ()
