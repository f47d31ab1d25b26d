"""Collects the lines of a port, and remembers what each variable of it holds."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from parity.records.comparison import Array
from parity.selftest import shapes
from parity.selftest.shapes import Pads
from parity.selftest.spec import Node, Shape, Spec

T = TypeVar("T")
MoveWeights = Callable[..., Array]  # Keras's arrays -> torch's


@dataclass(frozen=True)
class Value:
    """A variable of the forward pass."""

    code: str
    shape: Shape  # in Keras's layout, without the batch axis
    first: bool = False  # do the channels stand before the other axes?
    order: Array | None = None  # flat: Keras's place of each of torch's features
    mask: str = ""  # the variable with the ids whose zeros are masked


@dataclass(frozen=True)
class Place:
    """A torch tensor and the Keras variables, "layer/role", that it is made from."""

    torch: str
    keras: tuple[str, ...]
    move: MoveWeights = field(repr=False)


@dataclass(frozen=True)
class Port:
    source: str  # of one class, Net
    places: tuple[Place, ...]
    modules: dict[str, str]  # node -> its torch module's name
    inputs: tuple[bool, ...]  # for each: do the channels stand first?
    output: bool


class Writer:
    """One node is written at a time: `node`, whose variable has its name."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.shapes = shapes.infer(spec)
        self.made: list[str] = []  # "self.conv1 = nn.Conv2d(...)"
        self.lines: list[str] = []  # of forward
        self.places: list[Place] = []
        self.modules: dict[str, str] = {}
        self.node: Node = spec.nodes[0]
        self._picks = 0
        naming = self._random("naming").randrange(3) if spec.style else 0
        numbers = {node.name: i for i, node in enumerate(spec.nodes)}
        self._named: Callable[[str], str] = (
            lambda name: name,
            lambda name: f"layer{numbers[name]}",
            lambda name: f"{spec.node(name).kind}{numbers[name]}",
        )[naming]

    def begin(self, node: Node) -> None:
        self.node, self._picks = node, 0

    def pick(self, *options: T) -> T:
        """One of several ways to write the same; the plainest stands first."""
        self._picks += 1
        if not self.spec.style:
            return options[0]
        return self._random(f"{self.node.name} {self._picks}").choice(options)

    def _random(self, what: str) -> random.Random:
        return random.Random(f"{self.spec.style} {what}")

    def module(self, code: str, part: str = "") -> str:
        """Make a module in __init__; its name. part: where a node needs several."""
        name = self._named(self.node.name) + (f"_{part}" if part else "")
        self.made.append(f"self.{name} = {code}")
        self.modules.setdefault(self.node.name, name)
        return name

    def place(self, torch: str, *keras: str, move: MoveWeights) -> None:
        """`torch` is made from these variables of the node."""
        paths = tuple(f"{self.node.name}/{role}" for role in keras)
        self.places.append(Place(torch, paths, move))

    def let(self, code: str, part: str = "") -> str:
        """A line of forward; the variable that it gives a value to."""
        name = self.node.name + (f"_{part}" if part else "")
        self.lines.append(f"{name} = {code}")
        return name

    @property
    def shape(self) -> Shape:
        """Of this node's output."""
        return self.shapes[self.node.name]

    def channels_first(self, value: Value, part: str = "") -> Value:
        stays = value.first or len(value.shape) < 2
        return value if stays else self._turned(value, part, first=True)

    def channels_last(self, value: Value, part: str = "") -> Value:
        return self._turned(value, part, first=False) if value.first else value

    def _turned(self, value: Value, part: str, *, first: bool) -> Value:
        rank = len(value.shape)
        if rank == 2:
            code = self.pick(f"{value.code}.transpose(1, 2)", f"{value.code}.permute(0, 2, 1)")
        else:
            axes = (0, rank, *range(1, rank)) if first else (0, *range(2, rank + 1), 1)
            code = f"{value.code}.permute{axes}"
            if rank == 3:
                moved = "-1, 1" if first else "1, -1"
                code = self.pick(code, f"torch.movedim({value.code}, {moved})")
        return replace(value, code=self.let(code, part), first=first)

    def axis(self, value: Value, keras: int) -> int:
        """torch's axis for Keras's, the batch being axis 0 on both sides."""
        rank = len(value.shape)
        axis = keras if keras >= 0 else rank + 1 + keras
        if not value.first or axis == 0:
            return axis
        return 1 if axis == rank else axis + 1

    def image(self, value: Value) -> Value:
        """Images go on with channels first, whatever a layer needed; sequences stay as they are."""
        return self.channels_first(value) if len(value.shape) >= 3 else value


def short(numbers: tuple[int, ...]) -> str:
    """(2, 2) is written as 2."""
    return str(numbers[0]) if len(set(numbers)) == 1 else str(numbers)


def pad(code: str, wanted: Pads, value: str = "", mode: str = "") -> str:
    """F.pad counts the axes from the last."""
    given = [code, str(tuple(n for pair in reversed(wanted) for n in pair))]
    if mode:
        given.append(f'mode="{mode}"')
    if value:
        given.append(f"value={value}")
    return f"F.pad({', '.join(given)})"
