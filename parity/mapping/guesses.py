"""Places for weights that no rule placed: by shape and order. A guess is only a guess: it is taken
where both models return the same with it, on every draw of weights, of what has no place, too."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, count, islice, product, zip_longest

from parity.mapping import by_names, cells, joins, longer_tables, tied, token_tables, written_cells
from parity.mapping.joins import Bunch, Unit
from parity.mapping.layout_moves import COPY
from parity.mapping.single_moves import are_alike, size, turned, usual
from parity.records.comparison import Ledger, LedgerLine, Move, Trace, Variable

MOST = 8  # guesses that are tried: each is a pass of the port
MOST_PACKED, FEW = 64, 4  # where one side packs what the other has apart, and of what is beside it
LARGEST = 200  # weights that are placed so
PLACES = 2_000  # that are looked at for them
BY = "placed by the outputs"
IN_ORDER = "placed by shape and order: training alone depends on it"
TORCHS = "torch.nn"  # the owner of what is no module of a person's own
Lines = tuple[LedgerLine, ...]
MovesOf = Callable[[Variable, Variable], list[Move]]


def of(ledger: Ledger, keras: Trace, torch: Trace) -> Iterator[Ledger]:
    """By sizes and in order what has no place; and, in turns, all by names; then with tables of
    positions in another order; or what the port holds twice."""
    ways = (*longer_tables.placed(ledger, BY), ledger)
    yield from _in_turns(_left_placed(ways, keras, torch), _by_names(ways, keras, torch))
    for begun in token_tables.placed(ledger, BY):
        yield from _of(begun, keras, torch)
    yield from tied.placed(ledger, BY)


def _in_turns(*several: Iterator[Ledger]) -> Iterator[Ledger]:
    """What comes out by chance leaves time for what comes out rightly."""
    yield from (one for each in zip_longest(*several) for one in each if one is not None)


def _by_names(ways: Sequence[Ledger], keras: Trace, torch: Trace) -> Iterator[Ledger]:
    for begun in ways:
        for found in by_names.placed(begun, keras, torch, BY):
            yield from [found] if is_whole(found) else _of(found, keras, torch)


def _left_placed(ways: Sequence[Ledger], keras: Trace, torch: Trace) -> Iterator[Ledger]:
    """As `_of`; first with longer tables of the port's, and cells of torch's in their order, where
    they have no places. The last of the ways is the ledger as it is."""
    for begun in ways:
        stepped = cells.placed(begun, keras, torch, BY)
        for found in chain(stepped, written_cells.placed(begun, keras, torch, BY)):
            yield from [found] if is_whole(found) else _of(found, keras, torch)
        is_new = begun is not ways[-1]
        yield from [begun] if is_new and is_whole(begun) else _of(begun, keras, torch)


def is_whole(ledger: Ledger) -> bool:
    """Has all that Keras holds a place?"""
    return not ledger.failures and not any(v.kind == "weight" for v in ledger.keras_left)


def _of(ledger: Ledger, keras: Trace, torch: Trace) -> Iterator[Ledger]:
    """The ledger with all that was left in it placed, in one way after another.

    keras, torch: the passes, which say in what order layers stand. Last, what the port has no
    place for is left: it may be what Keras's model never reads. None where shapes allow none.
    """
    ours = [v for v in ledger.keras_left if v.kind == "weight"]
    theirs = [v for v in ledger.torch_left if v.kind == "weight"]
    sizes, others = (Counter(map(size, side)) for side in (ours, theirs))
    if len(ours) > LARGEST:
        return
    if ours and not sizes - others:
        for moves_of in _alike(ours, theirs):
            for lines in islice(_ways(ours, theirs, count(1), moves_of), FEW):
                yield _with(ledger, lines)
        for moves_of in (usual, turned) if _may_turn(ours, theirs) else (usual,):
            for lines in islice(_ways(ours, theirs, count(1), moves_of), MOST):
                yield _with(ledger, lines)
    # A mask of the port's own is no layer, nor is what its pass never uses.
    held = [v for v in theirs if v.trainable and v.name not in ledger.uncalled] or theirs
    yield from islice(_packed(ledger, ours, held, keras, torch), MOST_PACKED)
    used = [v for v in theirs if v.name not in ledger.uncalled]
    for fewer in islice(_fewer(ours, used), FEW):
        for lines in islice(_ways(fewer, used, count(1)), FEW):
            yield _with(ledger, lines)


def _fewer(ours: Sequence[Variable], theirs: Sequence[Variable]) -> Iterator[list[Variable]]:
    """Keras's without as many as the port has too few of their size, vectors first: its biases are
    what a port lacks."""
    sizes = [Counter(map(size, side)) for side in (ours, theirs)]
    lacking = sizes[0] - sizes[1]
    several = [
        combinations(sorted(filter(lambda v: size(v) == many, ours), key=_axes), number)
        for many, number in lacking.items()
    ]
    for chosen in product(*several) if lacking else ():
        left = [v for group in chosen for v in group]
        if len(left) < len(ours):
            yield [v for v in ours if v not in left]


def _axes(variable: Variable) -> int:
    return len(variable.shape)


def in_order(ledger: Ledger) -> Ledger | None:
    """The ledger with what is left on both sides placed by shape and order alone; None where not
    all of Keras's has a place."""
    ours = [v for v in ledger.keras_left if v.kind == "weight"]
    theirs = [v for v in ledger.torch_left if v.kind == "weight"]
    lines = next(_ways(ours, theirs, count(1)), ()) if ours else ()
    return _with(ledger, [replace(line, by=IN_ORDER) for line in lines]) if lines else None


