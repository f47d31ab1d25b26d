"""A pass whose steps take each other's results in another order than the one in which they run.

A port that normalises behind an addition runs the addition first, and cannot be told to take what
it has not made yet. Its record can: it is played again, each step behind those that it takes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from parity.records.comparison import Dtype
from parity.records.interventions import Change
from parity.sides.changed import Changed
from parity.sides.mended import replaced, results
from parity.sides.program import MODEL_INPUT, Names, Ref, run
from parity.sides.returned import with_others
from parity.sides.tape import Tape


def output(
    model: nn.Module,
    inputs: Sequence[Tensor],
    call: Callable[[], Any],
    changes: Sequence[Change],
    whole: frozenset[str],
) -> Any:
    """What the model returns under changes; no gradient flows. call: runs it on these inputs."""
    feeds = {Ref(MODEL_INPUT, place): x.clone() for place, x in enumerate(inputs)}
    with Tape(model, *inputs, whole=whole, values=False) as tape:
        found = call()
    program, numbers = Changed(tape, changes), range(len(tape.calls))
    names = Names(tape.calls)
    by_value, by_place = results(changes)
    others = {names.ref(own): names.ref(name) for own, name in by_value.items()}
    is_wide = any(x.dtype == torch.float64 for x in (*inputs, *model.parameters()))
    dtype: Dtype = "float64" if is_wide else "float32"

    def played(leaf: Any) -> Any:
        refs = tape.refs(leaf)
        wanted = [others.get(ref, ref) for ref in refs]
        return run(program, numbers, feeds, wanted[0], dtype) if wanted else leaf

    given = {
        place: run(program, numbers, feeds, names.ref(name), dtype)
        for place, name in by_place.items()
    }
    found = replaced(found, played)
    return with_others(found, given) if given else found
