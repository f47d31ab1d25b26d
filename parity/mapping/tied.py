"""Weights that Keras uses twice, as a table of words that gives logits, too, and the port holds
twice: both of its tensors are Keras's one."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product

from parity.mapping.layout_moves import COPY, DENSE
from parity.records.comparison import Ledger, LedgerLine, Variable

MOST = 4  # ways


def placed(ledger: Ledger, by: str) -> Iterator[Ledger]:
    """The ledger, in which all of Keras's weights have a place, with what the port has left as a
    second one of these. by: who places it."""
    uncalled = set(ledger.uncalled)
    left = [v for v in ledger.torch_left if v.trainable and v.name not in uncalled]
    matrices = [v for v in left if v.kind == "weight" and len(v.shape) > 1]
    if any(v.kind == "weight" for v in ledger.keras_left) or ledger.failures or not matrices:
        return
    ways = [list(_again(ledger, variable)) for variable in matrices]
    for lines in islice(product(*ways), MOST):
        names = {line.torch.name for line in lines}
        yield replace(
            ledger,
            lines=(*ledger.lines, *(replace(line, by=by) for line in lines)),
            torch_left=tuple(v for v in ledger.torch_left if v.name not in names),
        )


def _again(ledger: Ledger, variable: Variable) -> Iterator[LedgerLine]:
    whole = [x.keras for x in ledger.lines if x.torch_part is None and x.keras_part is None]
    for keras in dict.fromkeys(whole):
        if keras.shape == variable.shape:
            yield LedgerLine(keras, COPY, variable)
        if keras.shape[::-1] == variable.shape:
            yield LedgerLine(keras, DENSE, variable)
