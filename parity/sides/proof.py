"""Does a tape tell what the module did? Its replay must give the recorded values, bit for bit.

A record misses what no function of torch's did: work through `.data` or NumPy, on a context such
as autocast, or in what was compiled. What differs from the record there, and all that depends on
it, is not judged.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from parity.sides.fingerprint import sign
from parity.sides.program import MODEL_INPUT, Ref
from parity.sides.tape import Tape

# What gives memory as it is found: what is written there is told by the calls behind, which are
# proven by themselves. Unpacking a packed sequence begins so.
UNWRITTEN = ("empty", "empty_like", "empty_permuted", "empty_strided", "new_empty")


def unproven(tape: Tape, inputs: Sequence[Tensor]) -> set[int]:
    """The calls whose replay does not give what was recorded, and those that depend on one."""
    takes = [tape.takes(number) for number in range(len(tape.calls))]
    left = Counter(ref for refs in takes for ref in refs)
    values: dict[Ref, Any] = {Ref(MODEL_INPUT, n): tensor for n, tensor in enumerate(inputs)}
    found: set[int] = set()
    for number, refs in enumerate(takes):
        if any(ref.call in found for ref in refs):
            found.add(number)
            continue
        try:
            if number in tape.drew:
                torch.set_rng_state(tape.drew[number])
            leaves = tape.execute(number, values.__getitem__, None)
            is_same = tape.calls[number].step.kind in UNWRITTEN or (
                tuple(sign(leaf) for leaf in leaves) == tape.signs[number]
            )
        except Exception:  # a call that cannot be played again proves nothing
            is_same = False
        if not is_same:
            found.add(number)
            continue
        values.update({ref: x for leaf, x in enumerate(leaves) if left[ref := Ref(number, leaf)]})
        for ref in refs:
            left[ref] -= 1
            if not left[ref]:
                values.pop(ref, None)
    return found
