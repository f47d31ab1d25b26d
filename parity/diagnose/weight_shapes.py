"""Causes that show before any value is compared: weights that do not fit, by the layers' settings.

There is nothing to intervene with where a kernel has another shape. What both layers say of
themselves is compared instead.
"""

from collections.abc import Iterator

from parity.diagnose import reading, writing
from parity.diagnose.causes import CAUSES
from parity.records.comparison import Alignment, Cause, Finding, Ledger, Match

# cause, Keras's setting, torch's
SETTINGS = (("groups", "groups", "groups"),)
PROJECTIONS = 4  # query, key, value, and back


def findings(alignment: Alignment, ledger: Ledger) -> Iterator[Finding]:
    """A finding for each layer whose weights do not fit because of a setting."""
    placed = {line.keras.name for line in ledger.lines}
    for match in alignment.matches:
        if any(v.name not in placed for v in match.keras.variables if v.kind == "weight"):
            yield from _of(match)
            yield from _heads(match)


def _heads(match: Match) -> Iterator[Finding]:
    """An attention whose projections are as wide as its input, where Keras's heads make another
    width: as if key_dim were that of all heads together."""
    config, steps = match.keras.settings, match.torch
    heads, width = config.get("num_heads"), config.get("key_dim")
    kernel = next((v for v in match.keras.variables if v.role == "query/kernel"), None)
    if match.keras.kind != "MultiHeadAttention" or kernel is None or not heads or not width:
        return
    projections = [step for step in steps if step.kind in reading.LINEAR and step.variables]
    wide, whole = kernel.shape[0], heads * width
    shapes = [v.shape for step in projections for v in step.variables if v.role == "weight"]
    if whole != wide and len(shapes) == PROJECTIONS and {*shapes} == {(wide, wide)}:
        says = (
            f"the port's projections are {wide} wide, Keras's {heads} heads of key_dim={width} "
            f"{whole} in all: key_dim is the width of one head"
        )
        fix = f"nn.Linear({wide}, {whole})  # for query, key and value; and back"
        yield _finding(match, " + ".join(x.name for x in projections), "mha-key-dim", says, fix)


def _of(match: Match) -> Iterator[Finding]:
    for cause, keras, torch in SETTINGS:
        for step in match.torch:
            wanted, present = match.keras.settings.get(keras), step.settings.get(torch)
            if wanted is None or present is None or wanted == present:
                continue
            says = f"{torch} is {present} in the port, {wanted} in Keras: the weights do not fit"
            fix = writing.with_settings(step, **{torch: wanted})
            yield _finding(match, step.name, cause, says, fix)


def _finding(match: Match, torch: str, cause: str, says: str, fix: str) -> Finding:
    known, gap = CAUSES[cause], float("inf")
    named = Cause(cause, known.says, says, fix, known.entry, 1.0)
    return Finding(match.keras.name, torch, "weights", (named,), gap, gap)
