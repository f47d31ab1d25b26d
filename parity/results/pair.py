"""The main job: check the pairs, time them, train them, and hand on what a results folder holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from parity.checking import models, run
from parity.checking.options import Options
from parity.checking.probe import probe
from parity.mapping import ledger
from parity.mapping.plan import Plan, key
from parity.records.as_json import as_json
from parity.records.comparison import Array, Report
from parity.records.jobs import FRAMEWORKS, STARTS, Job, Run, Start, Timing
from parity.records.pair import Pair
from parity.records.results import Known
from parity.records.training import Lane
from parity.sides.process import Sides
from parity.sides.testing import SHOWN
from parity.sides.verbs import InKeras, Models, Training
from parity.train import timing
from parity.train.data.dataset import Dataset
from parity.train.learn import Task

TENTH = 10  # by default a run takes a tenth of the course's epochs
LEARNING_LANE: Lane = "matched"

Weights = dict[str, dict[str, Array]]  # framework -> the first weights


@dataclass(frozen=True)
class Settings:
    """What a person chose. Without `epochs`, a tenth of the recipe's are run; `full`: all.

    usual: the data set's own numbers in place of that tenth, by task, where it has some.
    """

    epochs: int | None = None
    full: bool = False
    seed: int = 0  # the first
    seeds: int = 1
    recipe: str = "course"
    lanes: tuple[Lane, ...] = ("matched",)
    rounds: int = 2  # of timing
    usual: Mapping[str, int] | None = None

    def on(self, data: Dataset) -> "Settings":
        return replace(self, usual=data.epochs)

    def epochs_of(self, pair: Pair, course: int) -> int:
        if self.epochs is not None:
            return self.epochs
        if self.full:
            return course
        return self.usual[pair.task] if self.usual else max(1, course // TENTH)

    def length(self) -> str:
        """For the provenance: how the number of epochs was chosen."""
        if self.epochs is not None:
            return str(self.epochs)
        if self.full:
            return "the course's"
        if self.usual:
            return ", ".join(f"{count} to {task}" for task, count in self.usual.items())
        return "a tenth of the course's"

    @property
    def starts(self) -> tuple[Start, ...]:
        """One seed says nothing about two independent runs."""
        return STARTS if self.seeds > 1 else ("paired",)

    def describe(self) -> dict[str, Any]:
        """For the provenance."""
        return {
            "epochs": self.length(),
            "seed": self.seed,
            "seeds": self.seeds,
            "recipe": self.recipe,
            "lanes": list(self.lanes),
            "rounds": self.rounds,
        }


@dataclass(frozen=True)
class Checked:
    """A pair after its gates. Only one that passes is timed and trained."""

    pair: Pair
    check: Report
    loss: str  # its class
    batch_size: int
    epochs: int  # to run
    weights: dict[int, Weights]  # by seed; empty where the check does not pass

    @property
    def passes(self) -> bool:
        return self.check.verdict == "pass"


def check(
    pair: Pair,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
    known: Report | None = None,
    say: Callable[[Report], None] = lambda report: None,
) -> Checked:
    """Run all gates, unless their report is `known`, and draw the first weights of every seed.

    A new report is given to `say`.
    """
    shown = probe(data.test_images, data.test_labels, data.train_images, data.train_labels)
    options = Options(seed=settings.seed)
    plan = models.draw_up(pair, sides, options, shown)
    found = known
    if found is None:
        found = run.gates(plan, sides, options, shown, provenance)
        say(found)
    recipe = sides.keras.call(Training.settings, pair.keras)
    seeds = range(settings.seed, settings.seed + settings.seeds)
    passes = found.verdict == "pass"
    weights = {seed: _first_weights(plan, sides, seed) for seed in seeds} if passes else {}
    epochs = settings.epochs_of(pair, recipe.epochs)
    return Checked(pair, found, recipe.loss, recipe.batch_size, epochs, weights)


def _first_weights(plan: Plan, sides: Sides, seed: int) -> Weights:
    """What Keras draws with this seed, and the same numbers in the port's layout."""
    name = key(plan.pair, "float32")
    sides.keras.call(InKeras.open, name, plan.pair.keras, "float32", seed)
    keras = sides.keras.call(Models.weights, name)
    return {"keras": keras, "torch": ledger.to_torch(plan.ledger, keras)}


def time(
    checked: Checked,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    imports: dict[str, float],
    watch: Callable[[str, str, int, int], None],
) -> tuple[Timing, ...]:
    """Time a pair in every lane that was chosen."""
    weights = checked.weights[settings.seed]
    found: list[Timing] = []
    for lane in settings.lanes:

        def seen(framework: str, epoch: int, samples: int, lane: str = lane) -> None:
            watch(lane, framework, epoch, samples)

        found += timing.measure(
            checked.pair,
            sides,
            data,
            lane,
            weights,
            imports,
            settings.rounds,
            seen,
        )
    return tuple(found)


def tasks(checked: Checked, settings: Settings, backend: str) -> list[Task]:
    """The runs of a pair: every seed, start and framework."""
    pair = checked.pair
    found = []
    for seed, weights in checked.weights.items():
        for start in settings.starts:
            for framework in FRAMEWORKS:
                job = Job(
                    pair.name,
                    framework,
                    backend,
                    LEARNING_LANE,
                    settings.recipe,
                    start,
                    seed,
                    checked.epochs,
                )
                found.append(Task(job, pair, weights[framework] if start == "paired" else None))
    return found


def record(
    checked: Checked,
    timings: Sequence[Timing],
    jobs: Sequence[Job],
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
) -> dict[str, Any]:
    """What records/<pair>.json holds; the runs lie in files of their own."""
    pair = checked.pair
    return {
        "pair": pair.name,
        "task": pair.task,
        "about": pair.about,
        "margins": asdict(pair.margins),
        "check": as_json(checked.check),
        "recipe": {
            "name": settings.recipe,
            "loss": checked.loss,
            "batch_size": checked.batch_size,
            "epochs": checked.epochs,
        },
        "data": data.describe(),
        "timings": [asdict(one) for one in timings],
        "runs": [job.id for job in jobs],
        "provenance": provenance,
    }


def plain(known: Known) -> dict[str, Any]:
    """As JSON holds it: nothing of what is not known."""
    check = {} if known.check is None else {"check": as_json(known.check)}
    timings = {} if known.timings is None else {"timings": [asdict(one) for one in known.timings]}
    return check | timings


def shown(runs: Sequence[Run], data: Dataset) -> dict[str, Array]:
    """What pictures need beside the runs: all labels, and the images that are shown.

    "labels" (N,), "originals" (10, 28, 28); for classifiers, "mistakes": which images the first
    run of either framework gets wrong first, and "mistaken", the images.
    """
    found = {"labels": data.test_labels, "originals": data.test_images[:SHOWN]}
    wrong = [
        np.flatnonzero(run.shown["classes"] != data.test_labels)[:SHOWN]
        for run in runs
        if "classes" in run.shown
    ]
    if wrong:
        chosen = np.unique(np.concatenate(wrong))
        found |= {"mistakes": chosen, "mistaken": data.test_images[chosen]}
    return found
