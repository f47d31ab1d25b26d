"""The main job: check a pair, train both sides alike, and hand on what a result file holds."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from parity import check as checking
from parity import plan as planning
from parity.data.dataset import Dataset
from parity.probe import probe
from parity.records import Epoch, Pair, Report
from parity.sides.process import Sides
from parity.train import paired
from parity.train.session import session, start

PLAIN = "plain: same weights and batches; each framework's own loop and random generator"
LOCKSTEP = "lock-step: same weights, batches, dropout masks and noise on both sides"
TENTH = 10  # by default a run takes a tenth of the course's epochs


@dataclass(frozen=True)
class Settings:
    """What a person chose. Without `epochs`, a tenth of the recipe's are run; `full`: all."""

    epochs: int | None = None
    full: bool = False
    seed: int = 0
    plain: bool = False

    @property
    def conventions(self) -> str:
        """What the two sides share in training."""
        return PLAIN if self.plain else LOCKSTEP

    def epochs_of(self, course: int) -> int:
        if self.epochs is not None:
            return self.epochs
        return course if self.full else max(1, course // TENTH)

    def length(self) -> str:
        """For the provenance: how the number of epochs was chosen."""
        if self.epochs is not None:
            return str(self.epochs)
        return "the course's" if self.full else "a tenth of the course's"


class Watcher(Protocol):
    """Who is told how a comparison goes on."""

    def checking(self, pair: str) -> None: ...
    def checked(self, report: Report) -> None: ...
    def planned(self, pair: str, samples: int) -> None: ...
    def seen(self, pair: str, epoch: int, framework: str, samples: int) -> None: ...
    def trained(self, samples: int) -> None: ...
    def epoch(self, pair: str, sides: dict[str, Epoch]) -> None: ...
    def finished(self) -> None: ...


def compare(
    pair: Pair,
    sides: Sides,
    data: Dataset,
    settings: Settings,
    provenance: dict[str, Any],
    watcher: Watcher,
) -> dict[str, Any]:
    """Check a pair and, if it passes, train it. Returns the record that becomes a result file."""
    shown = probe(data.test_images, data.test_labels, data.train_images, data.train_labels)
    watcher.checking(pair.name)
    plan = planning.draw_up(pair, sides, shown.images, settings.seed)
    choice = checking.Choice(seed=settings.seed)
    report = checking.gates(plan, sides, shown, provenance, choice)
    watcher.checked(report)
    recipe = _recipe(pair, sides, settings)
    record: dict[str, Any] = {
        "pair": pair.name,
        "task": pair.task,
        "about": pair.about,
        "check": checking.as_json(report),
        "recipe": asdict(recipe),
        "conventions": settings.conventions,
        "data": data.describe(),
        "runs": [],
        "provenance": provenance,
    }
    if report.verdict == "pass":
        record["runs"] = _train(plan, sides, data, recipe, settings.seed, watcher)
    watcher.finished()
    return record


def _train(
    plan: planning.Plan,
    sides: Sides,
    data: Dataset,
    recipe: paired.Recipe,
    seed: int,
    watcher: Watcher,
) -> list[dict[str, Any]]:
    """Train both sides; one run each, as the record holds it."""
    name, samples = plan.pair.name, len(data.train_images)
    shared = session(plan, sides, seed)
    images, labels = data.train_images, data.train_labels
    parameters = start(plan, sides, "float32", images, labels, shared)
    watcher.planned(name, 2 * recipe.epochs * samples)
    histories: dict[str, list[Epoch]] = {"keras": [], "torch": []}

    def progress(framework: str, seen: int) -> None:
        watcher.seen(name, len(histories["keras"]), framework, seen)
        if seen == samples:
            watcher.trained(samples)

    for epoch in paired.train(plan, sides, data, recipe, shared, progress):
        for framework, numbers in epoch.items():
            histories[framework].append(numbers)
        watcher.epoch(name, epoch)
    return [
        {
            "framework": framework,
            "backend": sides.keras.backend if framework == "keras" else "",
            "parameters": parameters,
            "history": [asdict(epoch) for epoch in history],
        }
        for framework, history in histories.items()
    ]


def _recipe(pair: Pair, sides: Sides, settings: Settings) -> paired.Recipe:
    found = sides.keras.call("recipe", pair.keras)
    epochs = settings.epochs_of(found["epochs"])
    return paired.Recipe(found["loss"], found["batch_size"], epochs, settings.plain)
