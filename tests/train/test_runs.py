"""A run that something stopped goes on where it was, and ends as if nothing had happened."""

import contextlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity.errors import ResultsError
from parity.records import files
from parity.records.jobs import Epoch, Framework, Run
from parity.records.training import Lane
from parity.sides.training_verbs import Epochs
from parity.train.learn import State, Task, learn
from parity.train.run_store import Folder, RunFolder
from tests.cli.refusing import contents
from tests.small_runs import (
    CONDITIONS,
    EPOCHS,
    assert_same,
    data,
    silent,
    task,
    undisturbed,
    worker,
)

JOB = task("torch").job


class StoppedError(Exception):
    """What a test stops a run with."""


class Stops(RunFolder):
    """Keeps the first epochs, 0 to `last`; then the run is stopped."""

    last = 0

    def keep(self, history: tuple[Epoch, ...], state: State) -> None:
        super().keep(history, state)
        if len(history) > self.last:
            raise StoppedError


def stopped(asked: Task, path: Path, last: int) -> None:
    """Learn into a folder until epoch `last` is kept."""
    checkpoints = Stops(path, asked.job, CONDITIONS)
    checkpoints.last = last
    with pytest.raises(StoppedError):
        learn(asked, data(), worker(asked.job.framework), checkpoints, silent)
    worker(asked.job.framework).call(Epochs.drop, asked.job.id)


def resumed(asked: Task, path: Path) -> Run:
    checkpoints = RunFolder(path, asked.job, CONDITIONS)
    return learn(asked, data(), worker(asked.job.framework), checkpoints, silent)


@pytest.mark.parametrize(
    ("framework", "pair", "lane", "last"),
    [
        *(("torch", "mlp", "matched", last) for last in range(EPOCHS + 1)),
        ("torch", "mlp", "tuned", 1),
        ("torch", "mlp", "idiomatic", 1),
        ("torch", "denoising_ae", "matched", 1),
        ("keras", "mlp", "matched", 1),
    ],
)
def test_a_stopped_run_ends_as_one_that_was_not(
    framework: Framework, pair: str, lane: Lane, last: int, tmp_path: Path
) -> None:
    """Dropout and noise are drawn anew in every epoch; Adam's moments go with the weights."""
    asked = task(framework, pair, lane)
    stopped(asked, tmp_path / "run", last)
    assert_same(resumed(asked, tmp_path / "run"), undisturbed(asked.job))


