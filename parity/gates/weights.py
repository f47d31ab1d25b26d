"""Gate `weights`: every tensor is accounted for, and the round trip is exact to the bit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from parity.mapping.layout_moves import has_other_order
from parity.mapping.ledger import COUNT_STATE, SEED_STATE
from parity.numerics.judging import counted
from parity.numerics.tiles import same
from parity.records.comparison import (
    Array,
    GateResult,
    LayerCheck,
    Ledger,
    LedgerLine,
    Variable,
    worst,
)

STATES = (SEED_STATE, COUNT_STATE)


def judge(
    ledger: Ledger,
    keras: dict[str, Array],
    torch: dict[str, Array],
    back: dict[str, Array],
    breaks_off: bool = False,
) -> GateResult:
    """keras: the weights moved from; torch: what the port holds now; back: moved to Keras again.

    breaks_off: the port raises, and what it would use the rest of its weights for is not known.
    """
    shared: dict[str, list[str]] = {}
    for line in ledger.lines:
        if line.torch_part is None:
            shared.setdefault(line.torch.name, []).append(line.keras.name)
    checks = [
        _check(line, keras, torch, back, shared.get(line.torch.name, ())) for line in ledger.lines
    ]
    checks += [LayerCheck("", "", "differ", note=failure) for failure in ledger.failures]
    checks += [LayerCheck(name, "", "incomplete", note=why) for name, why in ledger.unknown]
    if breaks_off and ledger.keras_left:
        count = counted(len(ledger.keras_left), "weight")
        note = f"{count} of Keras's not placed: the port breaks off before it uses its own"
        return gate([*checks, LayerCheck("", "", "incomplete", note=note)], ledger)
    left = ledger.torch_left
    checks += [_uncalled(v) for v in left if v.name in ledger.uncalled]
    checks += [_left(v, "Keras") for v in ledger.keras_left if not _failed(v, ledger)]
    called = (v for v in left if v.name not in ledger.uncalled)
    checks += [_left(v, "torch") for v in called if not _failed(v, ledger)]
    if ledger.snippet:
        tried = f"{counted(ledger.tried, 'placement')} of what is left tried, and none agrees; it"
        note = f"{tried if ledger.tried else 'what is left'} can be placed by hand; paste, and "
        note += f"complete:\n\n{ledger.snippet}\n"
        checks.append(LayerCheck("", "", "incomplete", note=note))
    return gate(checks, ledger)


def gate(checks: Sequence[LayerCheck], ledger: Ledger) -> GateResult:
    """The gate's result from its lines."""
    verdict = worst(check.verdict for check in checks)
    note = f"{counted(len(ledger.lines), 'tensor')} moved"
    if verdict == "pass":
        note += ", bitwise there and back"
    placed = Counter(line.by for line in ledger.lines if line.by)
    note += "".join(f"; {count} {by}" for by, count in placed.items())
    if ordered := [line.torch.name for line in ledger.lines if has_other_order(line.move)]:
        note += f"; {len(ordered)} in another order of features than Keras's, as `{ordered[0]}`: "
        note += "moved by `parity.transfer`, not by a plain copy"
    others = [one for one in ledger.set_aside if one[1] not in STATES]
    if states := len(ledger.set_aside) - len(others):
        note += f"; {states} set aside (generator seeds, counters)"
    if others:
        name, why = others[0]
        note += f"; {len(others)} set aside, as `{name}`: {why}"
    return GateResult("weights", verdict, tuple(checks), note=note)


def _check(
    line: LedgerLine,
    keras: dict[str, Array],
    torch: dict[str, Array],
    back: dict[str, Array],
    shared: Sequence[str],
) -> LayerCheck:
    """shared: Keras's variables that the whole of this tensor is for."""
    ours, theirs = keras[line.keras.name], torch[line.torch.name]
    there = same(line.moved(ours), line.held(theirs))
    again = same(keras[line.keras.name], back[line.keras.name])
    note = "; ".join(filter(None, (line.move.name, line.by)))
    other = next((name for name in shared if name != line.keras.name), "")
    if not there and other and line.torch_part is None:
        note += f": the port has one tensor for this and `{other}`, which are two in Keras"
    elif not there:
        note += ": the port does not hold the moved values"
    elif not again:
        note += ": the way back gives other values"
    return LayerCheck(
        keras=line.keras.name,
        torch=line.torch.name,
        verdict="pass" if there and again else "differ",
        keras_shape=line.keras.shape,
        torch_shape=line.torch.shape,
        note=note,
    )


def _left(variable: Variable, side: str) -> LayerCheck:
    note = f"{side} `{variable.name}` {variable.shape} has no counterpart"
    keras, torch = (variable.name, "") if side == "Keras" else ("", variable.name)
    return LayerCheck(keras, torch, "incomplete", note=note)


def _uncalled(variable: Variable) -> LayerCheck:
    found = _left(variable, "torch")
    return replace(found, note=f"{found.note}: no step of the forward pass uses it")


def _failed(variable: Variable, ledger: Ledger) -> bool:
    """Is this tensor left over because of a failure that is listed already?"""
    return any(f"`{variable.name}`" in failure for failure in ledger.failures)
