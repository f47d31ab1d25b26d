"""Move weights between the frameworks, by a ledger that accounts for every tensor of both sides."""

from collections.abc import Collection, Iterator

import numpy as np

from parity.errors import ModelError, TransferError, meant
from parity.mapping import graph_constants, namesakes, stacks
from parity.mapping.layout_moves import AS_IT_IS, COPY, GIVEN, by_axes, in_order
from parity.mapping.namesakes import MAPPED
from parity.mapping.overrides import NONE, MappingOverrides
from parity.mapping.rules import features, moves, registry
from parity.mapping.rules.operations import CONSTANTS, KERAS
from parity.mapping.rules.registry import Context, Place, Places, Rule
from parity.numerics.tiles import contiguous
from parity.records.comparison import (
    Alignment,
    Array,
    Layout,
    Ledger,
    LedgerLine,
    Match,
    Move,
    Step,
    Trace,
    Variable,
)
from parity.records.parts import Part

SEED_STATE = "a generator's seed, not a weight; torch keeps its own generator"
COUNT_STATE = "torch's count of batches; nothing reads it where momentum is given"
PART = "what a weight is computed of, which is compared itself"
CONSTANT = "a constant of the preprocessing; compared with its layer"


PROJECTING = ("MultiHeadAttention", "GroupedQueryAttention")  # by several layers of torch's
OVERRIDDEN = ""  # in place of a torch tensor's name: the line is a person's own

Layouts = dict[str, list[Layout]]
Lines = dict[tuple[str, int | None, str], LedgerLine]  # by variable, part of it, torch tensor


def draw_up(
    alignment: Alignment,
    keras: Trace,
    torch: Trace,
    layouts: Layouts,
    overrides: MappingOverrides = NONE,
) -> Ledger:
    """Find the torch tensor and the move for every Keras variable; list whatever does not fit.

    overrides: a person's own mapping of weights wins. Raises ModelError where it names nothing, or
    what does not fit.
    """
    lines = _overridden(overrides, keras, torch)
    failures: dict[str, None] = {}
    unknown: dict[str, str] = {}
    constant: dict[str, tuple[Variable, float]] = {}
    unfit: list[LedgerLine] = []
    constants = {v.name for step in keras.steps if step.kind in CONSTANTS for v in step.variables}
    for match in alignment.matches:
        for layer in match.keras_steps:
            if layer.kind in CONSTANTS:
                continue
            weights = {v.name for v in layer.variables if v.kind == "weight"}
            if layer.kind not in registry.RULES and weights - {name for name, *_ in lines}:
                unknown[layer.name] = _no_rule(layer, " + ".join(s.name for s in match.torch))
                continue
            _place_all(layer, match, layouts, lines, failures, constant, unfit)
    keras_used = {line.keras.name for line in lines.values()}
    torch_used = {line.torch.name for line in lines.values()} | set(constant)
    states = [v for v in keras.variables if v.kind == "state"]
    counts = [v for v in torch.variables if v.kind == "state"]
    parts = [v for v in (*keras.variables, *torch.variables) if v.kind == "part"]
    apart = {v.name for v in (*states, *counts, *parts)} | constants
    torch_left = tuple(v for v in torch.variables if v.name not in torch_used | apart)
    called = {v.name for step in torch.steps for v in step.variables}
    called |= {name for step in torch.steps for name in step.given}
    found = tuple(lines.values())
    named = namesakes.uncrossed(found)
    ledger = Ledger(
        named,
        set_aside=(
            *((state.name, SEED_STATE) for state in states if state.name not in constants),
            *((name, CONSTANT) for name in sorted(constants)),
            *((count.name, COUNT_STATE) for count in counts),
            *((part.name, PART) for part in parts),
        ),
        constant=tuple(constant.values()),
        keras_left=tuple(v for v in keras.variables if v.name not in keras_used | apart),
        torch_left=torch_left,
        uncalled=tuple(v.name for v in torch_left if v.name not in called and not torch.error),
        failures=tuple(failures),
        unfit=tuple(unfit),
        unknown=tuple(unknown.items()),
        crossed=found if named != found else (),
    )
    return graph_constants.placed(ledger, keras, torch)


