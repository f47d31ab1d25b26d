"""What can go wrong on the way ends in one line, and costs no more than it must."""

import errno
import io
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from parity.checking import provenance
from parity.cli import main
from parity.errors import ParityError, ResultsError
from parity.pairs import select
from parity.records import files
from parity.records.comparison import GateResult, Report
from parity.records.jobs import Job, Run
from parity.results import pair as compare
from parity.results import read
from parity.results.campaign import Campaign
from parity.results.pair import Checked, Settings
from parity.results.show import folder as report
from parity.results.show.progress import Progress
from parity.sides import cluster
from parity.sides.process import Sides, Worker
from parity.train.execute.local import Local
from parity.train.run_store import Folder
from tests.small_runs import CONDITIONS, Here, assert_same, data, silent, task, undisturbed, worker

ONE_LINE = "parity: error: "


def folder(out: Path) -> Folder:
    return Folder(out, CONDITIONS, {}, resume=True)


def test_a_run_that_diverges_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its record says why, Keras's run is whole, and both can be shown."""
    (pair,) = select(["simple_ae"])
    pair = replace(pair, torch="tests.mistakes.ports.diverging")
    settings = Settings(epochs=2, rounds=0)
    workers: Any = worker("keras"), worker("torch")
    sides = Sides(keras=workers[0], torch=workers[1])
    found = provenance.describe(sides, settings.describe())
    passed = Report(pair.name, (GateResult("forward", "pass"),), found)
    weights: Any = {0: {"keras": None, "torch": None}}
    checked = Checked(pair, passed, "MeanSquaredError", 256, 2, weights)
    monkeypatch.setattr(compare, "check", lambda *args: checked)
    screen = io.StringIO()
    with folder(tmp_path) as kept, Progress(Console(file=screen, width=200)) as progress:
        work = Campaign(kept, data(), settings, found, progress)
        work.learn(work.check([pair], sides), Here(), "tensorflow")
    report.make(tmp_path)
    (result,) = read.read(tmp_path)
    keras, torch = result.runs
    assert (keras.error, len(keras.history)) == ("", 3)
    assert (torch.error, len(torch.history)) == ("the training loss is nan in epoch 1", 2)
    assert "stopped: the training loss is nan in epoch 1" in screen.getvalue()
    assert "| simple_ae | paired | torch | 1 | 2 | not finite |" in page(tmp_path)


def page(out: Path) -> str:
    return (out / "README.md").read_text(encoding="utf-8")


def test_a_full_disk_is_one_line_and_what_was_finished_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = task("torch", "simple_ae"), task("torch", "mlp")
    to_disk = files._to_disk

    def full(path: Path) -> None:
        """There is no room for the state of the larger model after its second epoch."""
        if path.name == "state.safetensors" and "mlp-torch" in str(path):
            written.append(path)
            if len(written) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        to_disk(path)

    written: list[Path] = []
    monkeypatch.setattr(files, "_to_disk", full)
    ended: list[Run] = []
    with folder(tmp_path) as kept:
        found = Local("tensorflow", "cpu", 1).run([small, large], data(), kept, silent)
        with pytest.raises(ResultsError) as refused:
            ended.extend(found)
    monkeypatch.undo()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(str(tmp_path))
    assert line.endswith("state.safetensors cannot be written: No space left on device")
    assert not list(tmp_path.rglob(f"{files.PREFIX}*")), "what was half written is gone"
    assert_same(ended[0], undisturbed(small.job))
    with folder(tmp_path) as kept:
        (run,) = Here().run([large], data(), kept, silent)
    assert_same(run, undisturbed(large.job))


def test_a_worker_that_is_killed_is_replaced_in_the_middle_of_its_run(tmp_path: Path) -> None:
    asked, seen = task("torch"), []
    before = set(multiprocessing.active_children())

    def watch(job: Job, epoch: int, samples: int) -> None:
        seen.append(epoch)
        if epoch == 2 and seen.count(2) == 1:
            for child in set(multiprocessing.active_children()) - before:
                child.kill()

    with folder(tmp_path) as kept:
        (run,) = Local("tensorflow", "cpu", 1).run([asked], data(), kept, watch)
    assert_same(run, undisturbed(asked.job))
    assert 2 in seen
    assert 1 not in seen[seen.index(2) :], "what was kept is not trained again"


def command(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What `parity compare` says when it refuses."""
    assert main.main(["compare", "simple_ae", "--data", "digits", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("parity: error: ")


def test_an_unknown_executor_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = command(capsys, "--executor", "slurm://here", "--out", str(tmp_path / "out"))
    assert said == "--executor: 'slurm://here' is neither local nor dask://HOST:PORT"
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    out = tmp_path / "file" / "out"
    assert command(capsys, "--out", str(out)).startswith(f"{out} cannot be written: ")


@pytest.fixture
def without_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options of a command whose Keras side cannot start."""
    (tmp_path / "jax.py").write_text("raise ImportError('no jax here')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return ["--keras-backend", "jax", "--out", str(tmp_path / "out")]


def test_a_backend_that_cannot_be_imported_is_named_with_its_remedy(
    without_jax: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = command(capsys, *without_jax)
    assert said.startswith("keras side (jax): jax could not be imported (ImportError: no jax here)")
    assert said.endswith("or choose --keras-backend tensorflow")


def test_cuda_is_refused_where_there_is_none(
    without_jax: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The torch side says so first; that the other cannot start either saves its import."""
    if worker("torch").run(has_gpu):
        pytest.skip("this machine has a GPU")
    said = command(capsys, "--device", "cuda", *without_jax)
    assert said == "torch side: no CUDA device was found; use --device cpu"


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def test_a_cluster_that_does_not_answer_is_told_of_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(Worker, "__init__", lambda *given, **named: pytest.fail("too late"))
    said = command(capsys, "--executor", "dask://127.0.0.1:9", "--out", str(tmp_path / "out"))
    assert said.startswith("--executor dask://127.0.0.1:9: no Dask scheduler answers there")
    assert not (tmp_path / "out").exists()


def test_a_dask_address_where_nothing_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    for address in ("127.0.0.1:9", "nowhere.invalid:8786", "127.0.0.1"):
        with pytest.raises(ParityError) as refused:
            cluster.Cluster(f"dask://{address}", dict)
        (line,) = str(refused.value).splitlines()
        assert line.startswith(f"--executor dask://{address}: no Dask scheduler answers there")