def test_without_the_optimizers_state_a_resumed_run_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison above sees it."""
    asked = task("torch")
    stopped(asked, tmp_path / "run", last=1)
    kept = RunFolder.kept

    def forgetful(self: RunFolder) -> tuple[tuple[Epoch, ...], State | None]:
        history, state = kept(self)
        assert state is not None
        return history, State(state.weights, {})

    monkeypatch.setattr(RunFolder, "kept", forgetful)
    with pytest.raises(AssertionError):
        assert_same(resumed(asked, tmp_path / "run"), undisturbed(asked.job))


def test_a_kill_between_epochs_and_weights_loses_that_epoch_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = task("torch")
    written = []

    def torn(path: Path, *rest: Any) -> None:
        written.append(path)
        if len(written) == 3:  # after epochs 0 and 1
            raise StoppedError
        save_arrays(path, *rest)

    save_arrays = files.save_arrays
    monkeypatch.setattr(files, "save_arrays", torn)
    with pytest.raises(StoppedError):
        resumed(asked, tmp_path / "run")
    monkeypatch.undo()
    assert len((tmp_path / "run" / "epochs.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    history, _ = RunFolder(tmp_path / "run", asked.job, CONDITIONS).kept()
    assert [epoch.epoch for epoch in history] == [0, 1]
    assert_same(resumed(asked, tmp_path / "run"), undisturbed(asked.job))


def folder(out: Path, resume: bool = True, **changed: object) -> Folder:
    return Folder(out, CONDITIONS | changed, {}, resume)


def begun(out: Path) -> None:
    """A folder with a run of JOB in the middle."""
    with folder(out) as kept:
        kept.checkpoints(JOB).keep((Epoch(0, 0.5, 0.5, 0.5),), State({"w": np.ones(2)}, {}))


def refusal(function: Any, *args: Any, **named: Any) -> str:
    """What a ResultsError says, in one line."""
    with pytest.raises(ResultsError) as refused:
        function(*args, **named)
    (line,) = str(refused.value).splitlines()
    return line


def test_a_run_that_was_begun_otherwise_is_refused_by_name(tmp_path: Path) -> None:
    begun(tmp_path)
    versions = {"keras": "3.13", "torch": "2.12"}
    held = contents(tmp_path)
    said = refusal(folder, tmp_path, versions=versions)
    assert f"{tmp_path}/unfinished/{JOB.id} was begun otherwise" in said
    assert "(versions.torch: 2.11 then, 2.12 now)" in said
    assert "(data: 0123 then, 4567 now)" in refusal(folder, tmp_path, data="4567")
    assert contents(tmp_path) == held, "nothing is written"
    with folder(tmp_path) as kept:
        assert "(job.epochs: 3 then, 5 now)" in refusal(
            kept.checkpoints, task("torch", epochs=5).job
        )
        kept.checkpoints(JOB)


def test_a_pair_that_was_checked_under_other_versions_is_refused(tmp_path: Path) -> None:
    with folder(tmp_path) as kept:
        kept.keep_pair("mlp", {"seed": 0}, {})
    said = refusal(folder, tmp_path, versions={"keras": "3.13", "torch": "2.12"})
    assert f"{tmp_path}/unfinished/mlp.json was begun otherwise" in said
    with folder(tmp_path) as kept:
        assert kept.pair("mlp", {"seed": 0}).check is None


def test_unfinished_work_is_refused_where_it_is_not_to_be_resumed(tmp_path: Path) -> None:
    begun(tmp_path)
    said = refusal(folder, tmp_path, resume=False)
    assert f"holds unfinished work ({JOB.id}); go on with --resume, or delete" in said
    folder(tmp_path).close()


def test_a_second_command_in_a_folder_is_refused(tmp_path: Path) -> None:
    with folder(tmp_path):
        assert "is in use by another parity command" in refusal(folder, tmp_path)
    folder(tmp_path).close()


def test_a_folder_is_held_once_though_its_lock_is_deleted(tmp_path: Path) -> None:
    """Another may have opened the lock's file just before its holder deletes it."""
    holders, most = [0], []

    def take_and_let_go(number: int) -> None:
        for _ in range(50):
            with contextlib.suppress(ResultsError), folder(tmp_path):
                holders[0] += 1
                most.append(holders[0])
                time.sleep(0.001)
                holders[0] -= 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take_and_let_go, range(4)))
    assert set(most) == {1}
    assert not (tmp_path / ".lock").exists()


HOLD = """
import sys, time
from pathlib import Path
from parity.records import files
from parity.train.run_store import Folder
out = Path(sys.argv[1])
folder = Folder(out, {}, {}, resume=True)
with files.whole(out / "unfinished" / "mlp.json") as temporary:
    temporary.write_text("half")
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_killed_command_leaves_neither_lock_nor_litter(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, encoding="utf-8"
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert "is in use" in refusal(folder, tmp_path)
        holder.kill()
    with folder(tmp_path, resume=False) as kept:
        kept.finish_pair({"pair": "mlp", "runs": []}, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records"]


def test_a_damaged_file_is_named_in_one_line(tmp_path: Path) -> None:
    begun(tmp_path)
    path = tmp_path / "unfinished" / JOB.id
    with folder(tmp_path) as kept:
        kept.finish(Run(JOB, (Epoch(0, 0.5, 0.5, 0.5),), 1, shown={"classes": np.ones(2)}))
        for name in ("run.safetensors", "run.json"):
            (path / name).write_bytes((path / name).read_bytes()[:20])
            assert f"{path}/run" in refusal(kept.read, JOB)
        (path / "epochs.jsonl").write_text("", encoding="utf-8")
        assert f"{path} cannot be read" in refusal(kept.checkpoints(JOB).kept)
        (path / "state.safetensors").write_bytes(b"half")
        assert f"{path} cannot be read" in refusal(kept.checkpoints(JOB).kept)
