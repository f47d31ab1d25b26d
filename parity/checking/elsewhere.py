"""A layer that seems to be missing may be done, wrongly, by what follows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from parity.diagnose.search import Explained
from parity.mapping.flow import outside
from parity.records.comparison import Finding, Match

MISSING = "layer-missing"


def doubted(
    why: Mapping[str, Explained], matches: Sequence[Match], apart: Collection[str]
) -> dict[str, Explained]:
    """Without a layer as the cause that nothing put into the port has proven to be missing, where a
    segment that takes its value differs by itself for no reason that is known, or agrees when it
    goes without a step of its own: what both do, each in its way, is not missing on one side and
    too much on the other.

    apart: the Keras layers that differ by themselves.
    """
    found = dict(why)
    puzzling = [x for x in matches if x.keras.name in apart and _leaves_open(why, x)]
    for match in matches:
        own = {step.name for step in match.torch}
        takers = [
            x for x in puzzling if own & {name.partition(":")[0] for name in outside(x.torch)}
        ]
        is_unproven = _causes(why, match) == {MISSING} and not why[match.keras.name].proofs
        if is_unproven and takers:
            names = {x.keras.name for x in (match, *takers)} & {*why}
            found |= {name: _without_causes(why[name]) for name in names}
    return found


def _leaves_open(why: Mapping[str, Explained], match: Match) -> bool:
    """Has this segment no cause, or but steps that the port goes without?"""
    causes, one = _causes(why, match), why.get(match.keras.name)
    changes = one.changes if one else ()
    return not causes or bool(changes and all(change.name == "identity" for change in changes))


def _without_causes(one: Explained) -> Explained:
    findings = tuple(map(without_causes, one.findings))
    return replace(one, findings=findings, proofs=(), intervened=())


def without_causes(finding: Finding) -> Finding:
    """What was tried is what else was."""
    named = {(cause.cause, cause.says) for cause in finding.causes}
    tried = tuple(x for x in finding.tried if (x.cause, x.says) not in named)
    return replace(finding, causes=(), tried=tried)


def _causes(why: Mapping[str, Explained], match: Match) -> set[str]:
    one = why.get(match.keras.name)
    return {cause.cause for finding in one.findings for cause in finding.causes} if one else set()
