"""A small architecture as a graph, in Keras's terms. Both twins are built from it.

A torch twin may be given another Spec than the Keras twin: that is how a mistake is planted. Then
nodes may also have a few settings and kinds that Keras has not; `port` describes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity.records.comparison import Array

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Input:
    name: str
    shape: Shape  # Keras's layout, without the batch axis
    vocabulary: int = 0  # integer ids in [0, vocabulary); 0: real numbers
    padded: bool = False  # ids end in zeros, a different number in each sample


@dataclass(frozen=True)
class Node:
    """One Keras layer.

    conv1d conv2d            filters kernel strides padding dilation groups bias activation
    depthwise                multiplier kernel strides padding dilation bias activation
    separable                filters multiplier kernel strides padding dilation bias activation
    conv_transpose           filters kernel strides padding bias activation
    dense, time_distributed  units bias activation
    max_pool avg_pool        size strides padding
    global_avg_pool global_max_pool   keepdims
    batch_norm               momentum epsilon
    layer_norm               epsilon axes (Keras's `axis`)
    group_norm               groups epsilon
    activation               function
    leaky_relu               slope
    prelu                    shared (Keras's `shared_axes`)
    elu                      alpha
    softmax                  axis
    flatten, reshape (shape), permute (dims), repeat_vector (n)
    upsample                 size interpolation
    resize                   size interpolation
    zero_pad, crop           amounts: (before, after) of each axis
    add multiply subtract average maximum minimum, concat (axis)
    lstm gru simple_rnn      units return_sequences go_backwards activation recurrent_activation
                             bias reset_after dropout
    bidirectional            the same, and cell, merge
    embedding                vocabulary units mask_zero
    mha                      heads key_dim value_dim bias causal; inputs: query, value and key
    dropout spatial_dropout  rate
    gaussian_noise           sd
    rescaling                scale offset
    normalization            mean variance

    What is left out has Keras's default.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def get(self, setting: str, default: Any = None) -> Any:
        return self.settings.get(setting, default)

    def but(self, **settings: Any) -> "Node":
        """The same node with other settings."""
        return replace(self, settings={**self.settings, **settings})


@dataclass(frozen=True)
class Spec:
    """Nodes in an order in which they can be computed; the last one is the output."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    style: int = 0  # how the port is written; 0 is the plainest way

    @property
    def output(self) -> Node:
        return self.nodes[-1]

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def readers(self, name: str) -> tuple[Node, ...]:
        """The nodes that take the output of `name`."""
        return tuple(node for node in self.nodes if name in node.inputs)

    def of(self, *kinds: str) -> Iterator[Node]:
        return (node for node in self.nodes if node.kind in kinds)

    def having(self, new: Node) -> "Spec":
        """With `new` in place of the node of its name."""
        return replace(self, nodes=tuple(new if n.name == new.name else n for n in self.nodes))

    def reading(self, before: str, after: str, *among: str) -> "Spec":
        """Nodes that took `before` take `after`; `among`: these alone."""

        def changed(node: Node) -> Node:
            if node.name == after or (among and node.name not in among):
                return node
            names = tuple(after if name == before else name for name in node.inputs)
            return replace(node, inputs=names)

        return replace(self, nodes=tuple(changed(node) for node in self.nodes))

    def without(self, name: str) -> "Spec":
        """Without a node: who took its output takes its first input."""
        kept = tuple(node for node in self.nodes if node.name != name)
        return replace(self, nodes=kept).reading(name, self.node(name).inputs[0])

    def with_after(self, name: str, new: Node) -> "Spec":
        """With `new`, which takes the output of `name`, for everyone who took that."""
        place = next((i + 1 for i, node in enumerate(self.nodes) if node.name == name), 0)
        nodes = (*self.nodes[:place], new, *self.nodes[place:])
        return replace(self, nodes=nodes).reading(name, new.name)

    def reversed_pair(self, first: str, second: str) -> "Spec":
        """Two neighbours in a chain change places, and keep their names."""
        one, two = self.node(first), self.node(second)
        swapped = {first: replace(two, inputs=one.inputs), second: replace(one, inputs=(two.name,))}
        spec = replace(self, nodes=tuple(swapped.get(node.name, node) for node in self.nodes))
        readers = [node.name for node in self.readers(second)]
        return spec.reading(second, first, *readers) if readers else spec


def examples(spec: Spec, seed: int = 0, batch: int = 4) -> tuple[Array, ...]:
    """What a model may be shown: one array for each input, (batch, *shape)."""
    generator = np.random.default_rng(seed)

    def draw(wanted: Input) -> Array:
        if not wanted.vocabulary:
            return generator.standard_normal((batch, *wanted.shape))
        ids = generator.integers(1, wanted.vocabulary, (batch, *wanted.shape))
        if wanted.padded:
            length = wanted.shape[0]
            kept = generator.integers(1, length, (batch, 1))
            ids = np.where(np.arange(length) < kept, ids, 0)
        return ids.astype(np.int32)

    return tuple(draw(wanted) for wanted in spec.inputs)
