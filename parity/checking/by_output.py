"""Causes that only the output proves.

A port may run through frames in a loop: what a single call of it gives is no value of Keras's, and
what mends one call mends nothing before all of them are mended. So where the layers do not explain
it, what was found, and then what was tried in vain, is tried in each call of the same place at
once, and the whole port is run.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice, product
from math import inf

from parity.checking import needed, outside
from parity.checking.forward import Compared
from parity.checking.needed import Agrees
from parity.diagnose import other_numbers
from parity.diagnose.differing_segment import DifferingSegment, Result
from parity.diagnose.search import Explained, Proof, named
from parity.mapping.plan import Plan
from parity.records.budget import Budget
from parity.records.comparison import Finding, Match, Step
from parity.records.interventions import Change, once

MOST = 160  # trials of one change, and of the same in several layers: each a pass of the port
EVERY = (0, 1, 2, 3)  # call of a line: none but its own, all, each second of two in a line, ...
AT_A_STEP = ("setting", "input", "output", "weight", "call")

Repeated = Callable[[tuple[Change, ...]], tuple[Change, ...]]
Whole = Callable[[Match, Repeated], DifferingSegment | None]
Found = list[tuple[str, Result]]  # with the Keras layer that each was tried at


def shown(
    found: Compared, plan: Plan, agrees: Agrees, whole: Whole, budget: Budget
) -> Compared | None:
    """What was found with causes of which the output shows that they are some; None where it shows
    none. agrees: does the port return what Keras does, under changes? whole: of some steps and a
    layer, both models as one segment."""
    ways = [partial(_repeated, every=every, plan=plan) for every in EVERY]
    for repeated in ways:
        everywhere = _everywhere(found, repeated)
        if everywhere is not found:
            if agrees(_changes(everywhere)):
                return everywhere
            if fewer := needed.sufficient(everywhere, agrees):
                return fewer
    seen = set()
    for base, together, repeated in budget.lasting(
        product(_bases(found), _tries(found, plan), ways)
    ):
        tried = _with(base, together, repeated, plan)
        changes = _changes(tried)
        if repr(changes) not in seen and agrees(changes):
            return tried
        seen.add(repr(changes))
    found = needed.sure(found)
    return _numbered(found, plan, agrees, whole, ways, budget)


def _bases(found: Compared) -> list[Compared]:
    """What is taken for granted: all that was found, or what is not doubted."""
    sure = needed.sure(found)
    return [found] if _changes(sure) == _changes(found) else [found, sure]


def _tries(found: Compared, plan: Plan) -> list[Found]:
    """One by one first: of two that are the same, both may undo each other."""
    alone = [*outside.bridged(plan), *_vain(found)[:MOST]]
    return [*([one] for one in alone), *islice(_alike(found), MOST)]


def _numbered(
    found: Compared,
    plan: Plan,
    agrees: Agrees,
    whole: Whole,
    ways: Iterable[Repeated],
    budget: Budget,
) -> Compared | None:
    """With one number, in a layer for which nothing was found."""
    for match, repeated in product(plan.alignment.matches, ways):
        why = found.why.get(match.keras.name)
        if why is None or not why.vain or why.proofs:
            continue
        subject = whole(match, repeated)
        one = None if subject is None else other_numbers.numbered(subject, budget)
        if one is not None:
            tried = _with(found, [(match.keras.name, one)], repeated, plan)
            return tried if agrees(_changes(tried)) else None
    return None


def _everywhere(found: Compared, repeated: Repeated) -> Compared:
    """With each change in all calls of the same place."""
    why = {}
    for name, one in found.why.items():
        proofs = tuple(replace(x, changes=repeated(x.changes)) for x in one.proofs)
        why[name] = one if proofs == one.proofs else replace(one, proofs=proofs)
    return found if why == found.why else replace(found, why=why)


def _repeated(changes: tuple[Change, ...], every: int, plan: Plan) -> tuple[Change, ...]:
    """With the same in other calls of the same place; of several in one line in each so manyth."""
    steps = {step.name: step for step in plan.torch.steps}
    return once([(c, *_in_other_calls(c, steps, every)) for c in changes])


def _in_other_calls(change: Change, steps: dict[str, Step], every: int) -> Iterator[Change]:
    own = steps.get(change.step)
    if own is None or not every or change.what not in AT_A_STEP or not (own.path or own.where):
        return
    alike = [name for name, step in steps.items() if _place(step) == _place(own)]
    for name in alike[alike.index(own.name) % every :: every]:
        if name != own.name:
            yield replace(change, step=name)


def _place(step: Step) -> tuple[object, ...]:
    """What all calls of one place have in common."""
    settings = repr(sorted(step.settings.items()))
    return step.kind, step.path, step.where, step.shape, settings, len(step.inputs)


def _vain(found: Compared) -> Found:
    """What was tried where nothing was found that is not doubted."""
    proven = {name for name, one in needed.sure(found).why.items() if one.proofs}
    each = found.why.items()
    return [(name, x) for name, one in each if name not in proven for x in one.vain]


def _alike(found: Compared) -> Iterator[Found]:
    """The same change, tried at several layers, at steps of their own."""
    groups: dict[str, dict[tuple[str, ...], tuple[str, Result]]] = {}
    for name, one in _vain(found):
        changes = one.hypothesis.changes
        does = repr([(c.what, c.name, c.value, c.role) for c in changes])
        group = groups.setdefault(does, {})
        if name not in (layer for layer, _ in group.values()):
            group.setdefault(tuple(change.step for change in changes), (name, one))
    yield from ([*group.values()] for group in groups.values() if len(group) > 1)


def _with(found: Compared, together: Found, repeated: Repeated, plan: Plan) -> Compared:
    why = dict(found.why)
    for name, one in together:
        changes = repeated(one.hypothesis.changes)
        cause = named(one.hypothesis, 1.0, plan.torch.steps)
        torch = " + ".join(dict.fromkeys(change.step for change in changes))
        finding = Finding(name, torch, "forward", (cause,), inf, 0.0)
        proof = Proof(cause, changes)
        why[name] = Explained((finding,), one.layout, (proof,), (finding,))
    return replace(found, why=why)


def _changes(found: Compared) -> tuple[Change, ...]:
    return once(why.changes for why in found.why.values())
