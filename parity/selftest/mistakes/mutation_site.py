"""Where a mistake may befall a port, and what a mistake is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.selftest.spec import Node, Shape, Spec


@dataclass(frozen=True)
class MutationSite:
    spec: Spec
    shapes: dict[str, Shape]
    node: Node
    generator: np.random.Generator

    @property
    def shape(self) -> Shape:
        """Of the node's first input."""
        return self.shapes[self.node.inputs[0]]

    def but(self, **settings: Any) -> Spec:
        return self.spec.having(self.node.but(**settings))

    def before(self, kind: str, **settings: Any) -> Spec | None:
        """A new node between the model's input and all that reads it."""
        return self.after(self.node.inputs[0], kind, **settings) if self.reads_input else None

    def after(self, name: str, kind: str, **settings: Any) -> Spec:
        return self.spec.with_after(name, Node(f"{name}_{kind}", kind, (name,), settings))

    @property
    def reads_input(self) -> bool:
        """Is this the only node that takes a model's input of real numbers?"""
        if len(self.node.inputs) > 1:
            return False
        real = {given.name for given in self.spec.inputs if not given.vocabulary}
        (name,) = self.node.inputs
        return name in real and len(self.spec.readers(name)) == 1


Change = Callable[[MutationSite], Spec | None]
Layers = Callable[[MutationSite], tuple[str, ...]]


def itself(site: MutationSite) -> tuple[str, ...]:
    return (site.node.name,)


def or_reader(site: MutationSite) -> tuple[str, ...]:
    """What stands between two layers may be said of either."""
    return (site.node.name, *(reader.name for reader in site.spec.readers(site.node.name)))


@dataclass(frozen=True)
class Mistake:
    """`change` gives the port's Spec, or None where the mistake would be none."""

    cause: str  # a key of parity.diagnose.causes.CAUSES
    kinds: tuple[str, ...]  # of nodes; none: any
    change: Change
    layers: Layers = itself  # the Keras layers that may be named; the best name stands first