def _overridden(overrides: MappingOverrides, keras: Trace, torch: Trace) -> Lines:
    """The lines that a person wrote."""
    ours = {v.name: v for v in keras.variables}
    theirs = {v.name: v for v in torch.variables}
    lines: Lines = {}
    for name, override in overrides.weights.items():
        full = next((n for n in ours if n == name or n.endswith(f"/{name}")), None)
        if full is None or override.torch not in theirs:
            missing, side = (name, "Keras") if full is None else (override.torch, "torch")
            known = ours if full is None else theirs
            raise ModelError(
                f"mapping: no {side} weight {missing!r}{meant(missing, known)}; "
                f"there are {', '.join(known)}"
            )
        shapes = ours[full].shape, theirs[override.torch].shape
        move = by_axes(override.axes) if override.axes else COPY
        if not override.axes and _are_alike(*shapes):
            move = moves.reshaped(*shapes)
        place = Place(name, move, override.torch, torch_rows=override.rows)
        problem = _shape_mismatch(ours[full], theirs[override.torch], place, move)
        if problem:
            raise ModelError(f"mapping: {problem}")
        rows = None if override.rows is None else Part(0, *override.rows)
        lines[full, None, OVERRIDDEN] = LedgerLine(
            ours[full], move, theirs[override.torch], torch_part=rows, by=MAPPED
        )
    return lines


NORMS = ("LayerNorm", "layer_norm", "RMSNorm", "rms_norm", "BatchNorm1d", "GroupNorm")
PACKED = ("MultiheadAttention",)  # one weight for three of Keras's


def _are_alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """The same sizes, but for axes of length one?"""
    return [n for n in one if n != 1] == [n for n in other if n != 1]


def _place_all(
    layer: Step,
    match: Match,
    layouts: Layouts,
    lines: Lines,
    failures: dict[str, None],
    constant: dict[str, tuple[Variable, float]],
    unfit: list[LedgerLine],
) -> None:
    """Add the ledger's lines for one Keras layer, or the reasons why there are none; and those
    that there would be if shapes were the same."""
    ours = {v.role: v for v in layer.variables if v.kind == "weight"}
    if not ours:
        return
    kind, settings, theirs = _torch_of(layer, match)
    rule = registry.find(layer.kind, kind)
    names = " + ".join(step.name for step in match.torch)
    if rule is None:
        placed = {name for name, *_ in lines}  # by another call of the layer, maybe
        if any(v.name not in placed for v in ours.values()):
            failures[_no_rule(layer, names)] = None
        return
    context = Context(
        layer.kind,
        layer.settings,
        {role: v.shape for role, v in ours.items()},
        kind,
        {role: v.shape for role, v in theirs.items()},
        settings,
    )
    places = _places(rule, context, layer)
    source = _source(layer, match, layouts)
    for place in places.lines:
        if place.keras not in ours:
            continue
        variable = ours[place.keras]
        if (variable.name, None, OVERRIDDEN) in lines:
            continue
        if place.torch not in theirs:
            found = ", ".join(f"`{v.name}`" for v in theirs.values()) or "none"
            failures[
                f"`{variable.name}`: {names} needs one `{place.torch}`, got {found}; "
                f"give the torch layer a {place.torch}, or take it from the Keras layer"
            ] = None
            continue
        torch = theirs[place.torch]
        move = _ordered(place.move, layer, variable, source)
        move = _made_in_order(move, layer, variable, layouts)
        problem = _shape_mismatch(variable, torch, place, move)
        if problem:
            failures[problem] = None
            if place.torch_rows is None:
                unfit.append(LedgerLine(variable, move, torch, place.keras_at))
            continue
        rows = None if place.torch_rows is None else Part(0, *place.torch_rows)
        line = LedgerLine(variable, move, torch, place.keras_at, rows)
        lines.setdefault((variable.name, place.keras_at, torch.name), line)
    for roles, value in ((places.zero, 0.0), (places.one, 1.0)):
        tensors = [theirs[role] for role in roles if role in theirs]
        constant.update({v.name: (v, value) for v in tensors})


def _places(rule: Rule, context: Context, layer: Step) -> Places:
    """Raises ModelError where a rule, which may be a person's own, breaks off."""
    try:
        return rule.places(context)
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{layer.name}: the rule for {layer.kind} breaks off with {type(error).__name__}: "
            f"{error}; Keras's roles are {', '.join(context.keras)}, torch's "
            f"{', '.join(context.torch) or 'none'}"
        ) from error