def may_be_placed(ledger: Ledger) -> bool:
    """Has the port something left of the size of all that Keras has left, if that is anything?"""
    ours, theirs = (
        Counter(size(v) for v in side if v.kind == "weight")
        for side in (ledger.keras_left, ledger.torch_left)
    )
    return bool(ours) and not ours - theirs


def likeliest(keras: Variable, torch: Sequence[Variable]) -> LedgerLine | None:
    """The likeliest place of one variable among some tensors; None where it fits nowhere."""
    found = next(_ways([keras], list(torch), count(1)), None)
    return found[0] if found else None


def _with(ledger: Ledger, lines: Sequence[LedgerLine], freed: Sequence[LedgerLine] = ()) -> Ledger:
    """The ledger in which these lines place what was left. freed: those that they replace."""
    placed = tuple(replace(line, by=line.by or BY) for line in lines)
    kept = tuple(line for line in ledger.lines if line not in freed)
    used = {line.torch.name for line in placed}
    held = {line.keras.name for line in (*kept, *placed)}
    theirs = {v.name: v for v in (*ledger.torch_left, *(line.torch for line in freed))}
    return replace(
        ledger,
        lines=(*kept, *placed),
        keras_left=tuple(v for v in ledger.keras_left if v.name not in held),
        torch_left=tuple(v for name, v in theirs.items() if name not in used),
        failures=(),
        unknown=(),
    )


def _packed(
    ledger: Ledger, ours: list[Variable], theirs: list[Variable], keras: Trace, torch: Trace
) -> Iterator[Ledger]:
    """Places in which one side holds packed what the other has apart.

    An alignment that knew of no packing may have given a part of it a place of its own: where what
    is left comes out in no way, matrices of the same shapes are placed anew, too.
    """
    is_open = any(x.torch_part and "in_proj" not in x.torch.role for x in ledger.lines)
    freeable = _freeable(ledger, ours, theirs)
    ways: list[list[LedgerLine]] = [[]] if ours else []
    if freeable and (ours or is_open):
        ways.append(freeable)
    each = [_packed_without(ledger, freed, ours, theirs, keras, torch) for freed in ways]
    yield from _in_turns(*each)


def _packed_without(
    ledger: Ledger,
    freed: list[LedgerLine],
    ours: list[Variable],
    theirs: list[Variable],
    keras: Trace,
    torch: Trace,
) -> Iterator[Ledger]:
    """As `_packed`, with what these lines placed placed anew, too."""
    mine = list({v.name: v for v in (*ours, *(line.keras for line in freed))}.values())
    other = list({v.name: v for v in (*theirs, *(line.torch for line in freed))}.values())
    orders: list[tuple[list[Unit], list[Unit]]] = []
    for is_raw in (False, True):
        layers = joins.units(keras, mine, "/", is_raw)
        ways = [(layers, modules) for modules in _orders(torch, other, is_raw)]
        if not any(joins.bunches(*each) for each in ways):
            # Branches may stand in another order: what is packed alike comes together by its size.
            ways = [(_by_size(layers), _by_size(modules)) for _, modules in ways]
        orders += [each for each in ways if each not in orders]
    for layers, modules in orders:
        found = joins.bunches(layers, modules)
        if all(bunch.count == 1 for bunch in found):
            continue
        beside = _without(mine, layers), _without(other, modules)
        for lines in islice(_ways(*beside, count(1)), FEW):
            for packed in _arranged(found, freed):
                yield _with(ledger, (*packed, *lines), freed)


