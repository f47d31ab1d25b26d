"""What the training of one of the report's ports gave, and how it is kept. No framework.

    records/<pair>.json          a Record
    records/<pair>.safetensors   what pictures show

A *reading* is one way to take figures from the same weights:

    report     as the report's loop has it: losses are means of batch means, the cnn's accuracy is a
               number of right answers a batch, the denoiser is tested on clean images
    weighted   the same values, every image counted once, and accuracy a share
    noisy      as weighted, of a denoiser that is tested on noisy images
    course     by the course's definitions: as weighted, of noisy images for a denoiser, the output
               taken as an image in [0, 1] and compared with the image as it is
    undone     as course, after the normalisation is undone in the output
"""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from parity.records import files
from parity.records import reading as read_records
from parity.records.comparison import Array
from parity.records.jobs import Epoch, Job, Run
from parity.records.names import FileName
from parity.records.pair import Task
from parity.records.results import DataSet, Provenance, known, plain

REPORT, WEIGHTED, NOISY, COURSE, UNDONE = "report", "weighted", "noisy", "course", "undone"


@dataclass(frozen=True)
class Figures:
    """A loss, and an accuracy: a share, or in the cnn's reading `report` right answers a batch."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Read:
    """One epoch by reading; epoch 0 is the model before training, which has no train figures."""

    epoch: int
    test: dict[str, Figures]
    train: dict[str, Figures] = field(default_factory=dict)  # running means: report, weighted
    seconds: float | None = None


@dataclass(frozen=True)
class Floor:
    """What no weights can bring a loss below, from the images alone.

    own: with the port's target; course: with images in [0, 1] as they are. outside: the share of
    the port's target beyond [0, 1]; grey, course_grey: the share strictly between 0 and 1.
    """

    own: float
    course: float
    outside: float
    grey: float
    course_grey: float


@dataclass(frozen=True)
class Further:
    """The same training once more, of another seed: other first weights, another order."""

    seed: int
    history: tuple[Read, ...]


@dataclass(frozen=True)
class Record:
    """A port trained as the report did, of this seed. `floors`: "train", "test", where it has any.

    parameters: how many numbers the model's parameters hold; unmoved: the tensors, by name, that
    training left bitwise as they were; further: other seeds, whose figures alone are kept.
    """

    pair: FileName
    task: Task
    loss: str  # its class in the port
    batch_size: int
    epochs: int
    seed: int
    parameters: int
    unmoved: tuple[str, ...]
    history: tuple[Read, ...]
    floors: dict[str, Floor]
    data: DataSet
    provenance: Provenance
    further: tuple[Further, ...] = ()
    shown: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def last(self) -> Read:
        return self.history[-1]

    @property
    def seeds(self) -> tuple[int, ...]:
        return (self.seed, *(one.seed for one in self.further))

    def ends(self, reading: str) -> list[Figures]:
        """Every seed's figures after the last epoch."""
        return [history[-1].test[reading] for history in self._histories()]

    def runs(self, reading: str) -> list[Run]:
        """Every seed's training as one of `parity compare`'s, for pictures; train figures as
        `weighted`. The first has what is shown."""
        ended = [
            Run(job(self.pair, seed, self.epochs), _epochs(history, reading), self.parameters)
            for seed, history in zip(self.seeds, self._histories(), strict=True)
        ]
        return [replace(ended[0], shown=self.shown), *ended[1:]]

    def _histories(self) -> list[tuple[Read, ...]]:
        return [self.history, *(one.history for one in self.further)]


def _epochs(history: tuple[Read, ...], reading: str) -> tuple[Epoch, ...]:
    trained = REPORT if reading == REPORT else WEIGHTED
    found = []
    for read in history:
        test, train = read.test[reading], read.train.get(trained)
        loss, accuracy = (train.loss, train.accuracy) if train else (None, None)
        figures = (test.loss, test.accuracy, test.accuracy)
        found.append(Epoch(read.epoch, *figures, loss, accuracy, read.seconds))
    return tuple(found)


def job(pair: str, seed: int, epochs: int) -> Job:
    """The training of a port, as `parity compare` names its runs."""
    return Job(pair, "torch", "", "matched", "as_reported", "independent", seed, epochs)


def write(out: Path, record: Record) -> None:
    base = out / "records" / record.pair
    files.save_arrays(base.with_suffix(".safetensors"), record.shown)
    found = asdict(replace(record, shown={}))
    del found["shown"]
    found |= {"data": known(record.data), "provenance": plain(record.provenance)}
    files.write_json(base.with_suffix(".json"), found)


def read(out: Path, pair: str) -> Record | None:
    """The record of a pair; None where there is none.

    Raises ResultsError where it cannot be read.
    """
    path = out / "records" / f"{pair}.json"
    if not path.exists():
        return None
    found = read_records.read(Record, path)
    read_records.require_name(path, found.pair)
    return replace(found, shown=read_records.read_arrays(path.with_suffix(".safetensors")))
