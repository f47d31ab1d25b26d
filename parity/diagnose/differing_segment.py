"""A segment that differs alone: what a search is given of it, and how it is measured again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from parity.diagnose.hypothesis import Hypothesis
from parity.errors import ModelError
from parity.mapping import activation_layouts
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.comparison import Array, Layout, Match, Step
from parity.records.interventions import Change, Lent, Taken

Play = Callable[[tuple[Change, ...]], Array]  # the torch segment in float64, under changes


# The port's values by Keras's names, each with Keras's axes: axis i is the port's axis dims[i].
Answers = Mapping[str, Taken]


def _nothing(name: str) -> Lent:
    raise ModelError(f"{name} is not at hand")


@dataclass(frozen=True)
class DifferingSegment:
    """A segment that differs alone, and how to run it again."""

    match: Match
    keras: Array  # what Keras gives, float64
    noise: float
    layout: Layout  # of the result
    axes: tuple[int, ...]  # Keras axis i of the input is torch's axis axes[i]
    input_shape: tuple[int, ...]
    play: Play
    earlier: dict[str, Array]  # what Keras's segment gives before its last step, by step
    play_on: Callable[[Array], Array]  # the torch segment, fed with another value of Keras's
    without_bias: Callable[[], Array] | None = None  # Keras's segment, where torch has no bias
    biases: tuple[str, ...] = ()  # those, by Keras's names
    values: Mapping[str, Lent] = field(default_factory=dict)  # see Case
    lend: Callable[[str], Lent] = _nothing  # a variable of Keras's, by name
    taken: Mapping[str, Lent] = field(default_factory=dict)  # what Keras's steps take, and give
    answers: Answers = field(default_factory=dict)
    present: frozenset[str] = frozenset()  # weights for which the port may have a place, by name
    parts: tuple[Match, ...] = ()  # those that it is made of, where several are explained as one


@dataclass(frozen=True)
class Result:
    hypothesis: Hypothesis
    gap: float
    layout: Layout  # under which it is so small
    layer: Step  # Keras's, that it is about


def tried(play: Callable[[], Array]) -> Array | None:
    """What a trial gives; None where it cannot be run so."""
    try:
        return play()
    except ModelError:
        return None


def played(subject: DifferingSegment, changes: tuple[Change, ...]) -> Array | None:
    """The result under changes; None where the segment cannot be run so."""
    return tried(lambda: subject.play(changes))


def gap_of(
    subject: DifferingSegment, torch: Array | None, keras: Array | None = None
) -> tuple[float, Layout]:
    """The largest difference in whatever layout fits best, and that layout; infinite in none."""
    wanted = subject.keras if keras is None else keras
    best = float("inf"), subject.layout
    if torch is None:
        return best
    for layout in (subject.layout, *activation_layouts.fitting(wanted.shape, torch.shape)):
        try:
            gap = largest(wanted, layout.to_keras(torch))
        except (ValueError, IndexError):
            continue
        if gap < best[0]:
            best = gap, layout
    return best


def is_noise(subject: DifferingSegment, gap: float) -> bool:
    return noise.ratio(gap, subject.noise) <= noise.LIMIT
