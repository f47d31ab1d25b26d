"""Heads of another number, in an attention that the port has written out: features are read into so
many heads by a view, or several, and all of them together may be meant for others."""

import math
from collections.abc import Iterator, Mapping, Sequence

from parity.diagnose import writing
from parity.diagnose.attention_masks import FUNCTION
from parity.diagnose.hypothesis import Hypothesis
from parity.diagnose.places import RESHAPES
from parity.records.comparison import Step
from parity.records.interventions import Change

SOFTMAXES = ("softmax", "Softmax")
_SCORES = "scores = scores"
PACKED = 3  # query, key and value, that one view may take apart, too

Shape = tuple[int, ...]


def hypotheses(steps: Sequence[Step], outside: Mapping[str, Shape]) -> Iterator[Hypothesis]:
    """outside: the shapes of what the steps take from elsewhere, where they are known."""
    shapes = {**outside, **{step.name: step.shape for step in steps}}
    scores = [s for s in steps if s.kind in SOFTMAXES and len(s.shape) > 2]
    views = [found for step in steps if (found := _view(step, shapes))]
    if not scores and not any(step.kind == FUNCTION for step in steps):
        return
    for present in dict.fromkeys(heads for _, _, heads, _ in views):
        own = [view for view in views if view[2] == present]
        size = math.gcd(*(heads * width for _, _, heads, width in own))
        for wanted in (n for n in range(1, size + 1) if size % n == 0 and n != present):
            yield from _other(own, scores, present, wanted)


def _view(step: Step, shapes: Mapping[str, Shape]) -> tuple[Step, Shape, int, int] | None:
    """A step that reads an axis as heads and their width: with the places of both."""
    before = shapes.get(step.inputs[0].partition(":")[0]) if step.inputs else None
    if step.kind not in RESHAPES or before is None or before[:1] != step.shape[:1]:
        return None
    pairs = enumerate(zip(before, step.shape, strict=False))
    axis = next((place for place, (old, new) in pairs if old != new), 0)
    ends = (n for n in range(axis + 2, axis + 4) if math.prod(step.shape[axis:n]) == before[axis])
    end = next(ends, 0)
    if not axis or not end or end > len(step.shape):
        return None
    places = [*range(axis, end)]
    if len(places) > 2:
        parts = [place for place in places if step.shape[place] == PACKED]
        if not parts:
            return None
        places.remove(parts[0])
    one, other = places
    return step, (one, other), step.shape[one], step.shape[other]


def _other(
    views: Sequence[tuple[Step, Shape, int, int]],
    scores: Sequence[Step],
    present: int,
    wanted: int,
) -> Iterator[Hypothesis]:
    """So many heads, the scores scaled by their width, too; or as they are."""
    changes, lines = [], []
    for step, (one, other), heads, width in views:
        sizes = {one: wanted, other: heads * width // wanted}
        shape = tuple(sizes.get(place, size) for place, size in enumerate(step.shape))[1:]
        changes.append(Change(step.name, "call", "moved", {"moves": (("reshape", shape),)}))
        lines.append(f"{step.name} = x.reshape(len(x), {', '.join(map(str, shape))})")
    by = math.sqrt(wanted / present)
    scaled = [Change(step.name, "input", "scale", {"by": by}) for step in scores]
    names = ", ".join(step.name for step, *_ in views)
    for further in [scaled, []] if scaled else [[]]:
        yield Hypothesis(
            "mha-key-dim",
            f"the number of heads is {present} in the port ({names}); with {wanted} it gives what "
            "Keras does",
            "; ".join([*lines, *(f"{_SCORES} * {writing.number(by)}" for _ in further[:1])]),
            (*changes, *further),
        )
