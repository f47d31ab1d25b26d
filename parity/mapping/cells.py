"""Recurrent modules of torch's that no alignment knows.

Cells are stepped through time in loops of a port's own: the calls of several may stand in any
order, each beside what is left of the loop. Of what is compiled, as by TorchScript, no step is seen
at all. So they are placed in order, by the rule that is for all recurrent layers.
"""

from collections.abc import Iterator
from dataclasses import replace

from parity.mapping.rules.recurrent import CELLS, WEIGHT_IH, recurrent
from parity.mapping.rules.registry import Context, Place
from parity.records.comparison import Ledger, LedgerLine, Trace, Variable

Roles = dict[str, Variable]  # each led by its layer's number


def placed(ledger: Ledger, keras: Trace, torch: Trace, by: str) -> Iterator[Ledger]:
    """The ledger with cells placed in the order of the pass, or, where it is another, as they were
    made. None where all have places, or shapes allow none. by: who places them."""
    layers = _unique([_weights(step.variables) for step in keras.steps])
    layers = [found for found in layers if any(r.endswith("recurrent_kernel") for r in found)]
    stepped = _unique([_weights(step.variables) for step in torch.steps if step.kind in CELLS])
    cells = stepped or _unseen(ledger)
    ours, theirs = _roles(layers, "/"), _roles(cells, ".")
    left = {v.name for v in (*ledger.keras_left, *ledger.torch_left)}
    if not left & {v.name for v in (*ours.values(), *theirs.values())}:
        return
    as_made = {v.name: place for place, v in enumerate(torch.variables)}
    made = sorted(cells, key=lambda cell: min(as_made[v.name] for v in cell.values()))
    for order in [cells] if made == cells else [cells, made]:
        found = _in_order(ours, _roles(order, "."), ledger, by)
        if found is not None:
            yield found


def _in_order(ours: Roles, theirs: Roles, ledger: Ledger, by: str) -> Ledger | None:
    shapes = [{role: v.shape for role, v in roles.items()} for roles in (ours, theirs)]
    places = recurrent(Context("RNN", {}, shapes[0], "RNNCell", shapes[1]))
    if {place.keras for place in places.lines} != ours.keys():
        return None
    if not all(place.torch in theirs and _fits(place, ours, theirs) for place in places.lines):
        return None
    lines = [
        LedgerLine(ours[x.keras], x.move, theirs[x.torch], x.keras_at, by=by) for x in places.lines
    ]
    constant = [(theirs[role], 0.0) for role in places.zero]
    names = {v.name for v in (*ours.values(), *theirs.values())}
    used = {line.torch.name for line in lines} | {v.name for v, _ in constant}
    freed = [line.torch for line in ledger.lines if line.keras.name in names]
    open_now = {v.name: v for v in (*ledger.torch_left, *freed, *theirs.values())}
    kept = [x for x in ledger.lines if not {x.keras.name, x.torch.name} & names]
    held = used | {line.torch.name for line in kept}
    return replace(
        ledger,
        lines=(*kept, *lines),
        constant=(*(x for x in ledger.constant if x[0].name not in names), *constant),
        keras_left=tuple(v for v in ledger.keras_left if v.name not in names),
        torch_left=tuple(v for name, v in open_now.items() if name not in held),
        failures=(),
        unknown=(),
    )


def _fits(place: Place, ours: Roles, theirs: Roles) -> bool:
    shape = ours[place.keras].shape
    moved = shape[1:] if place.keras_at is not None else shape[::-1]
    return moved == theirs[place.torch].shape


def _weights(variables: tuple[Variable, ...]) -> Roles:
    return {v.role: v for v in variables if v.kind == "weight"}


def _unseen(ledger: Ledger) -> list[Roles]:
    """The recurrent modules that no step of the pass has."""
    found: dict[str, Roles] = {}
    for variable in ledger.torch_left:
        path, _, role = variable.name.rpartition(".")
        if variable.name in ledger.uncalled:
            found.setdefault(path, {})[role] = variable
    return [roles for roles in found.values() if any(map(WEIGHT_IH.fullmatch, roles))]


def _unique(layers: list[Roles]) -> list[Roles]:
    """Each that has weights once, however often it is called."""
    return list({tuple(v.name for v in x.values()): x for x in layers if x}.values())


def _roles(layers: list[Roles], mark: str) -> Roles:
    return {f"{n}{mark}{role}": v for n, layer in enumerate(layers) for role, v in layer.items()}
