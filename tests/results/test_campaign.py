"""A campaign that was stopped is taken up where it was: nothing is lost, and nothing done twice."""

import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from parity.errors import ResultsError
from parity.pairs import select
from parity.records import reading
from parity.records.comparison import GateResult, Report
from parity.records.jobs import Epoch, Run, Timing
from parity.records.pair import Pair
from parity.records.results import PairRecord
from parity.results import pair as compare
from parity.results.campaign import Campaign
from parity.results.pair import Checked, Settings
from parity.train.data.dataset import Dataset
from parity.train.learn import State, Task, Watch
from parity.train.run_store import Folder
from tests.results.made_up_results import PROVENANCE
from tests.results.plot_records import timed
from tests.small_runs import CONDITIONS, data

TIMING = timed("simple_ae", "keras", "matched", 0.5)
(PAIR,) = select(["simple_ae"])


class Scripted:
    """An executor that trains nothing: every epoch has the figures of its number."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        for one in tasks:
            checkpoints = folder.checkpoints(one.job)
            history, _ = checkpoints.kept()
            for number in range(len(history), one.job.epochs + 1):
                self.done.append(f"{one.job.framework} {number}")
                history = (*history, Epoch(number, 1 / (number + 1), 0.5, 0.5))
                checkpoints.keep(
                    history, State({"w": np.full(3, number)}, {"m": {"w": np.ones(3)}})
                )
            yield Run(one.job, history, 7, shown={"outputs": np.full(3, one.job.epochs)})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Check and timing without a framework; what is done of them is listed here."""
    found: list[str] = []

    def checked(pair: Pair, sides: Any, data: Any, settings: Settings, *rest: Any) -> Checked:
        known = rest[1]
        if known is None:
            found.append("check")
        passed = known or Report(pair.name, (GateResult("forward", "pass"),), PROVENANCE)
        weights: Any = {seed: {"keras": None, "torch": None} for seed in range(settings.seeds)}
        return Checked(pair, passed, "MeanSquaredError", 256, settings.epochs_of(pair, 20), weights)

    def clocked(*args: Any) -> tuple[Timing, ...]:
        found.append("time")
        return (TIMING,)

    monkeypatch.setattr(compare, "check", checked)
    monkeypatch.setattr(compare, "time", clocked)
    return found


def campaign(
    out: Path, resume: bool = True, version: str = "1", commit: str = "a" * 40, **chosen: Any
) -> list[str]:
    """What `parity compare` does in its folder before it draws pictures; the epochs it trained."""
    settings = Settings(**{"epochs": 2} | chosen)
    executor = Scripted()
    with Folder(out, CONDITIONS | {"version": version}, {}, resume) as kept:
        source = {"commit": commit, "changed": False}
        provenance = PROVENANCE | {"settings": settings.describe(), "source": source}
        work = Campaign(kept, data(), settings, provenance, Mock())
        checked = work.check([PAIR], Mock())
        work.time(work.untimed(checked), Mock(), {})
        work.learn(checked, executor, "tensorflow")
    return executor.done


def test_two_seeds_are_run_from_both_starts_unless_one_is_chosen() -> None:
    assert Settings(seeds=2).starts == ("paired", "independent")
    assert Settings(seeds=2, chosen_starts=("paired",)).starts == ("paired",)


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


class KilledError(BaseException):
    """The process is no more."""


