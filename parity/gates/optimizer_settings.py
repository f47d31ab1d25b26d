"""What the optimizers of both sides were told, beside each other."""

from functools import partial
from typing import Any

from parity.diagnose.penalties import dims
from parity.mapping.plan import Plan, key
from parity.records.comparison import Ledger
from parity.records.otherwise import NOT_CLIPPED, Clipping
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training

CLIPPINGS = ("clipnorm", "global_clipnorm", "clipvalue")

Settings = dict[str, Any]  # of an optimizer


def accumulated(plan: Plan, sides: TwoSides) -> int:
    """The batches that make a step of Keras's."""
    settings = sides.keras.call(Training.hyperparameters, key(plan.pair, "float64"))
    return settings[0].get("gradient_accumulation_steps") or 1


def pairs(
    own: Ledger, ours: list[Settings], theirs: list[Settings]
) -> list[tuple[Settings, Settings]]:
    """Beside each group of the port's what Keras's optimizer has that moves the same."""
    names = {line.torch.name: line.keras.name for line in own.lines}

    def shared(one: Settings, other: Settings) -> int:
        return len({names.get(name) for name in other["variables"]} & {*one["variables"]})

    pairs = [(max(ours, key=partial(shared, other=group)), group) for group in theirs]
    return [
        (one | {"weight_decay": None}, group)
        if shared({"variables": one["undecayed"]}, group) == shared(one, group)
        else (one, group)
        for one, group in ((one | _factored(own, group), group) for one, group in pairs)
    ]


def _factored(own: Ledger, group: Settings) -> Settings:
    """The dimensions of a group's parameters that Keras has last, where its optimizer is told some:
    of kernels, as a matrix has no others."""
    if "dims" not in group:
        return {}
    lines = [x for x in own.lines if x.torch.name in group["variables"] and x.torch_part is None]
    kernels = [x for x in lines if len(x.keras.shape) > 2 and min(x.keras.shape[-2:]) > 1]
    found = {dims((-2, -1), line) for line in kernels}
    one = next(iter(found), group["dims"])
    sizes = {len(line.torch.shape) for line in kernels}
    is_same = all(sorted(one) == sorted(d % size for d in group["dims"]) for size in sizes)
    return {"dims": group["dims"] if is_same else one}


def undecayed(own: Ledger, ours: list[Settings]) -> tuple[str, ...]:
    names = {name for settings in ours for name in settings["undecayed"]}
    return tuple(dict.fromkeys(x.torch.name for x in own.lines if x.keras.name in names))


def unmoved(own: Ledger, theirs: list[Settings]) -> tuple[str, ...]:
    moved = {name for group in theirs for name in group["variables"]}
    names = dict.fromkeys(line.torch.name for line in own.lines)
    return tuple(name for name in names if name not in moved)


def clipping(own: Ledger, ours: list[Settings]) -> Clipping:
    """How Keras clips; not at all, too, where it has several optimizers."""
    groups: dict[str, list[str]] = {}
    for line in own.lines:
        groups.setdefault(line.keras.name, []).append(line.torch.name)
    (settings, *more) = ours
    how = next((name for name in CLIPPINGS if settings.get(name)), "")
    if more or not how:
        return NOT_CLIPPED
    return Clipping(how, float(settings[how]), tuple(map(tuple, groups.values())))