def _torch_of(layer: Step, match: Match) -> tuple[str, dict[str, object], dict[str, Variable]]:
    """The torch step that owns the answer to a layer's weights: its kind, settings and tensors.

    Where several steps of a segment own some, each role is led by its step's number.
    """
    owners = [step for step in match.torch if _weights(step)]
    fitting = [s for s in owners if registry.find(layer.kind, s.kind)]
    weighted = sum(bool(s.variables) for s in match.keras_steps)
    if weighted > 1 and fitting:  # each Keras layer of the segment has its own
        owners = fitting if layer.kind in PROJECTING else fitting[:1]
    elif len(fitting) == 1 and (
        fitting[0].kind in PACKED or len(_weights(fitting[0])) >= len(_weights(layer))
    ):
        owners = fitting  # what is learned beside it, as a table of latents, has another place
    elif fitting:  # tables of the port's own, as of positions, are no weights of the layer
        # Nor is a normalisation in front of projections, which Keras's layer has not.
        norms = NORMS if layer.kind in PROJECTING else ()
        learning = [s for s in owners if any(v.trainable for v in s.variables)]
        learning = [s for s in learning if s.kind not in norms]
        fitting = [s for s in fitting if s in learning] or fitting
        owners = [s for s in owners if s in fitting or s in learning]
    if len(owners) == 1:
        (step,) = owners
        tensors = {v.role: v for v in step.variables if v.kind == "weight"}
        return step.kind, step.settings, stacks.own(layer, match, tensors)
    found = {
        f"{number}.{v.role}": v
        for number, step in enumerate(owners)
        for v in step.variables
        if v.kind == "weight"
    }
    first = (fitting or owners or list(match.torch))[0]
    return first.kind, first.settings, found


def _weights(step: Step) -> list[Variable]:
    return [v for v in step.variables if v.kind == "weight"]


def _no_rule(layer: Step, names: str) -> str:
    return (
        f"{layer.name}: no rule says where the weights of {layer.kind} go in {names}; "
        f"register one with `parity.rule({layer.kind!r}, ...)`"
    )


def _source(layer: Step, match: Match, layouts: Layouts) -> Layout | None:
    """The layout of the features that a layer takes, in front of what folds their other axes, as
    where samples become sequences again."""
    folding = {x.name: x.inputs for x in match.keras_steps if KERAS.get(x.kind) == "flatten"}
    name = layer.inputs[0] if layer.inputs else ""
    while name in folding and name not in layouts:
        (name,) = folding[name]
    found = layouts.get(name)
    return found[0] if found else None


def _ordered(move: Move, layer: Step, variable: Variable, source: Layout | None) -> Move:
    """The same move for a layer whose features were flattened in torch's order."""
    if source is None or source.order is None:
        return move
    count = source.order.size
    axis = features.axis(layer, variable.role, variable.shape, count)
    if axis is None or variable.shape[axis] != count:
        return move
    return in_order(move, source, axis)


def _made_in_order(move: Move, layer: Step, variable: Variable, layouts: Layouts) -> Move:
    """The same move for a layer that makes features in an order of torch's own."""
    (made, *_) = layouts.get(layer.name, [AS_IT_IS])
    if made.order is None or not features.makes(layer) or variable.shape[-1] != made.order.size:
        return move
    return in_order(move, made, -1, GIVEN)


def _shape_mismatch(variable: Variable, torch: Variable, place: Place, move: Move) -> str:
    """Why a moved variable does not fit its place, or ""."""
    shape = variable.shape[1:] if place.keras_at is not None else variable.shape
    wanted = torch.shape
    if place.torch_rows is not None:
        wanted = (place.torch_rows[1] - place.torch_rows[0], *torch.shape[1:])
    try:
        moved = move.to_torch(np.empty(shape, np.int8)).shape
    except (ValueError, IndexError):
        moved = shape
    is_there = place.torch_rows is None or place.torch_rows[1] <= torch.shape[0]
    if moved == wanted and is_there:
        return ""
    return (
        f"`{torch.name}`: is {torch.shape}, need {moved} "
        f"for `{variable.name}` {variable.shape} by {move.name}"
    )


