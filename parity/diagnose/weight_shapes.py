"""Causes that show before any value is compared: weights that do not fit, by the layers' settings.

There is nothing to intervene with where a kernel has another shape. What both layers say of
themselves is compared instead.
"""

from collections.abc import Iterator

from parity.diagnose.causes import CAUSES
from parity.records.comparison import Alignment, Cause, Finding, Ledger, Match

# cause, Keras's setting, torch's
SETTINGS = (("groups", "groups", "groups"),)


def findings(alignment: Alignment, ledger: Ledger) -> Iterator[Finding]:
    """A finding for each layer whose weights do not fit because of a setting."""
    placed = {line.keras.name for line in ledger.lines}
    for match in alignment.matches:
        if any(v.name not in placed for v in match.keras.variables if v.kind == "weight"):
            yield from _of(match)


def _of(match: Match) -> Iterator[Finding]:
    for cause, keras, torch in SETTINGS:
        for step in match.torch:
            wanted, present = match.keras.settings.get(keras), step.settings.get(torch)
            if wanted is None or present is None or wanted == present:
                continue
            known = CAUSES[cause]
            says = f"{torch} is {present} in the port, {wanted} in Keras: the weights do not fit"
            named = Cause(cause, known.says, says, f"{torch}={wanted}", known.entry, 1.0)
            gap = float("inf")
            yield Finding(match.keras.name, step.name, "weights", (named,), gap, gap)
