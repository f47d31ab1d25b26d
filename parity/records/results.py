"""What the JSON files of a results folder hold, as records that parity.read_records builds.

A field that a file may leave out is None (`source` of an installed package: nothing at all).
"""

from dataclasses import asdict, dataclass
from typing import Any

from parity.records.comparison import Report
from parity.records.jobs import Job, Timing
from parity.records.names import FileName
from parity.records.pair import Margins, Task


@dataclass(frozen=True)
class DataSet:
    """What both sides were trained on: its name, and how many images."""

    data: str
    train: int
    test: int
    data_note: str | None = None
    unit: str | None = None  # images

    def __str__(self) -> str:
        note, unit = f" ({self.data_note})" if self.data_note else "", self.unit or "images"
        return f"{self.data}, {self.train:,} train and {self.test:,} test {unit}{note}"


@dataclass(frozen=True)
class Machine:
    system: str
    processor: str
    cores: int


@dataclass(frozen=True)
class Side:
    """One framework's process. Both `keras_` fields are of Keras's alone."""

    keras_backend: str | None = None
    keras_device: str | None = None
    device: str | None = None
    threads: int | None = None
    tf32: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Setup(Side):
    """What of Timing.settings is shown. lane: what it does, in words; gflops: 10^9 operations a
    second that a step comes to; peak_gflops: the same of a large matrix product; others: how many
    of the `processors` other programs kept busy meanwhile."""

    lane: str
    gflops: float | None = None
    peak_gflops: float | None = None
    others: float | None = None
    processors: int | None = None


@dataclass(frozen=True)
class Source:
    """The commit of the source tree, and whether it was changed; neither, of a package."""

    commit: str | None = None
    changed: bool | None = None

    @property
    def short(self) -> str:
        """Without its changes."""
        return self.commit[:12] if self.commit else "an installed package"


@dataclass(frozen=True)
class Provenance:
    """What checking/provenance.py tells. settings: what a person chose, by its name."""

    versions: dict[str, str]
    machine: Machine
    keras_side: Side
    torch_side: Side
    settings: dict[str, Any]
    source: Source

    @property
    def installed(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


@dataclass(frozen=True)
class Seeds:
    """Of the settings of `parity compare`: the first seed, and how many."""

    seed: int
    seeds: int


@dataclass(frozen=True)
class Recipe:
    """How the runs of a pair were trained. loss: its class."""

    name: str
    loss: str
    batch_size: int
    epochs: int


@dataclass(frozen=True)
class PairRecord:
    """records/<pair>.json of a comparison. task: None where there is no telling what is right;
    runs: the names of its files in runs/."""

    pair: FileName
    task: Task | None
    about: str
    margins: Margins
    check: Report
    recipe: Recipe
    data: DataSet
    timings: tuple[Timing, ...]
    runs: tuple[FileName, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Conditions:
    """Of what a run depends on beside its job (parity.provenance.conditions): the data's digest."""

    data: str


@dataclass(frozen=True)
class Origin:
    """How a run came about: what runs/<job>.json holds beside the run."""

    conditions: Conditions
    source: Source


@dataclass(frozen=True)
class Begun:
    """unfinished/<job>/job.json: which run was begun, and under what conditions."""

    job: Job
    conditions: dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What is kept of a pair before its runs are done; None where it is not known yet. source: of
    what both were made."""

    check: Report | None = None
    timings: tuple[Timing, ...] | None = None
    source: Source | None = None


@dataclass(frozen=True)
class Asked:
    """Under what a pair was begun: what a person chose of what its check and timings depend on, by
    its name, and a run's conditions."""

    settings: dict[str, Any]
    conditions: dict[str, Any]


@dataclass(frozen=True)
class BegunPair:
    """unfinished/<pair>.json: a pair whose runs are not all done."""

    asked: Asked
    found: Known


def known(found: DataSet | Machine | Side | Source) -> dict[str, Any]:
    """The fields of which something is known, by name, as JSON holds them."""
    return {name: value for name, value in asdict(found).items() if value is not None}


def plain(found: Provenance) -> dict[str, Any]:
    """A provenance as JSON holds it."""
    return {
        "versions": found.versions,
        "machine": known(found.machine),
        "keras_side": known(found.keras_side),
        "torch_side": known(found.torch_side),
        "settings": found.settings,
        "source": known(found.source),
    }
