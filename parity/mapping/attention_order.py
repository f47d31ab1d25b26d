"""Attention that is written out: the product that is its core, and in which order it takes the
query, the key, and the values behind both.

Three projections of equal shape are told apart by what becomes of them alone. torch's own function
takes them in this order; a product written out may have either factor first, in both frameworks.
"""

from collections.abc import Mapping, Sequence

from parity.mapping.rules.operations import KERAS, TORCH
from parity.records.comparison import Step, Trace

PRODUCTS = {"Einsum", "Matmul", "einsum", "matmul", "bmm", "baddbmm"}
SOFTMAX = "softmax"
VALUE_FIRST = {"Attention", "AdditiveAttention", "MultiHeadAttention"}  # Keras: query, value, key


def inputs(trace: Trace) -> dict[str, tuple[str, ...]]:
    """What each step takes, by name; that of attention, and the factors of its products, in
    attention's order."""
    steps = {step.name: step for step in trace.steps}
    scores = {
        product
        for step in trace.steps
        if _is_softmax(step)
        for product in _reached(step.inputs, steps)
        if not _is_softmax(steps[product])
    }
    return {
        step.name: _key_first(step.inputs)
        if step.kind in VALUE_FIRST and len(step.inputs) == len(("query", "value", "key"))
        else step.inputs[::-1]
        if _is_turned(step, scores, steps)
        else step.inputs
        for step in trace.steps
    }


def _key_first(taken: tuple[str, ...]) -> tuple[str, ...]:
    query, value, key = taken
    return query, key, value


def cores(trace: Trace) -> dict[str, set[str]]:
    """The products in which values are weighed, each with the softmaxes that give the weights."""
    steps = {step.name: step for step in trace.steps}
    found = {}
    for step in trace.steps:
        if step.kind in PRODUCTS and len(step.inputs) == 2:
            reached = _reached(step.inputs, steps)
            if weights := {name for name in reached if _is_softmax(steps[name])}:
                found[step.name] = weights
    return found


def in_order(trace: Trace) -> list[Step]:
    """The steps as their data flows, where a product is turned; otherwise as they are."""
    taken = inputs(trace)
    steps = {step.name: step for step in trace.steps}
    if all(taken[name] == step.inputs for name, step in steps.items()):
        return [*trace.steps]
    order: dict[str, None] = {}
    for root in (*trace.results, *steps):
        waiting = [owner(root)]
        while waiting:
            name = waiting[-1]
            before = [one for one in map(owner, taken.get(name, ())) if one in steps]
            left = [one for one in before if one not in order]
            if left and name not in order:
                waiting.extend(reversed(left))
                continue
            waiting.pop()
            if name in steps:
                order[name] = None
    return [steps[name] for name in order]


def owner(name: str) -> str:
    """The step of a value, which may be one of several that it gives."""
    return name.partition(":")[0]


def _is_softmax(step: Step) -> bool:
    return SOFTMAX in (KERAS.get(step.kind), TORCH.get(step.kind), step.activation)


def _is_turned(step: Step, scores: set[str], steps: Mapping[str, Step]) -> bool:
    """Does the key stand before the query, or the values before the scores?"""
    if step.kind not in PRODUCTS or len(step.inputs) != 2:
        return False
    weighs = _weighs(step, steps)
    if any(weighs):
        return weighs == [False, True]
    return step.name in scores and _has_key_first(step)


def _weighs(step: Step, steps: Mapping[str, Step]) -> list[bool]:
    """Of each factor: is it what a softmax gives?"""
    return [
        any(_is_softmax(steps[name]) for name in _reached((one,), steps)) for one in step.inputs
    ]


def _has_key_first(step: Step) -> bool:
    """Does the first factor have the last axis of the scores, along which the softmax goes?"""
    equation = step.settings.get("subscripts", step.settings.get("equation", ""))
    factors, _, result = str(equation).replace(" ", "").partition("->")
    first = factors.partition(",")[0]
    return bool(result) and result[-1] in first


def _reached(names: Sequence[str], steps: Mapping[str, Step]) -> set[str]:
    """The products and softmaxes that values come from, through steps that have no weights."""
    found: set[str] = set()
    waiting, seen = [owner(name) for name in names], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in steps:
            continue
        seen.add(name)
        step = steps[name]
        if step.kind in PRODUCTS or _is_softmax(step):
            found.add(name)
        elif not any(v.kind == "weight" for v in step.variables):
            waiting.extend(map(owner, step.inputs))
    return found
