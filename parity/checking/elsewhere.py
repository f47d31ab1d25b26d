"""A layer that seems to be missing may be done, wrongly, by what follows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from parity.diagnose.search import Explained
from parity.mapping.flow import outside
from parity.records.comparison import Match

MISSING = "layer-missing"


def doubted(
    why: Mapping[str, Explained], matches: Sequence[Match], apart: Collection[str]
) -> dict[str, Explained]:
    """Without a layer as the cause that nothing put into the port has proven to be missing, where a
    segment that takes its value differs by itself for no reason that is known.

    apart: the Keras layers that differ by themselves.
    """
    found = dict(why)
    puzzling = [x for x in matches if x.keras.name in apart and not _causes(why, x)]
    for match in matches:
        own = {step.name for step in match.torch}
        takes = (name.partition(":")[0] for x in puzzling for name in outside(x.torch))
        is_unproven = _causes(why, match) == {MISSING} and not why[match.keras.name].proofs
        if is_unproven and own.intersection(takes):
            one = why[match.keras.name]
            findings = tuple(replace(finding, causes=()) for finding in one.findings)
            found[match.keras.name] = replace(one, findings=findings)
    return found


def _causes(why: Mapping[str, Explained], match: Match) -> set[str]:
    one = why.get(match.keras.name)
    return {cause.cause for finding in one.findings for cause in finding.causes} if one else set()
