"""What a change is lent of Keras's own, looked up anew for each draw of inputs and weights."""

from collections.abc import Sequence
from dataclasses import replace

from parity.checking import masks
from parity.mapping.plan import Inputs, Plan, key
from parity.records.comparison import Array
from parity.records.interventions import Change, Lent
from parity.sides.calls import TwoSides
from parity.sides.verbs import InKeras, Models, Walks


def on(
    inputs: Inputs, changes: Sequence[Change], plan: Plan, sides: TwoSides
) -> tuple[Change, ...]:
    """The changes with what is lent as it is on these inputs, with the weights that Keras holds."""
    lent = [x for change in changes for x in _of(change)]
    weights = list(dict.fromkeys(x.name for x in lent if x.is_weight))
    values = list(dict.fromkeys(x.name for x in lent if not x.is_weight))
    name = key(plan.pair, "float32")
    found = sides.keras.call(Models.weights, name, weights) if weights else {}
    if values:
        found = found | _values(inputs, values, plan, sides)
    return tuple(_with(change, found, plan) for change in changes)


def names(changes: Sequence[Change]) -> set[str]:
    """Of all that they are lent."""
    return {lent.name for change in changes for lent in _of(change)}


def is_of_values(changes: Sequence[Change]) -> bool:
    """Are they lent what Keras computes of the inputs?"""
    return any(not x.is_weight for change in changes for x in _of(change))


def of_weights(changes: Sequence[Change], plan: Plan, sides: TwoSides) -> tuple[Change, ...]:
    """The changes with the weights that Keras holds now; other values as they are."""
    names = [x.name for change in changes for x in _of(change) if x.is_weight]
    name = key(plan.pair, "float32")
    found = sides.keras.call(Models.weights, name, names) if names else {}
    return tuple(_with(change, found, plan) for change in changes)


def _values(inputs: Inputs, names: list[str], plan: Plan, sides: TwoSides) -> dict[str, Array]:
    """Values of Keras's pass on these inputs, and masks that no step of it shows.

    Its walk is on the plan's own before and after.
    """
    hidden = {name: masks.on(inputs, name, plan) for name in names if name.startswith(masks.OF)}
    names = [name for name in names if name not in hidden]
    known = {name: mask for name, mask in hidden.items() if mask is not None}
    if not names:
        return known
    sides.keras.call(InKeras.present, plan.held, inputs)
    sides.keras.call(Walks.begin, plan.held, names)
    found = sides.keras.call(Walks.reach, plan.held, names)
    sides.keras.call(InKeras.present, plan.held, plan.shown.keras)
    values = {name: values["float64"] for name, values in zip(names, found, strict=True)}
    return values | known


def _of(change: Change) -> list[Lent]:
    settings = change.value.values() if isinstance(change.value, dict) else ()
    return [x for x in settings if isinstance(x, Lent)]


def _with(change: Change, arrays: dict[str, Array], plan: Plan) -> Change:
    if not _of(change):
        return change
    value = {
        name: _anew(x, arrays[x.name], plan) if isinstance(x, Lent) and x.name in arrays else x
        for name, x in change.value.items()
    }
    return replace(change, value=value)


def _anew(lent: Lent, array: Array, plan: Plan) -> Lent:
    ledger = plan.ledger
    lines = (line for line in (*ledger.lines, *ledger.unfit) if line.keras.name == lent.name)
    line = next((line for line in lines if line.torch.name == lent.place), None)
    return replace(lent, array=array if line is None else line.moved(array))
