"""Layers that one side has alone, so that the weights of the next do not fit: no value tells, and
what both sides say of their features is compared instead."""

from collections.abc import Iterator, Sequence

from parity.diagnose import reading
from parity.diagnose.weight_shapes import WIDTHS, finding, fit_elsewhere, size
from parity.records.comparison import Alignment, Finding, Ledger, Step


def findings(alignment: Alignment, ledger: Ledger) -> Iterator[Finding]:
    """A finding for each layer whose weights do not fit because one stands in front of it on one
    side alone."""
    placed = {line.keras.name for line in ledger.lines}
    is_other = size(ledger.keras_left) != size(ledger.torch_left)
    if not is_other or ledger.unknown or ledger.uncalled or fit_elsewhere(ledger):
        return
    lost: list[Step] = []  # since the last layer that the port has, too
    extra: list[Step] = []  # the port's, since then
    for match in alignment.matches:
        place = match.keras_steps.index(match.keras)
        lost += filter(_owns, match.keras_steps[:place])
        extra += filter(_owns, match.torch)
        if _owns(match.keras):
            if not any(v.name in placed for v in match.keras.variables if len(v.shape) > 1):
                yield from _lacking(match.keras, lost, extra)
                yield from _exceeding(match.keras, extra)
            lost, extra = [], []
        lost += filter(_owns, match.keras_steps[place + 1 :])


def _lacking(layer: Step, lost: Sequence[Step], owners: Sequence[Step]) -> Iterator[Finding]:
    """Layers of Keras's in front of one whose port takes as many features as the first of them
    does, and not what the last of them gives."""
    widths = [_taken(one) for one in (*lost[:1], layer)]
    if len(widths) < 2 or len(owners) != 1:
        return
    (step,), (taken, wanted) = owners, widths
    if taken == _features(step)[0] != wanted and None not in widths:
        for one in lost:
            says = (
                f"{step.name} takes {taken} features, as Keras's {lost[0].name} does: "
                f"the port lacks {one.name}"
            )
            fix = f"x = {one.name}(x)  # before {step.name}, which then takes {wanted}"
            yield finding(one, step.name, "layer-missing", says, fix)


def _exceeding(layer: Step, owners: Sequence[Step]) -> Iterator[Finding]:
    """Layers of the port's where Keras has one, of which the first takes as many features as that,
    and the last gives as many."""
    ends = [layer.settings.get(WIDTHS.get(layer.kind, "")), _taken(layer)]
    kinds = {step.kind for step in owners}
    if len(owners) < 2 or None in ends or kinds - (reading.LINEAR | reading.CONVOLUTIONS):
        return
    (taken, _), (_, given) = _features(owners[0]), _features(owners[-1])
    if [given, taken] == ends:
        names = [step.name for step in owners]
        says = f"the port has {', '.join(names)} where Keras has {layer.name} alone"
        fix = f"y = {names[-1]}(x)  # without {', '.join(names[:-1])}: it then takes {taken}"
        yield finding(layer, " + ".join(names), "layer-extra", says, fix)


def _features(step: Step) -> tuple[int | None, int | None]:
    """How many a step of the port's takes, and gives, by its weight."""
    weight = next((v for v in step.variables if v.role == "weight" and len(v.shape) > 1), None)
    return (None, None) if weight is None else (weight.shape[1], weight.shape[0])


def _taken(layer: Step) -> int | None:
    """How many features a layer of Keras's takes, by its kernel."""
    kernel = next((v for v in layer.variables if v.role == "kernel" and len(v.shape) > 1), None)
    return kernel.shape[-2] if kernel is not None else None


def _owns(step: Step) -> bool:
    return any(v.kind == "weight" for v in step.variables)
