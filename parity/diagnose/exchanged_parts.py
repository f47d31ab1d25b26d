"""Parts of one value that take each other's place: the halves of a gated unit, scale and shift."""

from collections.abc import Iterator
from itertools import combinations

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.taken import written
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "parts-exchanged"
SPLITS = frozenset(("chunk", "split", "unbind", "tensor_split", "split_with_sizes"))
GATED = ("GLU", "glu")
MOST = 4  # parts, of which any two may be exchanged


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in case.torch:
        if step.kind in SPLITS:
            yield from _of_split(case, step)
        elif step.kind in GATED:
            yield _of_gated(step)
    yield from _of_slices([step for step in case.torch if step.kind == "getitem"])


def _of_split(case: Case, step: Step) -> Iterator[Hypothesis]:
    count = _count(case, step)
    for one, other in combinations(range(count if count <= MOST else 0), 2):
        order = tuple({one: other, other: one}.get(place, place) for place in range(count))
        yield Hypothesis(
            CAUSE,
            f"parts {one} and {other} of what {step.name} gives change places",
            f"y = tuple(y[place] for place in {order})",
            (Change(step.name, "call", "parts", {"order": order}),),
        )


def _count(case: Case, step: Step) -> int:
    """How many parts there are, by those that are taken."""
    leaves = [
        int(leaf or 0)
        for other in case.torch
        for owner, _, leaf in (name.partition(":") for name in other.inputs)
        if owner == step.name
    ]
    given = step.settings.get("chunks")
    return max(given if isinstance(given, int) else 0, max(leaves, default=0) + 1)


def _of_gated(step: Step) -> Hypothesis:
    dim, half = step.settings.get("dim", -1), step.shape[step.settings.get("dim", -1)]
    return Hypothesis(
        CAUSE,
        f"{step.name} gates by its second half, Keras by the first",
        f"x = x.roll({half}, {dim})",
        (Change(step.name, "input", "roll", {"by": half, "dim": dim}),),
    )


def _of_slices(steps: list[Step]) -> Iterator[Hypothesis]:
    for one, other in combinations(steps[: 2 * MOST], 2):
        here, there = one.settings.get("index"), other.settings.get("index")
        is_alike = one.inputs == other.inputs and one.shape == other.shape
        if is_alike and here is not None and there is not None and repr(here) != repr(there):
            yield Hypothesis(
                CAUSE,
                f"what {one.name} and {other.name} take of one value change places",
                f"y = x[{written(there)}]  # of {one.name}, and x[{written(here)}] of {other.name}",
                (
                    Change(one.name, "setting", "index", there),
                    Change(other.name, "setting", "index", here),
                ),
            )
