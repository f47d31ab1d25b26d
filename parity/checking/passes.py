"""Both forward passes row by row: what answers what, what feeds what, and where weights went."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from parity.mapping.plan import Plan
from parity.records.comparison import Step
from parity.records.passes import INPUT, Node, Passes, Placed, Row

MISSING = "no counterpart"

Pair = tuple[tuple[Step, ...], tuple[Step, ...]]


def of(plan: Plan) -> Passes:
    rows = _rows(plan)
    keras = _feeding([row[0] for row in rows], plan.keras.steps)
    torch = _feeding([row[1] for row in rows], plan.torch.with_dead().steps)
    drawn = (
        Row(_nodes(ours), _nodes(theirs), *sources)
        for (ours, theirs), *sources in zip(rows, keras, torch, strict=True)
    )
    return Passes(tuple(drawn), tuple(_placed(plan)))


def _rows(plan: Plan) -> list[Pair]:
    """In the order of Keras's layers; a torch step that answers none behind the one before it."""
    keras, torch = plan.keras.steps, plan.torch.with_dead().steps
    ours = {step.name: place for place, step in enumerate(keras)}
    theirs = {step.name: place for place, step in enumerate(torch)}
    found: list[Pair] = [(match.keras_steps, match.torch) for match in plan.alignment.matches]
    known = {step.name for row, _ in found for step in row}
    left = _left(keras, plan.alignment.keras_left)
    found += [((step,), ()) for step in left if step.name not in known]
    found.sort(key=lambda row: ours[row[0][-1].name])
    for step in _left(torch, plan.alignment.torch_left):
        before = [
            place
            for place, (_, steps) in enumerate(found)
            if steps and theirs[steps[-1].name] < theirs[step.name]
        ]
        found.insert(max(before, default=INPUT) + 1, ((), (step,)))
    return found


def _left(steps: Iterable[Step], told: Collection[str]) -> list[Step]:
    """Those that an alignment tells as left, by name or with their kind."""
    return [step for step in steps if {step.name, f"{step.name} ({step.kind})"} & set(told)]


def _feeding(rows: Sequence[tuple[Step, ...]], steps: Iterable[Step]) -> list[tuple[int, ...]]:
    """For each row those whose results it takes, through steps that stand in no row."""
    places = {step.name: place for place, row in enumerate(rows) for step in row}
    origins: dict[str, set[int]] = {}  # of each value: the rows that it comes from

    def sources(step: Step) -> set[int]:
        taken = (origins.get(name.partition(":")[0], {INPUT}) for name in step.inputs)
        return set().union(*taken)

    for step in steps:
        place = places.get(step.name)
        origins[step.name] = sources(step) if place is None else {place}
    return [
        tuple(sorted({place for step in row for place in sources(step)} - {number}))
        for number, row in enumerate(rows)
    ]


def _nodes(steps: Iterable[Step]) -> tuple[Node, ...]:
    return tuple(
        Node(step.name, step.kind, step.shape, step.where, tuple(v.name for v in step.variables))
        for step in steps
    )


def _placed(plan: Plan) -> Iterator[Placed]:
    ledger, theirs = plan.ledger, {variable.name for variable in plan.torch.variables}
    for line in ledger.lines:
        move = "; ".join(filter(None, (line.move.name, line.by)))
        yield Placed(line.keras.name, line.torch.name, move, line.keras.shape, line.torch.shape)
    for name, why in ledger.set_aside:
        keras, torch = ("", name) if name in theirs else (name, "")
        yield Placed(keras, torch, f"set aside: {why}")
    for variable in ledger.keras_left:
        yield Placed(variable.name, "", MISSING, variable.shape, is_missing=True)
    for variable in ledger.torch_left:
        yield Placed("", variable.name, MISSING, torch_shape=variable.shape, is_missing=True)
