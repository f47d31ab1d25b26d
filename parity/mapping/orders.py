"""In which order a port's steps match Keras's layers best, and which step then answers which.

An alignment goes along both passes in order, and a port may run its branches in another order than
Keras, or write a sum the other way round. So several orders are tried.
"""

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from parity.mapping import attention_order
from parity.mapping.rules.operations import TORCH
from parity.records.comparison import Trace

COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}
# What may be spent on sums turned round, in cells of a table of scores: a few seconds. A turn costs
# a walk through the steps, each as much as so many cells, and a table.
MOST, WALK = 2 * 10**8, 50

Scores = NDArray[np.int64]  # of each Keras operation, a row, with each torch step, a column


def matched(scores: Scores, torch: Trace) -> tuple[list[int], list[int | None]]:
    """The torch steps in the order that matches most; and for each row the step that answers it.

    It is the order of the data, where the inputs of a sum may stand either way round, and those of
    a function that no layer of Keras's is; or that of
    execution, where this matches more. scores: with the steps as they were executed, none negative.
    """
    # In what order the other steps stand makes no difference.
    answering = {*np.flatnonzero(scores.any(axis=0)).tolist()}
    flow = _Data(torch)
    upper = int(scores.max(axis=1, initial=0).sum())  # no order matches more
    turns = (*flow.sums, *flow.others)[: MOST // (len(torch.steps) * (len(scores) + WALK) + 1)]

    def useful(order: Sequence[int]) -> list[int]:
        return [step for step in order if step in answering]

    def total(order: Sequence[int]) -> int:
        return int(_table(scores[:, order])[0, 0])

    best = list(range(len(torch.steps)))
    most = total(useful(best))
    for start in (frozenset(flow.sums), frozenset[int]()):  # as good or better: as the data flows
        turned = start
        mine = useful(flow.order(turned))
        found = total(mine)
        for step in turns:
            if found == upper:
                break
            other = useful(flow.order(turned ^ {step}))
            again = total(other) if other != mine else found
            if again > found:
                turned, mine, found = turned ^ {step}, other, again
        if found >= most:
            best, most = flow.order(turned), found
    kept = useful(best)
    places = _places(_table(scores[:, kept]))
    return best, [None if place is None else kept[place] for place in places]


class _Data:
    """What each step of a pass takes, by number, in the order of its arguments."""

    def __init__(self, torch: Trace) -> None:
        numbers = {step.name: number for number, step in enumerate(torch.steps)}

        def known(names: Sequence[str]) -> list[int]:
            owners = (name.partition(":")[0] for name in names)
            return [numbers[name] for name in owners if name in numbers]

        taken = attention_order.inputs(torch)
        self._before = [known(taken[step.name]) for step in torch.steps]
        self._roots = (*known(torch.results), *range(len(torch.steps)))
        several = [n for n, before in enumerate(self._before) if len({*before}) > 1]
        known_as = {n: TORCH.get(torch.steps[n].kind) for n in several}
        self.sums = tuple(n for n in several if known_as[n] in COMMUTATIVE)
        # A port may write what Keras does in several layers as one function, such as torch.lerp,
        # whose arguments stand in an order of its own.
        self.others = tuple(n for n in several if not known_as[n] and not torch.steps[n].path)

    def order(self, turned: Set[int]) -> list[int]:
        """The steps in the order of the data: each after what it takes, first arguments first.

        turned: steps the last argument of which goes first.
        """
        order: list[int] = []
        is_done = [False] * len(self._before)
        for root in self._roots:
            waiting = [root]
            while waiting:
                step = waiting[-1]
                if is_done[step]:
                    waiting.pop()
                    continue
                before = [other for other in self._before[step] if not is_done[other]]
                if before:
                    waiting.extend(before if step in turned else reversed(before))
                else:
                    order.append(step)
                    is_done[step] = True
                    waiting.pop()
        return order


def _table(scores: Scores) -> Scores:
    """At [i, j] the largest sum of scores, in order, of the rows from i and the columns from j."""
    rows, columns = scores.shape
    table = np.zeros((rows + 1, columns + 1), np.int64)
    for i in reversed(range(rows)):
        below = table[i + 1]
        here = np.maximum(below[:-1], scores[i] + below[1:])
        table[i, :-1] = np.maximum.accumulate(here[::-1])[::-1]
    return table


def _places(table: Scores) -> list[int | None]:
    """For each row the column of its answer, or None."""
    rows, columns = table.shape[0] - 1, table.shape[1] - 1
    places: list[int | None] = []
    i = j = 0
    while i < rows:
        if j == columns or table[i, j] == table[i + 1, j]:
            places.append(None)
            i += 1
        elif table[i, j] == table[i, j + 1]:
            j += 1
        else:
            places.append(j)
            i, j = i + 1, j + 1
    return places
