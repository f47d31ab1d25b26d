"""The order of values, and where a layer's inputs come from."""

from dataclasses import replace

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite
from parity.selftest.spec import Spec

OTHER_MERGE = {
    "add": "multiply",
    "multiply": "add",
    "subtract": "add",
    "average": "add",
    "maximum": "minimum",
    "minimum": "maximum",
}


def reshape_order(site: MutationSite) -> Spec | None:
    """Where no units could stand in another order."""
    shape = site.node.settings["shape"]
    if len(site.shape) == 1 and site.node.inputs[0] not in {x.name for x in site.spec.inputs}:
        return None
    is_other = len(shape) > 1 and shape[-1] > 1 and max(shape[:-1]) > 1
    return site.but(order="torch") if is_other else None


def flatten_order(site: MutationSite) -> Spec | None:
    """Where no weights could make up for it."""
    shape = site.shape
    is_last = not site.spec.readers(site.node.name)
    is_other = len(shape) > 2 and shape[-1] > 1 and max(shape[:-1]) > 1
    return site.but(order="torch") if is_last and is_other else None


def no_permutation(site: MutationSite) -> Spec | None:
    """Where the sizes do not tell."""
    turned = site.shapes[site.node.name]
    return site.spec.without(site.node.name) if turned == site.shape else None


def inputs_swapped(site: MutationSite) -> Spec | None:
    inputs = site.node.inputs
    if len(set(inputs)) < 2:
        return None
    return site.spec.having(replace(site.node, inputs=inputs[::-1]))


def concat_axis(site: MutationSite) -> Spec | None:
    """Joined along another axis; the sizes must still fit what follows."""
    if len(site.shape) < 2:
        return None
    axis = site.node.get("axis", -1)
    return site.but(axis=1 if axis in (-1, len(site.shape)) else -1)


def other_merge(site: MutationSite) -> Spec | None:
    if site.node.kind != "subtract" and len(set(site.node.inputs)) < 2:
        return None
    return site.spec.having(replace(site.node, kind=OTHER_MERGE[site.node.kind]))


def other_source(site: MutationSite) -> Spec | None:
    """One input comes from another layer of the same shape, computed before."""
    place = site.spec.nodes.index(site.node)
    earlier = [given.name for given in site.spec.inputs if not given.vocabulary]
    earlier += [node.name for node in site.spec.nodes[:place]]
    own = site.node.inputs[-1]
    others = [
        name
        for name in earlier
        if name not in site.node.inputs and site.shapes[name] == site.shapes[own]
    ]
    if not others or site.shapes[own] == ():
        return None
    other = str(site.generator.choice(others))
    return site.spec.having(replace(site.node, inputs=(*site.node.inputs[:-1], other)))


def dense_on_rows(site: MutationSite) -> Spec | None:
    """A Linear on (N, C, H, W) works along W."""
    fits = len(site.shape) == 3 and site.shape[-1] == site.shape[1] == site.node.settings["units"]
    return site.but(raw=True) if fits else None


MISTAKES = {
    "reshape order": Mistake("reshape-order", ("reshape",), reshape_order),
    "flatten order": Mistake("flatten-order", ("flatten",), flatten_order),
    "permutation missing": Mistake("axis-order", ("permute",), no_permutation),
    "dense along the rows": Mistake("axis-order", ("dense",), dense_on_rows),
    "inputs swapped": Mistake("merge-order", ("concat", "subtract"), inputs_swapped),
    "joined along another axis": Mistake("concat-axis", ("concat",), concat_axis),
    "merged by another operation": Mistake("merge-kind", tuple(OTHER_MERGE), other_merge),
    "input from another layer": Mistake(
        "wiring", ("add", "multiply", "subtract", "average", "maximum", "concat"), other_source
    ),
}
