"""Fill a port with Keras's weights, to keep."""

from dataclasses import replace

from parity.checking import agreeing, models
from parity.checking.options import Options
from parity.errors import ModelError, TransferError
from parity.gates import weights
from parity.mapping import ledger
from parity.mapping.plan import key
from parity.records.budget import Budget
from parity.records.comparison import GateResult, Ledger
from parity.records.pair import Pair
from parity.sides.calls import TwoSides
from parity.sides.verbs import Models


def fill(pair: Pair, sides: TwoSides, options: Options) -> Ledger:
    """Give the port Keras's weights, to keep, and say where each went.

    Nothing is written unless every tensor of both sides is accounted for, and every move goes there
    and back to the bit. Raises ModelError where a model cannot be run, and TransferError with all
    that could not be placed.
    """
    try:
        plan = models.draw_up(pair, sides, options)
        if plan.torch.error:
            raise ModelError(f"{pair.name}: the torch pass breaks off: {plan.torch.error}")
        with models.probing_weights(pair, sides, options):
            plan = agreeing.plan(plan, sides, options, None, Budget(options.budget))
        found, name = plan.ledger, key(pair, "float32")
        _refuse(pair, weights.judge(replace(found, lines=()), {}, {}, {}))
        ours = sides.keras.call(Models.weights, name)
        moved = ledger.to_torch(found, ours)
        _refuse(pair, weights.judge(found, ours, moved, ledger.to_keras(found, moved)))
        sides.torch.call(Models.assign, name, moved)
    finally:
        models.close(pair, sides)
    return found


def _refuse(pair: Pair, judged: GateResult) -> None:
    """Raises TransferError with every line that does not pass."""
    told = [
        f"`{line.keras}` cannot be read back from `{line.torch}`: another weight goes there, too, "
        "or the two functions of its move do not undo each other"
        if line.keras and line.torch
        else line.note
        for line in judged.layers
        if line.verdict != "pass"
    ]
    if told:
        lines = "\n".join(f"  {line}" for line in told)
        raise TransferError(f"{pair.name}: no weight was moved, as not all can be:\n{lines}")
