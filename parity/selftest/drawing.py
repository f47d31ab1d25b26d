"""A graph that grows node by node, from a random generator."""

from typing import Any, TypeVar

import numpy as np

from parity.selftest.shapes import shape_of
from parity.selftest.spec import Input, Node, Shape

T = TypeVar("T")


class Drawing:
    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.inputs: list[Input] = []
        self.nodes: list[Node] = []
        self.shapes: dict[str, Shape] = {}
        self.tip = ""  # what the next node takes

    def take(self, wanted: Input) -> str:
        self.inputs.append(wanted)
        self.shapes[wanted.name] = wanted.shape
        self.tip = wanted.name
        return wanted.name

    def add(self, kind: str, *inputs: str, **settings: Any) -> str:
        """Raises ValueError where the node does not fit."""
        count = 1 + sum(node.kind == kind for node in self.nodes)
        node = Node(f"{kind}_{count}", kind, inputs or (self.tip,), settings)
        self.shapes[node.name] = shape_of(node, [self.shapes[name] for name in node.inputs])
        self.nodes.append(node)
        self.tip = node.name
        return node.name

    @property
    def shape(self) -> Shape:
        return self.shapes[self.tip]

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.shape) - 1

    def pick(self, *options: T) -> T:
        return options[self.generator.integers(len(options))]

    def between(self, low: int, high: int) -> int:
        return int(self.generator.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        return bool(self.generator.random() < share)

    def real(self, low: float, high: float) -> float:
        return round(float(self.generator.uniform(low, high)), 3)
