"""What the templates are given. Numbers stay numbers: filters in `render.py` make text of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parity.course.exercises.exercise import Exercise
from parity.course.laboratory.bench import Result
from parity.course.laboratory.experiment import Entry, area
from parity.course.lesson.notes import Comment
from parity.course.lesson.titles import title
from parity.course.reported.pages import Page
from parity.mapping.plan import Plan
from parity.records.comparison import Dtype, GateResult, LayerCheck, LedgerLine, Match, Report
from parity.records.pair import Pair

Note = tuple[int, Comment]  # its number, from 1 in the page


@dataclass(frozen=True)
class Piece:
    """Characters of one colour."""

    text: str
    css: str  # Pygments' short class: "k"; "" for plain text


@dataclass(frozen=True)
class Span:
    """Pieces in a row that belong to one layer, or to none."""

    pieces: tuple[Piece, ...]
    layer: str = ""  # Keras's name of it
    leads: bool = False  # the first mention on its side, which takes the focus


@dataclass(frozen=True)
class Line:
    """One line of a source file."""

    number: int
    indent: int
    spans: tuple[Span, ...]
    note: int = 0  # the number of the note that this line's comment is a part of
    ends_note: bool = False


@dataclass(frozen=True)
class Row:
    """Lines of both files that belong together; either side may be empty."""

    key: str
    keras: tuple[Line, ...]
    torch: tuple[Line, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Section:
    """What stands below one heading in both files."""

    heading: str
    rows: tuple[Row, ...]

    @property
    def noted(self) -> tuple[tuple[int, int, Row], ...]:
        """Rows with notes: their place from 0, and how many rows there are to the next of them."""
        places = [place for place, row in enumerate(self.rows) if row.notes]
        ends = [*places, len(self.rows)][1:]
        return tuple(
            (place, end - place, self.rows[place]) for place, end in zip(places, ends, strict=True)
        )


@dataclass(frozen=True)
class Checked:
    """A live check of a pair: how its models were laid side by side, and what the gates found."""

    plan: Plan
    report: Report
    backend: str

    @property
    def layers(self) -> tuple[Match, ...]:
        return self.plan.alignment.matches

    @property
    def gates(self) -> dict[str, dict[str, GateResult]]:
        """Name -> dtype -> result; the dtype is "" of a gate that looks at no values."""
        found: dict[str, dict[str, GateResult]] = {}
        for gate in self.report.gates:
            found.setdefault(gate.name, {})[gate.dtype] = gate
        return found

    def line(self, layer: Match, dtype: Dtype) -> LayerCheck | None:
        """The layer's line of the forward gate."""
        gate = self.gates.get("forward", {}).get(dtype)
        lines = gate.layers if gate else ()
        return next((line for line in lines if line.keras == layer.keras.name), None)

    def weights(self, layer: Match) -> tuple[LedgerLine, ...]:
        """The lines of the weight ledger that the layer has."""
        return tuple(x for x in self.plan.ledger.lines if x.keras in layer.keras.variables)

    @property
    def parameters(self) -> int:
        return sum(math.prod(line.keras.shape) for line in self.plan.ledger.lines)

    @property
    def has_images(self) -> bool:
        """Have values between layers a height and a width?"""
        return any(len(layer.keras.shape) == 4 for layer in self.layers)

    @property
    def ends_in_logits(self) -> bool:
        """Is the port's last activation in `prediction`?"""
        return bool(self.plan.torch.outside)


@dataclass(frozen=True)
class Picture:
    """A picture to be copied into the site."""

    source: Path
    file: str  # in the site, from its root
    alt: str  # what is seen
    caption: str
    width: int  # pixels
    height: int
    is_chart: bool = False  # lines on a white ground, which a dark page may turn round


@dataclass(frozen=True)
class Table:
    """Text in rows; the first `left` columns and the last `right` are words, the others figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    right: int = 0


@dataclass(frozen=True)
class Bar:
    """How long an epoch takes on one side, in one lane."""

    lane: str
    side: str
    seconds: float
    step_ms: float
    does: str
    share: float  # of the slowest of the table


@dataclass(frozen=True)
class Drift:
    """One lock-step run."""

    dtype: str
    backend: str
    steps: int
    verdict: str
    sentences: tuple[str, ...]
    table: Table
    naive: Table | None
    picture: Picture | None
    divergence: int | None  # the step from which rounding had grown large
    first: float  # weights apart after the first step
    last: float  # and after the last


@dataclass(frozen=True)
class Outcome:
    """What a results folder holds of a pair. Tables without rows were not measured."""

    epochs: int
    data: str
    comparison: Table
    equivalence: Table
    bars: tuple[Bar, ...]
    curves: tuple[Picture, ...]
    confusion: Picture | None
    mistakes: Picture | None
    reconstructions: Picture | None
    provenance: str


@dataclass(frozen=True)
class Lesson:
    """A pair's page."""

    pair: Pair
    sections: tuple[Section, ...]
    checked: Checked
    outcome: Outcome | None
    drifts: tuple[Drift, ...]
    exercises: tuple[Exercise, ...]

    @property
    def file(self) -> str:
        return f"{self.pair.name}.html"

    @property
    def title(self) -> str:
        return title(self.pair.name)

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(note for part in self.sections for row in part.rows for note in row.notes)


@dataclass(frozen=True)
class Laboratory:
    """The catalogue of differences, and what was measured of it; both by id."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    versions: str = ""  # that the figures were measured with

    @property
    def areas(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            found.setdefault(area(entry), []).append(entry)
        return found


@dataclass(frozen=True)
class ReportedPair:
    """One exercise of the report beside the course's model, and the check of the two."""

    page: Page
    report: Report
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Build:
    """How the site came about."""

    backend: str
    seed: int
    versions: str
    commit: str
    results: str = "results"  # the folder of the figures
