"""What the templates are given. Numbers stay numbers: filters in `render.py` make text of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity.records.comparison import GateResult, LayerCheck, Verdict


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
class Note:
    """A `# DIFFERS:` comment."""

    number: int  # from 1, in the page
    text: str
    entry: str  # its id in the catalogue of differences; "" if it has none
    title: str = ""  # of the entry; "" where the catalogue has none


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
class LedgerRow:
    """One line of the weight ledger."""

    layer: str  # Keras's name of it
    keras: str
    keras_shape: tuple[int, ...]
    move: str
    torch: str
    torch_shape: tuple[int, ...]


@dataclass(frozen=True)
class LayerFact:
    """One Keras layer and what answers it, with what was measured. Shapes have the batch axis."""

    name: str
    keras_kind: str
    keras_activation: str
    keras_shape: tuple[int, ...]
    torch: tuple[str, ...]  # "fc1 (Linear)", "relu"
    torch_shape: tuple[int, ...]
    weights: tuple[LedgerRow, ...]
    wide: LayerCheck | None  # float64
    narrow: LayerCheck | None  # float32


@dataclass(frozen=True)
class GateFact:
    """One gate in both dtypes; a gate that looks at no values has neither and stands in `plain`."""

    name: str
    plain: GateResult | None = None
    wide: GateResult | None = None
    narrow: GateResult | None = None


@dataclass(frozen=True)
class Checked:
    """A live check of a pair, as the page shows it."""

    verdict: Verdict
    backend: str
    layers: tuple[LayerFact, ...]
    ledger: tuple[LedgerRow, ...]
    set_aside: tuple[tuple[str, str], ...]
    gates: tuple[GateFact, ...]
    parameters: int
    has_images: bool  # values between layers have a height and a width
    ends_in_logits: bool  # the port's last activation is in `prediction`

    def gate(self, name: str) -> GateFact | None:
        return next((gate for gate in self.gates if gate.name == name), None)


@dataclass(frozen=True)
class Picture:
    """A picture to be copied into the site."""

    source: Path
    file: str  # in the site, from its root
    alt: str  # what is seen
    caption: str
    width: int  # pixels
    height: int


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
    parting: int | None  # the step from which rounding had grown large
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
class Exercise:
    """A port with one mistake, for the reader to find."""

    number: int
    title: str
    task: str
    excerpt: tuple[Line, ...]
    gate: str
    layer: str  # "" where the gate rings for no one layer
    hint: str
    explanation: str
    diff: tuple[str, ...]  # from the faulty port to the solution
    cause: str
    entry: str


@dataclass(frozen=True)
class Lesson:
    """A pair's page."""

    name: str
    task: str
    about: str
    keras_file: str
    torch_file: str
    sections: tuple[Section, ...]
    checked: Checked
    outcome: Outcome | None
    drifts: tuple[Drift, ...]
    exercises: tuple[Exercise, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.html"

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(note for part in self.sections for row in part.rows for note in row.notes)


@dataclass(frozen=True)
class Experiment:
    """One figure of the laboratory."""

    label: str
    backend: str
    text: str
    holds: bool


@dataclass(frozen=True)
class Code:
    """A few lines of source, with what they are."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the laboratory of differences."""

    id: str
    title: str
    keras: str
    torch: str
    naive: str
    faithful: str
    note: str
    sources: tuple[str, ...]
    code: tuple[Code, ...]
    measured: str = ""  # what of both sides is compared; "" where it is the output
    measured_naive: tuple[Experiment, ...] = ()
    measured_faithful: tuple[Experiment, ...] = ()
    is_control: bool = False
    causes: tuple[str, ...] = ()  # by which `parity check` names it in a port


@dataclass(frozen=True)
class Area:
    """The entries of one area."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        return "area-" + self.name.replace(" ", "-")


@dataclass(frozen=True)
class Laboratory:
    areas: tuple[Area, ...]
    is_measured: bool
    versions: str = ""  # that the figures were measured with

    @property
    def entries(self) -> dict[str, Entry]:
        return {entry.id: entry for area in self.areas for entry in area.entries}


@dataclass(frozen=True)
class Quirk:
    """One thing that the report did in its own way."""

    id: str
    where: str  # "Data", "Model", ...
    wrote: str  # what the report has
    keras: str  # what Keras's file does
    means: str
    entries: tuple[str, ...]  # of the catalogue of differences
    costs: Table  # without rows, where there is nothing to measure or it was not


@dataclass(frozen=True)
class ReportedPair:
    """One exercise of the report beside the course's model."""

    name: str
    about: str
    port_file: str
    verdict: Verdict
    says: str  # the same function or not, in a sentence
    causes: tuple[str, ...]  # what the diagnosis found
    quirks: tuple[Quirk, ...]
    figures: Table  # without rows where nothing was trained
    together: Table
    pictures: tuple[Picture, ...] = ()
    epochs: int = 0


@dataclass(frozen=True)
class Build:
    """How the site came about."""

    backend: str
    seed: int
    versions: str
    commit: str
    settings: dict[str, Any] = field(default_factory=dict)
    results: str = "results"  # the folder of the figures