def _by_size(units: list[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: unit.size)


def _orders(torch: Trace, variables: Sequence[Variable], is_raw: bool) -> list[list[Unit]]:
    """The port's layers in the order of the data, and, where it is another, as they were made."""
    as_made = {v.name: place for place, v in enumerate(torch.variables)}
    made = sorted(variables, key=lambda v: as_made.get(v.name, len(as_made)))
    first, second = (
        joins.units(trace, made, ".", is_raw) for trace in (torch, replace(torch, steps=()))
    )
    return [first] if first == second else [first, second]


def _freeable(
    ledger: Ledger, ours: Sequence[Variable], theirs: Sequence[Variable]
) -> list[LedgerLine]:
    """The lines of matrices, and of the biases beside them, that have the shapes of some that are
    left, or of those that a rule has packed, or the same place as another."""
    layers: dict[str, list[LedgerLine]] = {}
    for line in ledger.lines:
        layers.setdefault(line.keras.name.rpartition("/")[0], []).append(line)
    packed = {line.keras.shape for line in ledger.lines if line.torch_part is not None}
    keras = packed | {v.shape for v in ours}
    torch = {v.shape for v in theirs}
    holders = Counter(line.torch.name for line in ledger.lines if line.torch_part is None)

    def is_near(line: LedgerLine) -> bool:
        is_matrix = len(line.keras.shape) > 1 and not line.by
        is_shared = holders[line.torch.name] > 1
        is_alike = line.keras.shape in keras or line.torch.shape in torch
        return is_matrix and (is_shared or is_alike)

    small = (lines for lines in layers.values() if len(lines) < 3)
    return [line for lines in small if any(map(is_near, lines)) for line in lines]


def _without(variables: list[Variable], units: list[Unit]) -> list[Variable]:
    used = {v.name for unit in units for v in (unit.kernel, unit.bias) if v is not None}
    return [v for v in variables if v.name not in used]


def _arranged(
    bunches: list[Bunch], freed: Sequence[LedgerLine]
) -> Iterator[tuple[LedgerLine, ...]]:
    """The lines of all bunches: as many layers in one are packed in the same way everywhere."""
    known = {(line.keras.name, line.torch.name): line for line in freed}
    counts = sorted({bunch.count for bunch in bunches if bunch.count > 1})
    ways = [joins.ways(next(b for b in bunches if b.count == count)) for count in counts]
    for chosen in product(*ways):
        way = dict(zip(counts, chosen, strict=True))
        choices = [
            [_alone(bunch, known)]
            if bunch.count == 1
            else list(joins.lines(bunch, way[bunch.count]))
            for bunch in bunches
        ]
        if all(choices) and all(lines for group in choices for lines in group):
            for several in zip(*(_filled(group, choices) for group in choices), strict=True):
                yield tuple(line for lines in several for line in lines)


def _filled(group: list[Lines], choices: list[list[Lines]]) -> list[Lines]:
    """As many as the longest has: where there is no choice, the last again."""
    return group + group[-1:] * (max(map(len, choices)) - len(group))


def _alone(bunch: Bunch, known: Mapping[tuple[str, str], LedgerLine]) -> Lines:
    """One layer in one; nothing where it does not fit."""
    (ours,), (theirs,) = bunch.keras, bunch.torch
    found = []
    for mine, other in ((ours.kernel, theirs.kernel), (ours.bias, theirs.bias)):
        if mine is None:
            continue
        if other is None:
            return ()
        line = known.get((mine.name, other.name))
        fitting = usual(mine, other)
        if line is None and not fitting:
            return ()
        found.append(line or LedgerLine(mine, fitting[0], other))
    return tuple(found)


def _ways(
    ours: list[Variable],
    theirs: list[Variable],
    tried: Iterator[int],
    moves_of: MovesOf | None = None,
) -> Iterator[tuple[LedgerLine, ...]]:
    """The ways to place these, those that keep the order and the names first, until so many places
    were tried."""
    if not ours:
        yield ()
        return
    first, *rest = ours
    fitting = [(other, move) for other in theirs for move in (moves_of or usual)(first, other)]
    fitting.sort(key=lambda pair: not are_alike(first.role, pair[0].role))
    for other, move in fitting:
        if next(tried) > PLACES:
            return
        left = [v for v in theirs if v is not other]
        for lines in _ways(rest, left, tried, moves_of):
            yield (LedgerLine(first, move, other), *lines)


def _alike(ours: Sequence[Variable], theirs: Sequence[Variable]) -> Iterator[MovesOf]:
    """Where shapes would let some matrices stand as Keras has them and some transposed: all of them
    in one way, as one person has written them; first as torch's own layers have theirs, where they
    are those of such."""
    both = [usual(a, b) for a, b in product(ours, theirs) if len(a.shape) == len(b.shape) == 2]
    flat = {move is COPY for found in both for move in found}
    if len(flat) < 2:
        return
    matrices = [v for v in theirs if len(v.shape) == 2]
    are_torchs = all(x.owner.startswith(TORCHS) and x.owner.endswith("Linear") for x in matrices)
    for is_copied in (False, True) if are_torchs else (True, False):

        def one_way(keras: Variable, torch: Variable, is_copied: bool = is_copied) -> list[Move]:
            is_matrix = len(keras.shape) == len(torch.shape) == 2
            return [x for x in usual(keras, torch) if not is_matrix or (x is COPY) == is_copied]

        yield one_way


def _may_turn(ours: Sequence[Variable], theirs: Sequence[Variable]) -> bool:
    return any(len(turned(a, b)) > len(usual(a, b)) for a, b in product(ours, theirs))
