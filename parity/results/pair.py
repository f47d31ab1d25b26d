"""The main job: check the pairs, time them, train them, and hand on what a results folder holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from parity.checking import models, probe, run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.mapping import ledger
from parity.mapping.overrides import NONE, MappingOverrides
from parity.mapping.plan import Plan, key
from parity.records import results
from parity.records.as_json import as_json
from parity.records.comparison import Array, Report
from parity.records.jobs import FRAMEWORKS, STARTS, Job, Run, Start, Timing
from parity.records.pair import Pair
from parity.records.results import Known
from parity.records.training import Lane, Session
from parity.results import own
from parity.sides.process import Sides
from parity.sides.testing import SHOWN
from parity.sides.training_verbs import Training
from parity.sides.verbs import InKeras, Models
from parity.train import timing
from parity.train.data.dataset import IMAGES, Dataset
from parity.train.learn import Task

EPOCHS = 10  # of a person's own training, where nothing says how many
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
    overrides: MappingOverrides = NONE
    chosen_starts: tuple[Start, ...] = ()  # none: as many as the seeds are enough for

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
        if self.chosen_starts:
            return self.chosen_starts
        return STARTS if self.seeds > 1 else ("paired",)

    def describe(self) -> dict[str, Any]:
        """For the provenance."""
        trained = {"epochs": self.length(), "seeds": self.seeds, "starts": list(self.starts)}
        return trained | self.measured()

    def measured(self) -> dict[str, Any]:
        """What of it the check and the timings depend on, however much is trained."""
        return {
            "seed": self.seed,
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
    shared: Session | None = None  # of a pair without twin files

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
    if not pair.has_twin_files:
        return _check_own(pair, sides, data, settings, provenance, known, say)
    shown = probe_of(data)
    options = Options(seed=settings.seed, overrides=settings.overrides)
    pair = run.with_samples(pair, sides, options, shown)[0]
    plan = models.draw_up(pair, sides, options, shown)
    found = known
    if found is None:
        found, _ = run.gates(plan, sides, options, shown, provenance)
        say(found)
    recipe = sides.keras.call(Training.settings, pair.keras)
    weights = _weights(plan, sides, settings, found)
    epochs = settings.epochs_of(pair, recipe.epochs)
    return Checked(pair, found, recipe.loss, recipe.batch_size, epochs, weights)


def probe_of(data: Dataset) -> Probe:
    """What the gates show twin files."""
    shown = data.test_images, data.test_labels, data.train_images, data.train_labels
    return probe.probe(*shown) if data.unit == IMAGES else probe.own(*shown)


def _check_own(
    pair: Pair,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
    known: Report | None,
    say: Callable[[Report], None],
) -> Checked:
    """The same of a pair that a training is given of. Some gates are run even where the report is
    known: values say how both stand to each other."""
    options = Options(seed=settings.seed, overrides=settings.overrides).in_training()
    options = options if known is None else replace(options, gates=own.FUNCTION)
    found = own.prepare(pair, sides, data, options, provenance)
    report = known
    if report is None:
        report = found.report
        say(report)
    assert found.shared.own is not None
    epochs = settings.epochs_of(pair, found.shared.own.training.epochs or EPOCHS)
    weights = _weights(found.plan, sides, settings, report, found.shared)
    size = found.shared.batch_size
    return Checked(found.plan.pair, report, found.loss, size, epochs, weights, found.shared)


def _weights(
    plan: Plan, sides: Sides, settings: Settings, report: Report, shared: Session | None = None
) -> dict[int, Weights]:
    """The first of every seed, of a pair that passes."""
    if report.verdict != "pass":
        return {}
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return {seed: _first_weights(plan, sides, seed, shared) for seed in seeds}


def _first_weights(plan: Plan, sides: Sides, seed: int, shared: Session | None) -> Weights:
    """What Keras draws with this seed, and the same numbers in the port's layout."""
    name = key(plan.pair, "float32")
    sides.keras.call(InKeras.open, name, plan.pair.keras, "float32", seed)
    if shared is not None:  # a person's own model may take its shapes from what it is fed
        sides.keras.call(Training.compile, name, shared)
        sides.keras.call(Training.finish, name)
    keras = sides.keras.call(Models.weights, name)
    return {"keras": keras, "torch": ledger.to_torch(plan.ledger, keras)}


def time(
    checked: Checked,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    imports: dict[str, float],
    watch: Callable[[str, str, int, int], None],
    others: timing.Others = timing.nobody,
) -> tuple[Timing, ...]:
    """Time a pair in every lane that was chosen. others: as of `timing.measure`."""
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
            checked.shared,
            others,
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
                first = weights[framework] if start == "paired" else None
                found.append(Task(job, pair, first, checked.shared))
    return found


def record(
    checked: Checked,
    known: Known,
    jobs: Sequence[Job],
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
) -> dict[str, Any]:
    """What records/<pair>.json holds; the runs lie in files of their own. Its source is that of its
    check and timings."""
    pair = checked.pair
    source = {} if known.source is None else {"source": results.known(known.source)}
    return {
        "pair": pair.name,
        "task": pair.trained.task,
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
        "timings": [asdict(one) for one in known.timings or ()],
        "runs": [job.id for job in jobs],
        "provenance": provenance | source,
    }


def plain(known: Known) -> dict[str, Any]:
    """As JSON holds it: nothing of what is not known."""
    check = {} if known.check is None else {"check": as_json(known.check)}
    timings = {} if known.timings is None else {"timings": [asdict(one) for one in known.timings]}
    source = {} if known.source is None else {"source": results.known(known.source)}
    return check | timings | source


def shown(runs: Sequence[Run], data: Dataset, shared: Session | None = None) -> dict[str, Array]:
    """What pictures need beside the runs: all labels, and the images that are shown.

    "labels" (N,), "originals" (10, 28, 28); for classifiers, "mistakes": which images the first
    run of either framework gets wrong first, and "mistaken", the images. Of a person's own samples
    the labels or, where there are no classes, "targets" alone, arranged as the predictions.
    """
    if data.unit != IMAGES:
        return _shown_own(runs, data, shared)
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


def _shown_own(runs: Sequence[Run], data: Dataset, shared: Session | None) -> dict[str, Array]:
    given = runs[0].shown
    if shared is None or shared.own is None:
        return {"labels": data.test_labels} if "classes" in given else {}
    target = shared.own.keras.target
    if "classes" in given:
        wanted = target[data.test_images]
        is_one_hot = wanted.size != len(wanted)
        return {"labels": wanted.argmax(axis=1) if is_one_hot else wanted.reshape(-1).astype(int)}
    if "predictions" not in given or not isinstance(target, np.ndarray):
        return {}
    few = target[data.test_images[: len(given["predictions"])]]
    return {"targets": few.reshape(len(few), -1).astype(np.float32)}