def to_torch(ledger: Ledger, weights: dict[str, Array]) -> dict[str, Array]:
    """Keras weights by path -> torch weights by name; a constant of its graph is known without.

    Raises TransferError, with every failure, where a line has no array of its shape.
    """
    weights = weights | graph_constants.held(ledger)
    _require(weights, {line.keras.name: line.keras.shape for line in ledger.lines}, ledger)
    found: dict[str, Array] = {}
    for line in ledger.lines:
        moved = line.moved(weights[line.keras.name])
        if line.torch_part is None:
            found[line.torch.name] = contiguous(moved)
        else:
            whole = found.setdefault(line.torch.name, np.zeros(line.torch.shape, moved.dtype))
            line.torch_part.put(whole, moved)
    kinds = [array.dtype for array in weights.values() if np.issubdtype(array.dtype, np.floating)]
    kind = kinds[0] if kinds else np.dtype("float32")
    return found | {v.name: np.full(v.shape, value, kind) for v, value in ledger.constant}


def to_keras(ledger: Ledger, weights: dict[str, Array]) -> dict[str, Array]:
    """Torch weights by name -> Keras weights by path, as views of them where a move allows it.

    Raises TransferError as to_torch does.
    """
    _require(weights, {line.torch.name: line.torch.shape for line in ledger.lines}, ledger)
    found: dict[str, Array] = {}
    gathered: dict[str, tuple[Move, Array]] = {}  # what stands in several tensors, moved
    for line in ledger.lines:
        name, held = line.keras.name, line.held(weights[line.torch.name])
        if line.keras_part is not None:
            empty = np.broadcast_to(np.zeros((), held.dtype), line.keras.shape)
            _, whole = gathered.setdefault(name, (line.move, line.move.to_torch(empty).copy()))
            line.keras_part.put(whole, held)
        elif line.keras_at is not None:
            whole = found.setdefault(name, np.zeros(line.keras.shape, held.dtype))
            whole[line.keras_at] = line.move.to_keras(held)
        else:
            found[name] = line.move.to_keras(held)
    return found | {name: move.to_keras(whole) for name, (move, whole) in gathered.items()}


def trained(ledger: Ledger) -> Ledger:
    """The part of a ledger that is about what Keras trains."""
    return Ledger(tuple(line for line in ledger.lines if line.keras.trainable))


def of_given(ledger: Ledger, names: Collection[str]) -> Ledger:
    """The part of a ledger that is about what is named, on either side: what one of several
    optimizers moves, say."""
    whole = [part for part in parts(ledger) if part.lines and _is_given(part, names)]
    return Ledger(tuple(line for part in whole for line in part.lines))


def _is_given(part: Ledger, names: Collection[str]) -> bool:
    return all(x.keras.name in names for x in part.lines) or all(
        x.torch.name in names for x in part.lines
    )


def parts(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger cut into pieces that can be moved one by one: all lines of one variable or tensor
    stay together."""
    about: dict[str, list[int]] = {}  # a variable or tensor -> its lines, by their places
    for place, line in enumerate(ledger.lines):
        for name in (line.keras.name, line.torch.name):
            about.setdefault(name, []).append(place)
    is_done = [False] * len(ledger.lines)
    for first in range(len(ledger.lines)):
        part: list[int] = []
        waiting = [first]
        while waiting:
            place = waiting.pop()
            if not is_done[place]:
                is_done[place] = True
                part.append(place)
                line = ledger.lines[place]
                waiting += [*about.pop(line.keras.name, ()), *about.pop(line.torch.name, ())]
        if part:
            yield Ledger(tuple(ledger.lines[place] for place in sorted(part)))
    if ledger.constant:
        yield Ledger((), constant=ledger.constant)


def _require(weights: dict[str, Array], shapes: dict[str, tuple[int, ...]], ledger: Ledger) -> None:
    failures = [*ledger.failures, *(why for _, why in ledger.unknown)]
    for name, shape in shapes.items():
        if name not in weights:
            failures.append(f"`{name}`: missing from the weights given")
        elif weights[name].shape != shape:
            failures.append(f"`{name}`: got {weights[name].shape}, need {shape}")
    if failures:
        raise TransferError("weights cannot be moved:\n" + "\n".join(f"  {f}" for f in failures))
