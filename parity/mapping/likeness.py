"""How well a torch operation answers one of Keras's: by what both compute, their weights, shapes
and names."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from parity.mapping.rules import registry
from parity.mapping.rules.operations import ACTIVATIONS, ALSO, KERAS, TORCH
from parity.records import axis_order
from parity.records.comparison import Step

# An operation may be answered by another of its family: a wrong one, which values then tell.
FAMILIES = (
    {*ACTIVATIONS.values(), "clip"},
    {"max_pool", "avg_pool"},
    {"global_avg_pool", "global_max_pool", "sum"},
    {"batch_norm", "layer_norm", "group_norm", "rms_norm", "unit_norm", "instance_norm"},
    {"add", "subtract", "multiply", "divide", "average", "maximum", "minimum", "concatenate"},
    {"simple_rnn", "lstm", "gru"},
    {"conv", "conv_transpose"},
    {"pad", "crop"},
    {"dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"},
)
MERGES = FAMILIES[4]
# A port may write attention out. It is found by its last projection, which follows the core.
COMPOSED = {"multi_head_attention"}
ATTENTION, IDENTITY, PERMUTE = "attention", "identity", "permute"
CORES = {ATTENTION, "softmax"}
# Whose kernel is one tensor on both sides.
COUNTED = {"dense", "conv", "conv_transpose", "embedding"}
FUSING = ("dense", "conv", "conv_transpose")  # whose `activation` is applied to the output
EQUAL, EQUIVALENT, FAMILY = 100, 70, 40
EQUAL_WEIGHTS, NO_WEIGHTS, OTHER_WEIGHTS = 30, -30, -70
EQUAL_NAME, LIKE_NAME = 8, 4
EQUAL_SHAPE, SAME_AXES, OTHER_ARITY = 6, 1, -35
AFTER_CORE = 20
RESHAPED, OTHER_SIZE = {"expand_dims", "squeeze"}, -35  # whose elements stay as many


@dataclass(frozen=True)
class Operation:
    names: frozenset[str]  # what it computes; a torch call may be part of several operations
    step: Step
    part: str = ""  # of a Keras layer: its fused activation; of a torch step: where it stands
    is_inside: bool = False  # of attention, which the port may do in one

    @cached_property
    def weights(self) -> int:
        """How many numbers its weights hold."""
        shapes = (v.shape for v in self.step.variables if v.kind == "weight")
        return sum(int(np.prod(shape, dtype=int)) for shape in shapes)

    @cached_property
    def kernels(self) -> set[int]:
        """How many numbers each of its weights but the vectors holds."""
        shapes = (v.shape for v in self.step.variables if v.kind == "weight")
        return {int(np.prod(shape, dtype=int)) for shape in shapes if len(shape) > 1}

    @cached_property
    def size(self) -> int:
        """How many elements its result has."""
        return int(np.prod(self.step.shape, dtype=int))

    @cached_property
    def sizes(self) -> list[int]:
        """Of its result's axes, in whatever order they stand."""
        return sorted(self.step.shape)


def keras_operations(step: Step) -> frozenset[str]:
    """What a Keras layer computes, in a word, or in the words of all its rules; its class where
    that is not known."""
    if step.kind == "Activation":
        return frozenset({ACTIVATIONS.get(step.activation or "linear", step.activation)})
    found = registry.RULES.get(step.kind, ())
    return frozenset(rule.operation for rule in found) or frozenset(
        {KERAS.get(step.kind, step.kind)}
    )


def torch_operations(kind: str) -> frozenset[str]:
    """All that a torch call of this kind may compute a part of."""
    found = {
        rule.operation for rules in registry.RULES.values() for rule in rules if kind in rule.torch
    }
    return frozenset(found | {TORCH.get(kind, kind)})


def are_equal(keras: Step, torch: Step) -> bool:
    return kinship(keras_operations(keras), torch_operations(torch.kind)) == EQUAL


def score(ours: Operation, theirs: Operation) -> int:
    """0 and less where theirs is no answer to ours."""
    found = kinship(ours.names, theirs.names)
    if not found or (ours.is_inside and IDENTITY in theirs.names):
        return 0
    if not ours.part:
        found += of_weights(ours, theirs) + _naming(ours.step, theirs.step)
    if ours.names & MERGES and len(ours.step.inputs) != len(theirs.step.inputs):
        found += OTHER_ARITY
    if ours.names & RESHAPED and not ours.names & theirs.names and ours.size != theirs.size:
        found += OTHER_SIZE
    if ours.names & COMPOSED and theirs.part:
        found += AFTER_CORE
    if ours.step.shape == theirs.step.shape:  # of two turns of the same axes, the one turned so
        found += SAME_AXES
    if _turn_alike(ours, theirs):
        found += SAME_AXES
    return found + (EQUAL_SHAPE if ours.sizes == theirs.sizes else 0)


def _turn_alike(ours: Operation, theirs: Operation) -> bool:
    """Do both turn axes, and in the same order?"""
    if PERMUTE not in ours.names & theirs.names:
        return False
    rank = len(theirs.step.shape)
    order = axis_order.of_torch(theirs.step.settings, rank)
    is_alike = order is not None and len(ours.step.shape) == rank
    return is_alike and axis_order.of(ours.step.settings, rank) == order


@cache
def kinship(ours: frozenset[str], theirs: frozenset[str]) -> int:
    """How near two operations are; 0 for strangers."""
    also = {name for operation in ours for name in ALSO.get(operation, ())}
    if ours & theirs:
        return EQUAL
    if IDENTITY in theirs:  # a place left empty: what Keras does there may be done in front of it
        return 0
    if theirs & also:
        return EQUIVALENT
    return FAMILY if any(ours & family and theirs & family for family in FAMILIES) else 0


def of_weights(ours: Operation, theirs: Operation) -> int:
    """Equal numbers of weights speak for two steps, kernels of other sizes against them; a step
    with none is no answer to one with."""
    if ours.weights == theirs.weights:
        return EQUAL_WEIGHTS if ours.weights else 0
    if not ours.weights or not theirs.weights:
        return NO_WEIGHTS
    are_counted = ours.names & theirs.names & COUNTED
    return OTHER_WEIGHTS if are_counted and not ours.kernels & theirs.kernels else 0


def _naming(ours: Step, theirs: Step) -> int:
    last = theirs.path.rpartition(".")[2]
    if ours.name in (last, theirs.path, theirs.path.replace(".", "_")):
        return EQUAL_NAME
    return LIKE_NAME if last and not last.isdecimal() and last in ours.name else 0
