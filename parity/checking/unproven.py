"""What rows alone say of a port that is not mended by it.

A row is compared in the layout that its shapes allow, and among axes that are equally long a wrong
one makes a wrong cause look right. So where all causes together do not make the port agree, what is
only tried is a cause if the output shows it: where the port goes on with Keras's own values behind
each layer that nothing explains, and agrees, but not without this cause.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, product

import numpy as np

from parity.checking import elsewhere, forward
from parity.checking.collected import OF_ALIGNMENT
from parity.checking.forward import Compared
from parity.diagnose import added
from parity.diagnose.search import Explained, Proof
from parity.mapping import activation_layouts
from parity.mapping.plan import Plan
from parity.records.comparison import Cause
from parity.records.interventions import Change, Lent

MOST = 12  # ways for Keras's values to be laid out together

Changes = tuple[Change, ...]
Agrees = Callable[[Changes], bool]


def without(found: Compared, plan: Plan, agrees: Agrees) -> Compared | None:
    """What was found without causes that are only supposed and that the output does not show; None
    where there are none. agrees: does the port return what Keras does, under changes?"""
    supposed = {name for name, why in found.why.items() if _causes(why) & OF_ALIGNMENT}
    if not supposed:
        return None
    every = [proof for why in found.why.values() for proof in why.proofs]
    firm = [proof for proof in every if proof.cause.cause not in OF_ALIGNMENT]
    kept = _shown(every, firm, list(islice(product(*_ends(found, plan)), MOST)), agrees)
    if len(kept) == len(every):
        return None
    return replace(found, why={name: _left(why, kept) for name, why in found.why.items()})


def _shown(
    every: list[Proof], firm: list[Proof], ways: list[tuple[Changes, ...]], agrees: Agrees
) -> list[Proof]:
    """The firm ones, and those without which the port does not agree behind its ends.

    ways: Keras's values there, in each layout that they may be in.
    """

    def do(proofs: list[Proof], ends: tuple[Changes, ...]) -> bool:
        changes = (*(proof.changes for proof in proofs), *ends)
        return bool(ends) and agrees(tuple(change for own in changes for change in own))

    if any(do(firm, ends) for ends in ways):
        return firm
    for ends in ways:
        if do(every, ends):
            return [x for x in every if x in firm or not do([y for y in every if y != x], ends)]
    return firm


def _ends(found: Compared, plan: Plan) -> Iterator[list[Changes]]:
    """What puts Keras's own values behind each layer that differs for no reason that is known, in
    each layout that they may be in."""
    differing = forward.differing(found)
    for match in plan.alignment.matches:
        why = found.why.get(match.keras.name)
        if match.keras.name in differing and (why is None or not why.proofs):
            own, last = match.keras_steps[-1], match.torch[-1]
            usual = activation_layouts.fitting(own.shape, last.shape)
            layouts = (*found.fits[own.name][:1], *usual) if not match.leaf else ()
            axes = dict.fromkeys(added.axes_of(layout, len(own.shape)) for layout in layouts)
            lent = Lent(own.name, np.empty(0), is_weight=False)
            yield [added.given(last.name, lent, one) for one in axes if one]


def _left(why: Explained, kept: list[Proof]) -> Explained:
    """With these causes, and those that nothing supposes. Where there are none any more, what was
    one is what was tried."""
    named = {(proof.cause.cause, proof.cause.says) for proof in kept}

    def stays(cause: Cause) -> bool:
        return cause.cause not in OF_ALIGNMENT or (cause.cause, cause.says) in named

    findings = tuple(
        replace(finding, causes=causes)
        if (causes := tuple(filter(stays, finding.causes)))
        else elsewhere.without_causes(finding)
        for finding in why.findings
    )
    proofs = tuple(proof for proof in why.proofs if proof in kept)
    intervened = tuple(finding for finding in findings if finding.causes)
    return replace(why, findings=findings, proofs=proofs, intervened=intervened)


def _causes(why: Explained) -> set[str]:
    return {cause.cause for finding in why.findings for cause in finding.causes}
