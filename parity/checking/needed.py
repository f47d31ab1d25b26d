"""Which of the causes does it take? Those without which the port agrees as well are none.

A row of a layer may be explained by what is no fault: a reshape of the port's own, and the one that
takes it back. Only the whole port tells: causes are left out, those of one kind together and each
by itself, and it is run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isinf

from parity.checking.forward import Compared
from parity.diagnose.activations import SETTINGS
from parity.diagnose.normalisation import EPSILONS
from parity.diagnose.search import Explained, Proof
from parity.records.interventions import Change, once

GELU, _ = SETTINGS["gelu"]
FEW = 8  # of one kind, that are left out one by one
KINDS = 4  # that are left out in turns
# What is only tried, rather than read off settings of both sides, is doubted first.
DOUBTED = (
    *("layer-extra", "layer-missing", "wiring", "axis-order", "reshape-order", "merge-order"),
    *("input-scaling", "output-scaling", "input-normalisation"),
    *("parts-exchanged", "feature-order", "axis-summary", "merge-kind", "power", "number"),
    *("switch", "groups", "other-places", "rolled"),
)

Agrees = Callable[[tuple[Change, ...]], bool]  # does the port, under these changes?
Proofs = list[tuple[str, Proof]]  # with the Keras layer that each is found at


def sufficient(found: Compared, agrees: Agrees) -> Compared | None:
    """Where all causes together do not make the port agree: some of them that do.

    Tried are those of rows that have a shape to compare, those that are not doubted, and both; all
    but those of one kind that is; and of those that are doubted one kind alone.
    """
    every = _proofs(found)
    shaped = [one for one in every if not _is_shapeless(found.why[one[0]])]
    sure = [one for one in every if one[1].cause.cause not in DOUBTED]
    doubted = [kind for kind in _kinds(every) if kind in DOUBTED][:KINDS]
    without = ([one for one in every if one[1].cause.cause != kind] for kind in doubted)
    alone = ([x for x in every if x in sure or x[1].cause.cause == kind] for kind in doubted)
    for fewer in (shaped, [one for one in shaped if one in sure], sure, *without, *alone):
        if 0 < len(fewer) < len(every) and agrees(_changes(fewer)):
            return _only(found, fewer)
    return None


def sure(found: Compared) -> Compared:
    """The causes that are not doubted."""
    return _only(found, [one for one in _proofs(found) if one[1].cause.cause not in DOUBTED])


def mended(found: Compared) -> Compared:
    """The causes that something is changed for: where that makes the port agree, another is none,
    as where a row was laid out otherwise than it is."""
    return _only(found, _proofs(found))


def needed(found: Compared, agrees: Agrees) -> Compared:
    """The causes that it takes, of those that make the port agree together; and those of which the
    whole tells nothing."""
    kept = _proofs(found)
    firm = [(layer, proof) for layer, proof in kept if is_firm(layer, proof, found.narrow)]
    kept = _enough(kept, firm, agrees)
    for kind in _kinds(kept):
        group = [one for one in kept if one[1].cause.cause == kind]
        for part in (group, *([one] for one in group if 1 < len(group) <= FEW)):
            rest = [one for one in kept if one not in part or one in firm]
            if 0 < len(rest) < len(kept) and agrees(_changes(rest)):
                kept = rest
    return _only(found, kept) if kept else found


def _enough(every: Proofs, firm: Proofs, agrees: Agrees) -> Proofs:
    """The causes of a single kind, or a single one, where these will do: what several others undo
    for each other, as layers that the port has in one step of its own, goes together or not at all.
    """
    kinds = _kinds(every)[::-1]  # those read off settings first
    groups = [[x for x in every if x[1].cause.cause == kind] for kind in kinds if len(kinds) > 2]
    groups += [[one] for one in every if 2 < len(every) <= FEW]
    for group in groups:
        few = [one for one in every if one in group or one in firm]
        if len(few) < len(every) and agrees(_changes(few)):
            return few
    return every


def is_firm(layer: str, proof: Proof, narrow: Sequence[str]) -> bool:
    """Is it an epsilon that is proven by a row in float64, or the form of a GELU, where the whole
    model is rounded to float32 and so tells nothing of it? narrow: the layers that are computed in
    float32. A row of one of them is judged by that rounding, of which a GELU's form is no part."""
    is_small = proof.cause.cause in EPSILONS.values() and layer not in narrow
    return bool(narrow) and (is_small or proof.cause.cause == GELU)


def _kinds(proofs: Proofs) -> list[str]:
    kinds = dict.fromkeys(proof.cause.cause for _, proof in proofs)
    return sorted(kinds, key=lambda kind: kind not in DOUBTED)


def _is_shapeless(why: Explained) -> bool:
    return any(isinf(finding.before) for finding in why.findings)


def _proofs(found: Compared) -> Proofs:
    return [(name, proof) for name, why in found.why.items() for proof in why.proofs]


def _changes(proofs: Sequence[tuple[str, Proof]]) -> tuple[Change, ...]:
    return once(proof.changes for _, proof in proofs)


def _only(found: Compared, kept: Proofs) -> Compared:
    """With these causes alone."""
    why = {
        name: one.only([proof for layer, proof in kept if layer == name])
        for name, one in found.why.items()
    }
    return replace(found, why=why)
