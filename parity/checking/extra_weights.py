"""Parameters that the port has beside Keras's, as a table of token types: at zero, they and what is
made of them add nothing, and the rest may agree."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from parity.checking import moving, redrawn
from parity.checking.forward import Compared
from parity.diagnose.causes import CAUSES
from parity.diagnose.search import Explained, Proof
from parity.mapping.layout_moves import AS_IT_IS
from parity.mapping.plan import Plan, key
from parity.records.comparison import Cause, Finding, Match, Step, Variable
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

_Held = tuple[Step, Variable]  # the step that uses it


@contextlib.contextmanager
def at_zero(plan: Plan, sides: TwoSides) -> Iterator[None]:
    """Let the port hold zeros there for a while."""
    names = [v.name for v in redrawn.unplaced(plan)]
    kept = sides.torch.call(Models.weights, key(plan.pair, "float32"), names) if names else {}
    try:
        moving.lend(plan, sides, {n: np.zeros_like(array) for n, array in kept.items()})
        yield
    finally:
        moving.lend(plan, sides, kept)


def supposed(plan: Plan, found: Compared) -> Compared:
    """With zeros there as a change that mends the layers which use them: whether it takes them, the
    whole port tells. None where a weight of Keras's has no place: it may be what they are."""
    if plan.ledger.keras_left or plan.ledger.failures:
        return found
    proofs = [x for y in found.why.values() for x in y.proofs if x.cause.cause == "bias-extra"]
    mended = {change.step for proof in proofs for change in proof.changes}
    mended |= {name for y in found.why.values() for name in _left_out(y)}
    free = [step for step in plan.torch.steps if step.name not in mended]
    extra = {v.name for v in redrawn.unplaced(plan)} & {v.name for s in free for v in s.variables}
    why = dict(found.why)
    for match, held in _by_layers(plan, extra):
        cause = _cause([variable for _, variable in held])
        torch = " + ".join(step.name for step in match.torch)
        finding = Finding(match.keras.name, torch, "forward", (cause,), np.inf, 0.0)
        zeros = [Change(s.name, "weight", "scale", {"by": 0.0}, v.role) for s, v in held]
        own = Explained((finding,), AS_IT_IS, (Proof(cause, tuple(zeros)),), (finding,))
        known = why.get(match.keras.name)
        why[match.keras.name] = known.beside(own) if known else own
    return replace(found, why=why)


def _left_out(why: Explained) -> Iterator[str]:
    """The steps of a block that the port would go without: what takes from it takes from others."""
    ways = ("source", "result")
    told = [x.cause.says for x in why.proofs if all(change.what in ways for change in x.changes)]
    for finding in why.findings:
        if any(x.cause == "layer-extra" and x.says in told for x in finding.causes):
            yield from finding.torch.split(" + ")


def _by_layers(plan: Plan, names: set[str]) -> Iterator[tuple[Match, list[_Held]]]:
    """The tensors of these names with the steps that use them, by the match that has the step, or
    the next behind it that has any."""
    matches = [match for match in plan.alignment.matches if match.torch]
    owners = {step.name: match for match in matches for step in match.torch}
    waiting: list[_Held] = []
    found: dict[int, tuple[Match, list[_Held]]] = {}
    for step in plan.torch.steps:
        waiting += [(step, v) for v in step.variables if v.name in names]
        match = owners.get(step.name)
        if match is not None and waiting:
            found.setdefault(id(match), (match, []))[1].extend(waiting)
            waiting = []
    yield from found.values()


def _cause(extra: list[Variable]) -> Cause:
    names = ", ".join(f"`{v.name}`" for v in extra)
    cause = "bias-extra" if all(v.name.endswith("bias") for v in extra) else "weights-extra"
    says = f"the port adds {names}, which Keras has not"
    fix = "; ".join(f"nn.init.zeros_(self.{v.name})" for v in extra)
    return Cause(cause, CAUSES[cause].says, says, fix, CAUSES[cause].entry, 1.0)
