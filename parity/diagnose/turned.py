"""Axes in another order in front of a step: a permutation that is not Keras's, or none where a
convolution, a pooling or a recurrent layer needs one. Where sizes are equal no shape tells."""

from collections.abc import Iterator, Mapping
from itertools import islice, permutations

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "axis-order"
MOST = 12  # orders of the axes of one permutation
FACTORS = {  # of a product, by torch's names
    "matmul": ("input", "other"),
    "mm": ("input", "other"),
    "bmm": ("input", "mat2"),
    "einsum": ("operands.0", "operands.1"),
}
# These read their channels, or features, along an axis of their own, whatever they are given.
ALONG = reading.CONVOLUTIONS | reading.TRANSPOSED | reading.MAX_POOLS | reading.AVERAGE_POOLS
Dims = tuple[int, ...]


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        order = reading.permutation(step)
        if order is not None and order[0] == 0:
            yield from _otherwise(step, tuple(order))
        elif step.kind in FACTORS:
            yield from _transposed(step, {x.name: x.shape for x in case.torch})
        elif step.kind in ALONG or step.kind in reading.RECURRENT:
            yield from _unturned(step)


def _otherwise(step: Step, order: Dims) -> Iterator[Hypothesis]:
    """Each other order of the samples' axes that gives the same shape."""
    before = dict(zip(order, step.shape, strict=True))
    every = ((0, *dims) for dims in permutations(range(1, len(order))))
    alike = (d for d in every if d != order and tuple(before[a] for a in d) == step.shape)
    for dims in islice(alike, MOST):
        yield Hypothesis(
            CAUSE,
            f"{step.name} puts axes in the order {order}, where Keras's values need {dims}",
            f"y = x.permute{dims}",
            (Change(step.name, "call", "permute", {"dims": dims}),),
        )


def _transposed(step: Step, shapes: Mapping[str, Dims]) -> Iterator[Hypothesis]:
    """A factor whose last two axes are equally long, as those of scores are, transposed."""
    roles = FACTORS[step.kind] if len(step.inputs) == len(FACTORS[step.kind]) else ()
    for role, taken in zip(roles, step.inputs, strict=bool(roles)):
        shape = shapes.get(taken.partition(":")[0], (0, 0, 0))  # of what is outside, it is tried
        if len(shape) > 2 and shape[-1] == shape[-2]:
            yield Hypothesis(
                CAUSE,
                f"{step.name} multiplies by {taken}, whose last two axes Keras has in the other "
                "order",
                f"{taken}.transpose(-2, -1)  # in {step.name}",
                (Change(step.name, "input", "transposed", {}, role),),
            )


def _unturned(step: Step) -> Iterator[Hypothesis]:
    """Channels brought to the front of what it takes, and of what it gives to the end again; or the
    first alone."""
    rank = len(step.shape)
    if rank < 3:
        return
    ahead, back = (0, rank - 1, *range(1, rank - 1)), (0, *range(2, rank), 1)
    given = Change(step.name, "input", "permute", {"dims": ahead})
    says = f"{step.name} works along axes that Keras has in another order"
    line = writing.called(step, f"x.permute{ahead}")
    if step.kind not in reading.RECURRENT:  # which give their states, too
        handed_on = Change(step.name, "output", "permute", {"dims": back})
        yield Hypothesis(CAUSE, says, f"y = {line}.permute{back}", (given, handed_on))
    yield Hypothesis(CAUSE, says, f"y = {line}", (given,))
