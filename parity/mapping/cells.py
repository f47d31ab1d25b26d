"""Recurrent modules of torch's that no alignment knows.

Cells are stepped through time in loops of a port's own: the calls of several may stand in any
order, each beside what is left of the loop. Of what is compiled, as by TorchScript, no step is seen
at all; and one module may read in both directions, for which Keras has a layer each. So they are
placed in order, by the rule that is for all recurrent layers.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from parity.mapping.rules.recurrent import WEIGHT_IH, recurrent
from parity.mapping.rules.registry import Context, Place
from parity.records.comparison import Ledger, LedgerLine, Step, Trace, Variable

Roles = dict[str, Variable]  # each led by its layer's number


def placed(ledger: Ledger, keras: Trace, torch: Trace, by: str) -> Iterator[Ledger]:
    """The ledger with cells placed in the order of the pass, or, where it is another, as they were
    made. None where all have places, or shapes allow none. by: who places them."""
    ahead, turned = (_layers(steps) for steps in (keras.steps, _forward_first(keras.steps)))
    stepped = _unique([_weights(step.variables) for step in torch.steps])
    cells = [found for found in stepped if _is_recurrent(found)] or _unseen(ledger)
    ours, theirs = _roles(ahead, "/"), _roles(cells, ".")
    left = {v.name for v in (*ledger.keras_left, *ledger.torch_left)}
    if not left & {v.name for v in (*ours.values(), *theirs.values())}:
        return
    as_made = {v.name: place for place, v in enumerate(torch.variables)}
    made = sorted(cells, key=lambda cell: min(as_made[v.name] for v in cell.values()))
    layers = [ahead] if turned == ahead else [turned, ahead]
    for mine, order in product(layers, [cells] if made == cells else [cells, made]):
        found = _in_order(_roles(mine, "/"), _roles(order, "."), ledger, by)
        if found is not None:
            yield found


def _layers(steps: tuple[Step, ...]) -> list[Roles]:
    """The recurrent layers of Keras's among these steps."""
    found = _unique([_weights(step.variables) for step in steps])
    return [roles for roles in found if any(r.endswith("recurrent_kernel") for r in roles)]


def _forward_first(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Of two layers that read the same, the one that reads it forwards first, as torch has them."""
    found = list(steps)
    for place, step in enumerate(found):
        for later in range(place + 1, len(found)):
            other = found[later]
            is_pair = (other.kind, other.inputs) == (step.kind, step.inputs)
            if is_pair and _is_backwards(step) and not _is_backwards(other):
                found[place], found[later] = other, step
                break
    return tuple(found)


def _is_backwards(step: Step) -> bool:
    return bool(step.settings.get("go_backwards"))


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
    return [roles for roles in found.values() if _is_recurrent(roles)]


def _is_recurrent(roles: Roles) -> bool:
    return any(map(WEIGHT_IH.fullmatch, roles))


def _unique(layers: list[Roles]) -> list[Roles]:
    """Each that has weights once, however often it is called."""
    return list({tuple(v.name for v in x.values()): x for x in layers if x}.values())


def _roles(layers: list[Roles], mark: str) -> Roles:
    return {f"{n}{mark}{role}": v for n, layer in enumerate(layers) for role, v in layer.items()}
