"""Tables that the port holds longer than Keras: some language models count positions from two on,
or fill a vocabulary up. Which of its rows are Keras's, no shape tells."""

from collections.abc import Iterator
from dataclasses import replace

from parity.mapping import names
from parity.mapping.layout_moves import COPY
from parity.records.comparison import Ledger, LedgerLine, Variable
from parity.records.parts import Part

MOST = 4  # ways to place the rows; the last and the first are the usual ones


def placed(ledger: Ledger, by: str) -> Iterator[Ledger]:
    """The ledger with Keras's tables in rows of the port's, the last ones first. None where no
    table is longer. by: who places them."""
    pairs = list(_pairs(ledger))
    if not pairs:
        return
    longest = max(theirs.shape[0] - ours.shape[0] for ours, theirs in pairs)
    done = {v.name for pair in pairs for v in pair}
    left = tuple(v for v in ledger.keras_left if v.name not in done)
    told = tuple(why for why in ledger.failures if not any(f"`{n}`" in why for n in done))
    for spare in [longest, 0, *range(1, longest)][:MOST]:
        lines = tuple(
            _line(ours, theirs, min(spare, theirs.shape[0] - ours.shape[0]), by)
            for ours, theirs in pairs
        )
        yield replace(
            ledger,
            lines=(*ledger.lines, *lines),
            keras_left=left,
            torch_left=tuple(v for v in ledger.torch_left if v.name not in done),
            failures=told,
            unknown=ledger.unknown if left else (),
        )


def is_longer(theirs: Variable, ours: Variable) -> bool:
    """Does a table have the same columns, and more rows?"""
    rest = ours.shape[1:]
    return bool(rest) and theirs.shape[1:] == rest and theirs.shape[0] > ours.shape[0]


def _pairs(ledger: Ledger) -> Iterator[tuple[Variable, Variable]]:
    """Keras's tables that are left, each with the one of the port's longer ones that is called most
    like it, the first of such."""
    free = [v for v in ledger.torch_left if v.kind == "weight"]
    for ours in ledger.keras_left:
        longer = [v for v in free if is_longer(v, ours)]
        if "embeddings" in ours.role and longer:
            theirs = max(longer, key=lambda v: _likeness(ours, v))
            free.remove(theirs)
            yield ours, theirs


def _likeness(ours: Variable, theirs: Variable) -> int:
    (mine, *_), (its, *_) = names.of_tensor(ours.name, "/"), names.of_tensor(theirs.name, ".")
    return len(mine & its) - len(mine ^ its)


def _line(ours: Variable, theirs: Variable, first: int, by: str) -> LedgerLine:
    rows = Part(0, first, first + ours.shape[0])
    return LedgerLine(ours, COPY, theirs, torch_part=rows, by=by)
