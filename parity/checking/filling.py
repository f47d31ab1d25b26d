"""Fill a model with the weights of its counterpart, to keep, once both were seen to agree."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from parity.checking import agreeing, models, run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.errors import ModelError, TransferError
from parity.mapping import graph_constants, ledger
from parity.mapping.plan import Plan, key
from parity.records.budget import Budget
from parity.records.comparison import Array, GateResult, Ledger
from parity.records.jobs import Framework
from parity.records.pair import Pair
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models

GATES = ("structure", "weights", "output")


@dataclass(frozen=True)
class Proven:
    """Two models that return the same with the same weights, and what each holds of its own, by
    its own names."""

    plan: Plan
    keras: dict[str, Array] = field(repr=False)
    torch: dict[str, Array] = field(repr=False)

    def as_torch(self) -> dict[str, Array]:
        """Keras's weights under the port's names."""
        return ledger.to_torch(self.plan.ledger, self.keras)

    def as_keras(self) -> dict[str, Array]:
        """The port's weights under Keras's names. Raises TransferError where they would not come
        back to the bit."""
        found = self.plan.ledger
        moved = ledger.to_keras(found, self.torch)
        again = ledger.to_torch(found, moved)
        fixed = graph_constants.held(found)
        again = {n: array for n, array in again.items() if n not in graph_constants.names(found)}
        lost = [
            f"`{name}` is a constant of Keras's graph, and the port holds other numbers for it"
            for name, array in fixed.items()
            if array.tobytes() != moved.pop(name).astype(array.dtype).tobytes()
        ]
        lost += [
            f"`{name}` holds more than Keras has a place for, as a second bias that is not zero"
            for name, array in again.items()
            if array.tobytes() != self.torch[name].astype(array.dtype).tobytes()
        ]
        _raise(self.plan.pair, lost)
        return moved


def fill(pair: Pair, sides: TwoSides, options: Options, to: Framework = "torch") -> Ledger:
    """Give one model the other's weights, to keep, and say where each went. Raises as `proven`."""
    with proven(pair, sides, options) as found:
        name = key(pair, "float32")
        if to == "torch":
            sides.torch.call(Models.assign, name, found.as_torch())
        else:
            sides.keras.call(Models.assign, name, found.as_keras())
    return found.plan.ledger


@contextlib.contextmanager
def proven(
    pair: Pair, sides: TwoSides, options: Options, samples: Probe | None = None
) -> Iterator[Proven]:
    """Both models, open, once every tensor of both sides is accounted for and they return the same.

    Raises ModelError where a model cannot be run, and TransferError with all that could not be
    placed, or with how the outputs differ.
    """
    try:
        plan = models.draw_up(pair, sides, options, samples)
        if plan.torch.error:
            raise ModelError(f"{pair.name}: the torch pass breaks off: {plan.torch.error}")
        own = sides.both(Models.weights, key(pair, "float32"))  # before any is lent
        with models.probing_weights(pair, sides, options):
            plan, _ = agreeing.plan(plan, sides, options, samples, Budget(options.budget))
        report, _ = run.gates(plan, sides, replace(options, gates=GATES), samples)
        if report.verdict != "pass":
            _raise(pair, [line for gate in report.gates for line in _told(gate)])
        yield Proven(plan, *own)
    finally:
        models.close(pair, sides)


def _told(gate: GateResult) -> list[str]:
    """Why no weight may be moved."""
    if gate.name == "output":
        why = f"the outputs do not agree in {gate.dtype}: {gate.note}"
        return [] if gate.verdict == "pass" else [why]
    return [
        f"`{line.keras}` cannot be read back from `{line.torch}`: another weight goes there, too, "
        "or the two functions of its move do not undo each other"
        if line.keras and line.torch
        else line.note
        for line in gate.layers
        if gate.name == "weights" and line.verdict != "pass"
    ]


def _raise(pair: Pair, told: list[str]) -> None:
    if told:
        lines = "\n".join(f"  {line}" for line in told)
        raise TransferError(f"{pair.name}: no weight was moved, as not all can be:\n{lines}")
