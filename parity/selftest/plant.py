"""Plant mistakes in the port of a drawn architecture."""

from dataclasses import dataclass

import numpy as np

from parity.diagnose.causes import CAUSES
from parity.selftest import shapes
from parity.selftest.mistakes import MISTAKES, Mistake, MutationSite
from parity.selftest.spec import Spec

WEIGHTLESS = (  # they take any number of channels
    *("activation", "leaky_relu", "elu", "softmax", "dropout", "spatial_dropout", "gaussian_noise"),
    *("max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "upsample", "resize"),
    *("zero_pad", "crop", "flatten", "reshape", "permute", "repeat_vector", "rescaling"),
    *("add", "multiply", "subtract", "average", "maximum", "minimum", "concat"),
    *("embedding", "cast", "flip_channels"),
)


@dataclass(frozen=True)
class Planted:
    mistake: str  # a key of MISTAKES
    row: str  # of the catalogue of differences; "" for a plain slip
    node: str  # the Keras layer to be named
    also: tuple[str, ...]  # layers that may be named instead
    cause: str


def plant(
    spec: Spec, generator: np.random.Generator, count: int, first: str = ""
) -> tuple[Spec, tuple[Planted, ...]]:
    """The port's Spec and what is wrong in it: `count` mistakes, or as many as there is room for.

    first: a mistake that must be among them; none is planted where there is no room for it.
    Each is at another layer; weights still fit, and the output keeps its shape. About one in a
    hundred changes nothing, by chance: a relu behind numbers that are all positive.
    """
    planted: list[Planted] = []
    port = spec
    free = {node.name for node in spec.nodes}  # Keras's layers that have no mistake yet
    others = [str(name) for name in generator.permutation(list(MISTAKES)) if name != first]
    for name in filter(None, (first, *others)):
        if len(planted) == count or (first and name != first and not planted):
            break
        found = _somewhere(port, name, free, generator)
        if found is not None:
            port, new = found
            planted.append(new)
            free -= {new.node, *new.also}
    return port, tuple(planted)


def _somewhere(
    port: Spec, name: str, free: set[str], generator: np.random.Generator
) -> tuple[Spec, Planted] | None:
    """The mistake at one of the free layers where it can be."""
    mistake = MISTAKES[name]
    for place in generator.permutation([n.name for n in port.nodes if n.name in free]):
        first, *others = mistake.layers(site_at(port, str(place), generator))
        changed = befall(port, str(place), mistake, generator)
        if first in free and changed is not None and fits(port, changed):
            also = tuple(other for other in others if other in free)
            row = CAUSES[mistake.cause].entry
            return changed, Planted(name, row, first, also, mistake.cause)
    return None


def befall(
    spec: Spec, place: str, mistake: Mistake, generator: np.random.Generator | None = None
) -> Spec | None:
    """The port's Spec with a mistake at a node, or None where it would be none."""
    site = site_at(spec, place, generator)
    if mistake.kinds and site.node.kind not in mistake.kinds:
        return None
    return mistake.change(site)


def site_at(spec: Spec, place: str, generator: np.random.Generator | None = None) -> MutationSite:
    chosen = generator or np.random.default_rng(0)
    return MutationSite(spec, shapes.infer(spec), spec.node(place), chosen)


def fits(before: Spec, after: Spec) -> bool:
    """Has every weight the shape it had, and the output too?"""
    try:
        ours, theirs = shapes.infer(before), shapes.infer(after)
    except ValueError:
        return False
    if ours[before.output.name] != theirs[after.output.name]:
        return False
    kept = [node for node in after.nodes if node.name in ours]
    return all(
        ours[before.node(node.name).inputs[0]][-1] == theirs[node.inputs[0]][-1]
        for node in kept
        if node.kind not in WEIGHTLESS
    )
