"""Workers are shared by the whole session: a framework is imported once."""

import faulthandler
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from threading import Lock

import pytest
import torch._dynamo  # noqa: F401  before TensorFlow: the other order aborts the interpreter

from parity.checking.probe import Probe, digits_probe
from parity.cli import session
from parity.cli.commands import compare
from parity.records.comparison import Array
from parity.sides.process import Sides
from parity.train import spares, timing
from tests import in_turn
from tests.lending import Here, Lent

# Those that take longest, in this order, come first: what is left at the end is short, and both
# processes are busy until then. (pytest --durations=0 says what takes how long.)
LONGEST = (
    "parity/test_translations.py",
    "cli/test_command_line.py",
    "test_live_training.py",
    "trained/test_trained.py",
    "coverage/test_coverage.py",
    "cli/test_default_folders.py",
    "selftest/test_bank.py",
    "semantics/test_losses.py",
    "mistakes/test_training_alarms.py",
    "course/laboratory/test_catalogue.py",
    "cli/test_interrupt.py",
    "parity/test_seeds.py",
    "test_zoo.py",
    "checking/test_live_placed.py",
    "light/test_light.py",
    "course/test_tour.py",
    "test_plain_scripts.py",
    "test_seventh_pair.py",
    "course/lesson/test_browser.py",
    "semantics/test_optimizer_behaviour.py",
    "test_cluster.py",
    "train/test_runs.py",
    "course/exercises/test_command.py",
    "course/reported/test_checks.py",
)


# Whole files that have their turn every second day; one that is named to pytest is run on any.
BY_TURNS = (
    *("checking/test_live_field.py", "checking/test_live_placed.py"),
    *("test_cluster.py", "course/test_tour.py"),
    *("checking/test_no_false_causes.py", "checking/test_causes.py"),
    *("course/reported/test_checks.py", "test_seventh_pair.py"),
    *("results/test_faults.py", "checking/test_patch.py"),
    *("test_transfer.py", "test_portable.py"),
    *("test_plain_scripts.py", "checking/test_live_inputs.py"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_file(item), len(LONGEST)))
    resting = set(BY_TURNS) - set(in_turn.in_turn(BY_TURNS, 2))
    is_named = any(Path(asked.partition("::")[0]).suffix == ".py" for asked in config.args)
    left = [item for item in items if _file(item) in resting and not is_named]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def _file(item: pytest.Item) -> str:
    return Path(item.path).relative_to(Path(__file__).parent).as_posix()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = f"{in_turn.VARIABLE}={in_turn.settle()}"
    terminalreporter.write_line(
        f"{said} chose among the longest families; all: {in_turn.VARIABLE}=all"
    )


def pytest_configure(config: pytest.Config) -> None:
    in_turn.settle()
    if getattr(config, "cache", None) is not None:  # pytest -p no:cacheprovider has none
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))


def pytest_unconfigure() -> None:
    """A process that cannot end, for it waits for another, says where it waits, and ends."""
    faulthandler.dump_traceback_later(300, exit=True)


@pytest.fixture(scope="session")
def sides_on() -> Iterator[Callable[[str], Sides]]:
    """Both sides, Keras on the backend that is asked for; each is started when it is."""
    opened: dict[str, Sides] = {}

    lock = Lock()

    def on(backend: str) -> Sides:
        with lock:  # some tests run two backends at the same time, each with its own torch side
            if backend not in opened:
                others = opened.values() if backend == "torch" else ()
                opened[backend] = Sides(backend, torch=next((x.torch for x in others), None))
            return opened[backend]

    yield on
    for sides in opened.values():
        sides.close()


@pytest.fixture(scope="session")
def sides(sides_on: Callable[[str], Sides]) -> Sides:
    return sides_on("tensorflow")


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch, sides_on: Callable[[str], Sides], sides: Sides) -> None:
    """Commands use the session's workers, also where `parity compare` times, and have no others
    beside them to try the tuned lane on."""
    monkeypatch.setattr(session, "Sides", lambda backend, device: Lent(sides_on(backend)))
    monkeypatch.setattr(compare, "Worker", lambda side, *given, **named: getattr(sides, side))
    monkeypatch.setattr(compare, "Sides", lambda *given: Lent(sides))
    monkeypatch.setattr(compare, "_executor", lambda *given: nullcontext(Here(sides)))
    monkeypatch.setattr(spares, "opened", lambda *given: nullcontext(timing.nobody))


@pytest.fixture(scope="session")
def shown() -> Probe:
    """What the gates show the models, as `parity check` does."""
    return digits_probe()


@pytest.fixture(scope="session")
def images(shown: Probe) -> Array:
    return shown.raw


@pytest.fixture
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are not broken at a column; and files need not outlive a power cut, which is slow."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
