"""Results folders that no training made, by the project's own writers; and what commands print."""

import copy
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity.cli import main
from parity.records.as_json import as_json
from parity.records.comparison import GateResult, Report, Verdict
from parity.records.jobs import FRAMEWORKS, STARTS, Epoch, Framework, Job, Run, Start, Timing
from parity.records.training import Lane
from parity.train.run_store import Folder
from tests.results.plot_records import timed

NAN = float("nan")
SEEDS = (0, 1, 2)
SOURCE = {"commit": "a" * 40, "changed": False}
PROVENANCE: dict[str, Any] = {
    "versions": {"python": "3.12.1", "keras": "3.15.0", "tensorflow": "2.21.0", "torch": "2.14.0"},
    "machine": {"system": "Linux", "processor": "Xeon", "cores": 8},
    "keras_side": {
        "keras_backend": "tensorflow",
        "keras_device": "cpu",
        "device": "cpu",
        "threads": 8,
        "tf32": False,
    },
    "torch_side": {"device": "cpu", "threads": 8, "tf32": False},
    "settings": {
        "epochs": "2",
        "seed": 0,
        "seeds": 3,
        "recipe": "course",
        "lanes": ["matched"],
        "rounds": 1,
    },
    "source": SOURCE,
}


def checked(verdict: Verdict) -> dict[str, Any]:
    """A report of one gate."""
    return as_json(Report("mlp", (GateResult("forward", verdict),), PROVENANCE))


RECORD: dict[str, Any] = {
    "task": "classify",
    "about": "perceptron",
    "margins": {"loss": 0.05, "accuracy": 0.002},
    "check": checked("pass"),
    "recipe": {"name": "course", "loss": "CategoricalCrossentropy", "batch_size": 8, "epochs": 2},
    "data": {"data": "digits", "train": 1437, "test": 360},
    "provenance": PROVENANCE,
}


def trained(
    framework: Framework, start: Start = "paired", seed: int = 0, pair: str = "mlp", epochs: int = 2
) -> Run:
    """A run whose final loss is 0.3, a little more with every seed."""
    history = [Epoch(0, 2.3, 0.1, 0.1)]
    for epoch in range(1, epochs + 1):
        loss, accuracy = 0.3 + 0.001 * seed + 1 / epoch - 1 / epochs, 0.9 + 0.0001 * seed
        history.append(Epoch(epoch, loss, accuracy, accuracy, loss, accuracy, 1.0))
    job = Job(pair, framework, "tensorflow", "matched", "course", start, seed, epochs)
    return Run(job, tuple(history), 650)


def campaign(seeds: Sequence[int] = SEEDS, pair: str = "mlp", epochs: int = 2) -> list[Run]:
    return [
        trained(framework, start, seed, pair, epochs)
        for seed in seeds
        for start in STARTS
        for framework in FRAMEWORKS
    ]


def moved(run: Run, by: float, epoch: int = -1, figure: str = "test_loss") -> Run:
    history = list(run.history)
    history[epoch] = replace(history[epoch], **{figure: getattr(history[epoch], figure) + by})
    return replace(run, history=tuple(history))


def clocked(lane: Lane, seconds: float, pair: str = "mlp") -> list[Timing]:
    about = {"lane": f"what {lane} does", "device": "cpu", "threads": 8, "tf32": False}
    return [replace(timed(pair, side, lane, seconds), settings=about) for side in FRAMEWORKS]


def write(
    out: Path,
    runs: Sequence[Run] | None = None,
    timings: Sequence[Timing] = (),
    pair: str = "mlp",
    digest: str = "d0",
    **changes: Any,
) -> Path:
    """A results folder by the project's own writers. changes: versions__torch="2.15.0"."""
    record: dict[str, Any] = copy.deepcopy(RECORD)
    for name, value in changes.items():
        *path, last = name.split("__")
        place = record if (path or [last])[0] in record else record["provenance"]
        for part in path:
            place = place[part]
        place[last] = value
    ended = campaign(pair=pair) if runs is None else list(runs)
    conditions = {"versions": record["provenance"]["versions"], "data": digest}
    with Folder(out, conditions, record["provenance"]["source"], resume=False) as folder:
        for run in ended:
            folder.finish(run)
        names = {"pair": pair, "runs": [run.job.id for run in ended]}
        record |= names | {"timings": [asdict(one) for one in timings]}
        folder.finish_pair(record, {"labels": np.zeros(1)})
    return out


class Printed:
    """What a command printed: `in` looks for words in their order, however they are spaced."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *argv: object) -> None:
        self.status = main.main(["results", *map(str, argv)])
        found = capsys.readouterr()
        self.out, self.err = found.out, found.err

    def __contains__(self, words: str) -> bool:
        return words in " ".join((self.out + self.err).split())