class Mortal:
    """Lets so many changes of a folder's entries be made; then the process is dead."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.life = math.inf

    def live(self, changes: float) -> None:
        self.made, self.life = [], changes

    def while_alive(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def change(path: Any, *args: Any, **named: Any) -> Any:
            if Path(path).name != ".lock":  # the system lets go of a dead process's lock
                if len(self.made) >= self.life:
                    raise KilledError
                self.made.append(f"{real.__name__} {path}")
            return real(path, *args, **named)

        return change


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Mortal:
    found = Mortal()
    monkeypatch.setattr(os, "replace", found.while_alive(os.replace))
    monkeypatch.setattr(Path, "unlink", found.while_alive(Path.unlink))
    monkeypatch.setattr(shutil, "rmtree", found.while_alive(shutil.rmtree))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    return found


ALL = ["keras 0", "keras 1", "keras 2", "torch 0", "torch 1", "torch 2"]


@pytest.mark.usefixtures("asked")
def test_a_campaign_that_is_killed_anywhere_can_be_taken_up(tmp_path: Path, mortal: Mortal) -> None:
    """Its folder ends as that of one that was not, to the byte."""
    campaign(tmp_path / "whole", epochs=1)
    whole, changes = contents(tmp_path / "whole"), mortal.made
    assert len(changes) > 40
    for number, change in enumerate(changes):
        out = tmp_path / str(number)
        mortal.live(number)
        with pytest.raises(KilledError):
            campaign(out, epochs=1)
        mortal.live(math.inf)
        campaign(out, epochs=1)
        assert contents(out) == whole, change
        assert not (out / "unfinished").exists(), change


class EndedError(Exception):
    """The command was stopped after a run was written."""


def stop_after(runs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the next campaign when so many runs are written."""
    written: list[Run] = []

    def finish(self: Folder, run: Run) -> None:
        real(self, run)
        written.append(run)
        if len(written) == runs:
            monkeypatch.undo()
            raise EndedError

    real = Folder.finish
    monkeypatch.setattr(Folder, "finish", finish)


def half(out: Path, **chosen: Any) -> None:
    """A campaign that was stopped with one of its two runs done."""
    with pytest.MonkeyPatch.context() as patch:
        stop_after(1, patch)
        with pytest.raises(EndedError):
            campaign(out, **chosen)


def test_what_is_done_is_not_done_again(tmp_path: Path, asked: list[str]) -> None:
    half(tmp_path)
    assert asked == ["check", "time"]
    assert campaign(tmp_path) == ["torch 0", "torch 1", "torch 2"]
    assert asked == ["check", "time"]
    record = reading.read(PairRecord, tmp_path / "records" / "simple_ae.json")
    assert [Path(name).name.split("-")[0] for name in record.runs] == ["simple_ae"] * 2
    assert record.timings == (TIMING,)


@pytest.mark.parametrize("changed", [{"seed": 1}, {"rounds": 3}, {"lanes": ("tuned",)}])
def test_other_settings_are_checked_and_timed_anew(
    changed: dict[str, Any], tmp_path: Path, asked: list[str]
) -> None:
    half(tmp_path)
    campaign(tmp_path, **changed)
    assert asked == ["check", "time"] * 2


def test_under_other_versions_nothing_is_taken_over(tmp_path: Path, asked: list[str]) -> None:
    half(tmp_path)
    with pytest.raises(ResultsError, match="version: 1 then, 2 now"):
        campaign(tmp_path, version="2")


def test_without_resume_a_finished_campaign_is_done_again(tmp_path: Path, asked: list[str]) -> None:
    campaign(tmp_path)
    assert campaign(tmp_path, resume=False) == ALL
    assert asked == ["check", "time"] * 2


def test_a_pair_that_was_finished_is_neither_checked_nor_timed_again(
    tmp_path: Path, asked: list[str]
) -> None:
    """The others of its campaign may not have been."""
    campaign(tmp_path)
    whole = contents(tmp_path)
    assert campaign(tmp_path) == []
    assert asked == ["check", "time"]
    assert contents(tmp_path) == whole


def test_further_seeds_and_epochs_go_on_from_a_finished_pair(
    tmp_path: Path, asked: list[str]
) -> None:
    """What its check and timings were made of is said with them."""
    path, commits = tmp_path / "records" / "simple_ae.json", ("a" * 40, "b" * 40)
    campaign(tmp_path, commit=commits[0])
    assert campaign(tmp_path, commit=commits[1], seeds=3, chosen_starts=("paired",)) == ALL * 2
    record = reading.read(PairRecord, path)
    assert len(record.runs) == 6
    assert (record.provenance.settings["seeds"], record.provenance.source.commit) == (
        3,
        commits[0],
    )
    assert campaign(tmp_path, epochs=3) == [*ALL[:3], "keras 3", *ALL[3:], "torch 3"]
    assert asked == ["check", "time"]
