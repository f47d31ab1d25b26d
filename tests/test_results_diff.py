"""`parity results show` and `diff`, on made-up results folders that differ in what was planted."""

import copy
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity import cli
from parity.jobs import FRAMEWORKS, STARTS, Epoch, Framework, Job, Run, Start, Timing
from parity.records import Lane
from parity.runs import Folder
from parity.train.learn import State
from tests.plot_records import timed

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
RECORD: dict[str, Any] = {
    "task": "classify",
    "about": "perceptron",
    "margins": {"loss": 0.05, "accuracy": 0.002},
    "check": {"verdict": "pass"},
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
        place = record if path and path[0] in record else record["provenance"]
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


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # no power cut is tested here


class Printed:
    """What a command printed: `in` looks for words in their order, however they are spaced."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *argv: object) -> None:
        self.status = cli.main(["results", *map(str, argv)])
        found = capsys.readouterr()
        self.out, self.err = found.out, found.err

    def __contains__(self, words: str) -> bool:
        return words in " ".join((self.out + self.err).split())


# Show


def test_show_tells_figures_verdicts_timing_and_how_it_was_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path, timings=clocked("matched", 0.5) + clocked("tuned", 0.25))
    printed = Printed(capsys, "show", out)
    assert printed.status == 0
    assert "mlp paired keras 3 0.3010" in printed
    assert "0.9001 ± 0.0001" in printed
    assert "mlp paired loss 0 ±0.015 equivalent" in printed
    assert "timing, lane tuned" in printed
    assert "data digits, training images 1,437, test images 360, data digest d0" in printed
    assert "versions python 3.12.1, keras 3.15.0, tensorflow 2.21.0, torch 2.14.0" in printed
    assert "machine system Linux, processor Xeon, cores 8" in printed
    assert "devices Keras backend tensorflow, Keras device cpu, Keras threads 8" in printed
    assert "settings epochs 2, seeds 0 to 2, recipe course" in printed
    assert "source commit aaaaaaaaaaaa" in printed
    assert "tuned, torch: what tuned does" in printed
    assert "unfinished" not in printed


def test_show_names_the_pairs_that_were_run_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, machine__cores=8)
    write(tmp_path, pair="cnn", machine__cores=2)
    printed = Printed(capsys, "show", tmp_path)
    assert "machine mlp: system Linux, processor Xeon, cores 8" in printed
    assert "machine cnn: system Linux, processor Xeon, cores 2" in printed
    assert "settings epochs 2" in printed


def test_show_lists_unfinished_work_and_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where nothing is finished."""
    run = trained("torch")
    with Folder(tmp_path, {"data": "d0"}, SOURCE, resume=False) as folder:
        folder.keep_pair("mlp", PROVENANCE["settings"], {})
        folder.keeper(run.job).keep(run.history[:2], State({"w": np.zeros(1)}, {}))
        folder.finish(trained("keras"))
    printed = Printed(capsys, "show", tmp_path)
    assert printed.status == 0
    assert "mlp: begun with epochs 2, seed 0, seeds 3, recipe course, lanes matched" in printed
    assert "mlp: torch, matched, paired, seed 0: 1 of 2 epochs" in printed
    assert "done, waits for the other runs of its pair" in printed
    assert f"parity compare ... --resume --out {tmp_path}" in printed


def test_all_fits_80_columns_and_is_plain_in_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "conv_transpose_ae"
    write(tmp_path / "a", pair=name, timings=clocked("idiomatic", 0.5, name))
    shifted = [moved(run, 1e-3, epoch=1, figure="train_accuracy") for run in campaign(pair=name)]
    write(tmp_path / "b", shifted, pair=name, timings=clocked("idiomatic", 7.5, name))
    monkeypatch.chdir(tmp_path)
    for argv in (("show", "a"), ("diff", "a", "b")):
        monkeypatch.setenv("COLUMNS", "80")
        narrow = Printed(capsys, *argv).out
        monkeypatch.setenv("COLUMNS", "300")
        wide = Printed(capsys, *argv).out
        assert max(map(len, narrow.splitlines())) <= 80
        assert sorted(narrow.replace("─", "").split()) == sorted(wide.replace("─", "").split())
        assert "\x1b" not in wide


# Diff


def test_a_folder_differs_in_nothing_from_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path, timings=clocked("matched", 0.5))
    printed = Printed(capsys, "diff", out, out)
    assert printed.status == 0
    assert "how they were run nothing differs runs in both" in printed
    assert "mlp paired keras 3 of 3 0 0" in printed
    assert "keras loss 0.3010 ± 0.0010 0.3010 ± 0.0010 0 ±0.015 identical" in printed
    assert "mlp torch 0.50 0.50 1.00" in printed
    assert "only in" not in printed
    assert "against" not in printed
    assert "pass: 12 of 12 runs in both are bitwise equal" in printed


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"versions__torch": "2.15.0"}, "torch: 2.14.0 against 2.15.0"),
        ({"versions__jax": "0.7"}, "jax: none against 0.7"),
        ({"machine__processor": "EPYC"}, "processor: Xeon against EPYC"),
        ({"machine__cores": 2}, "cores: 8 against 2"),
        ({"torch_side__device": "H200"}, "torch device: cpu against H200"),
        ({"keras_side__tf32": True}, "Keras TF32: off against on"),
        ({"keras_side__threads": 1}, "Keras threads: 8 against 1"),
        ({"digest": "d1"}, "data digest: d0 against d1"),
        ({"data__data": "mnist"}, "data: digits against mnist"),
        ({"data__train": 60_000}, "training images: 1,437 against 60,000"),
        ({"settings__seeds": 1}, "seeds: 0 to 2 against 0"),
        ({"settings__rounds": 3}, "rounds of timing: 1 against 3"),
        ({"settings__lanes": ["matched", "tuned"]}, "lanes timed: matched against matched + tuned"),
        ({"recipe__name": "as_reported"}, "recipe: course against as_reported"),
        ({"recipe__epochs": 20}, "epochs: 2 against 20"),
        ({"recipe__batch_size": 9}, "batch size: 8 against 9"),
        ({"margins__loss": 0.02}, "test loss margin: 5 % against 2 %"),
        ({"check__verdict": "differ"}, "check: pass against differ"),
        (
            {"source": {"commit": "b" * 40, "changed": True}},
            "commit: aaaaaaaaaaaa against bbbbbbbbbbbb with changes",
        ),
        ({"source": {}}, "commit: aaaaaaaaaaaa against an installed package"),
    ],
)
def test_what_was_different_is_one_line(
    change: dict[str, Any], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [trained("torch")]
    a = write(tmp_path / "a", few)
    printed = Printed(capsys, "diff", a, write(tmp_path / "b", few, **change))
    assert f"how they were run {line} runs in both" in printed


def test_a_difference_of_some_pairs_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write(write(tmp_path / "a"), pair="cnn")
    b = write(write(tmp_path / "b", machine__cores=2), pair="cnn", machine__cores=8)
    assert "cores (mlp): 8 against 2" in Printed(capsys, "diff", a, b)


def test_unrecorded_changes_of_the_source_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path, source=SOURCE | {"changed": True})
    assert "had changes after its commit, which are not" in Printed(capsys, "diff", out, out)


def test_other_seconds_are_no_difference_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = [moved(run, 9.0, epoch=1, figure="seconds") for run in campaign()]
    printed = Printed(capsys, "diff", write(tmp_path / "a"), write(tmp_path / "b", slow))
    assert printed.status == 0
    assert "12 of 12 runs in both are bitwise equal" in printed


def test_the_first_parting_and_the_largest_difference_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the order of an epoch, training before test; over seeds, the earliest."""
    runs = campaign()
    b = list(runs)
    for index, run in enumerate(runs):
        if (run.job.framework, run.job.start) == ("keras", "paired"):
            if run.job.seed == 0:
                b[index] = moved(moved(run, 1e-9, epoch=1, figure="train_loss"), 1e-9, epoch=1)
            elif run.job.seed == 2:
                b[index] = moved(run, -3e-7)
    path = tmp_path / "found.json"
    arguments = (write(tmp_path / "a", runs), write(tmp_path / "b", b), "--json", path)
    printed = Printed(capsys, "diff", *arguments)
    assert "mlp paired keras 1 of 3 1, train loss 3.0e-07 0" in printed
    assert "mlp paired torch 3 of 3 0 0" in printed
    assert "keras loss 0.3010 ± 0.0010 0.3010 ± 0.0010 -1.0e-07 ±0.015 equivalent" in printed
    assert "torch loss 0.3010 ± 0.0010 0.3010 ± 0.0010 0 ±0.015 identical" in printed
    assert printed.status == 0
    found = json.loads(path.read_text())
    agreement = found["agreements"][0]
    assert [one["parting"] is None for one in agreement["runs"]] == [False, True, False]
    assert agreement["runs"][2]["parting"]["figure"] == "test_loss"
    assert agreement["runs"][2]["difference"]["test loss"] == pytest.approx(-3e-7)
    assert found["verdict"] == "pass"


def test_one_ulp_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = campaign(seeds=(0, 1))
    loss = runs[0].last.test_loss
    b = [moved(runs[0], np.nextafter(loss, 1) - loss), *runs[1:]]
    printed = Printed(capsys, "diff", write(tmp_path / "a", runs), write(tmp_path / "b", b))
    assert "7 of 8 runs in both are bitwise equal" in printed
    assert "mlp paired keras 1 of 2 2, test loss" in printed


def test_a_difference_beyond_the_margin_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = [moved(run, 0.1) if run.job.framework == "torch" else run for run in campaign()]
    printed = Printed(capsys, "diff", write(tmp_path / "a"), write(tmp_path / "b", b))
    assert printed.status == 1
    assert "torch loss 0.3010 ± 0.0010 0.4010 ± 0.0010 +1.0e-01 ±0.015 different" in printed
    assert "keras loss 0.3010 ± 0.0010 0.3010 ± 0.0010 0 ±0.015 identical" in printed
    assert "differ: 6 of 12 runs in both are bitwise equal" in printed


def test_one_seed_that_moved_decides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = [trained("torch")], [moved(trained("torch"), 1e-6)]
    printed = Printed(capsys, "diff", write(tmp_path / "a", a), write(tmp_path / "b", b))
    assert printed.status == 3
    assert "torch loss 0.3000 0.3000 +1.0e-06 ±0.015 undecided" in printed
    assert "A: one seed shows no spread to test by; B: one seed shows no spread" in printed
    assert "keras:" not in printed, "the arms are A and B"


def test_how_many_seeds_would_decide_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three seeds B has two: they are other runs, and the spread of seeds stands between."""
    a = [moved(trained("torch", seed=seed), 0.05 * seed) for seed in range(3)]
    b = [moved(run, 1e-6) for run in a[:2]]
    printed = Printed(capsys, "diff", write(tmp_path / "a", a), write(tmp_path / "b", b))
    assert printed.status == 3
    assert "torch loss: about" in printed
    assert "seeds in each would decide" in printed


def test_the_same_seeds_are_compared_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = [moved(trained("torch", seed=seed), 0.05 * seed) for seed in range(3)]
    b = [moved(run, 1e-6 * (1 + run.job.seed)) for run in reversed(a)]
    printed = Printed(capsys, "diff", write(tmp_path / "a", a), write(tmp_path / "b", b))
    assert printed.status == 0, "the spread of the seeds is in both"
    assert "equivalent" in printed


def test_runs_that_ended_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alike they are bitwise equal; a run that ended early is not taken for one that did not."""
    whole = trained("torch")
    nan = replace(whole.history[1], train_loss=NAN, test_loss=NAN)
    ended = replace(whole, history=(whole.history[0], nan), error="the training loss is nan")
    a, b = write(tmp_path / "a", [ended]), write(tmp_path / "b", [whole])
    assert "pass: 1 of 1 runs in both are bitwise equal" in Printed(capsys, "diff", a, a)
    printed = Printed(capsys, "diff", a, b)
    assert printed.status == 3
    assert "mlp paired torch 0 of 1 1, train loss unknown unknown" in printed
    assert "torch loss not finite 0.3000" in printed
    assert "A: 1 of 1 runs has no finite figure" in printed


def test_another_backend_leaves_runs_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jax = [replace(run, job=replace(run.job, backend="jax")) for run in campaign()]
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", jax, keras_side__keras_backend="jax")
    printed = Printed(capsys, "diff", a, b)
    assert "Keras backend: tensorflow against jax" in printed
    assert "pass: 12 of 12 runs in both are bitwise equal" in printed


def test_other_epochs_are_shown_and_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", campaign(seeds=(0, 1), epochs=3), recipe__epochs=3)
    printed = Printed(capsys, "diff", a, b)
    assert printed.status == 3
    assert "epochs: 2 against 3" in printed
    assert "final test figures of mlp, paired: 3 against 2 seeds" in printed
    assert "keras loss 0.3010 ± 0.0010 0.3005 ± 0.0007 -5.0e-04 ±0.015 not judged" in printed
    assert "only in A mlp: paired runs, matched, course, 2 epochs, keras + torch, seeds" in printed
    assert "incomplete: no run is in both, 8 figures not judged" in printed


def test_timing_is_set_beside_within_a_lane(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [replace(one, images=10) for one in clocked("tuned", 0.1)]
    a = write(tmp_path / "a", timings=clocked("matched", 2.0) + clocked("tuned", 1.0))
    b = write(tmp_path / "b", timings=clocked("matched", 3.0) + small)
    printed = Printed(capsys, "diff", a, b)
    assert "seconds an epoch, lane matched pair side A B B / A" in printed
    assert "mlp keras 2.00 3.00 1.50" in printed
    assert "mlp keras 1.00 0.10 other data" in printed


def test_what_is_only_in_one_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is judged by it: the runs in both are equal."""
    a = write(tmp_path / "a", timings=clocked("tuned", 1.0))
    b = write(write(tmp_path / "b", campaign(seeds=(0,))), pair="cnn")
    printed = Printed(capsys, "diff", a, b)
    assert printed.status == 0
    line = "mlp: paired runs, matched, course, 2 epochs, keras + torch, seeds 1, 2"
    assert f"only in A {line}" in printed
    assert "mlp: timing of torch, tuned" in printed
    assert "only in B cnn: 12 runs, 0 timings" in printed


def test_nothing_in_common_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", pair="cnn")
    printed = Printed(capsys, "diff", a, b)
    assert printed.status == 3
    assert "no pair is in both" in printed
    assert "incomplete: no run is in both" in printed


def test_unfinished_work_beside_is_mentioned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write(tmp_path / "a")
    b = shutil.copytree(a, tmp_path / "b")
    with Folder(b, {}, SOURCE, resume=False) as folder:
        folder.keep_pair("cnn", {}, {})
    assert f"B has unfinished work; `parity results show {b}` lists it" in Printed(
        capsys, "diff", a, b
    )


# Bad input


def test_a_folder_without_results_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, none = write(tmp_path / "a"), tmp_path / "none"
    for argv in (("show", none), ("diff", a, none), ("diff", none, a)):
        printed = Printed(capsys, *argv)
        assert printed.status == 2
        assert f"parity: error: {none} holds no results; `parity compare --out" in printed
        assert printed.out == ""


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("records/mlp.json", "{", "mlp.json cannot be read"),
        ("records/mlp.json", "{}", "is not a result of this version (KeyError: 'margins')"),
        (
            "runs/mlp-keras-tensorflow-matched-course-paired-0.json",
            "{}",
            "paired-0.* cannot be read",
        ),
    ],
)
def test_a_broken_file_is_one_error(
    file: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path, campaign(seeds=(0,)))
    (out / file).write_text(text)
    printed = Printed(capsys, "show", out)
    assert printed.status == 2
    assert message in printed
    assert str(out / file).removesuffix(".json") in printed


def test_a_record_without_its_provenance_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, campaign(seeds=(0,))) / "records" / "mlp.json"
    record = json.loads(path.read_text())
    del record["provenance"]["machine"]
    path.write_text(json.dumps(record))
    printed = Printed(capsys, "show", tmp_path)
    assert printed.status == 2
    assert f"{path} or one of its runs is not of this version (KeyError: 'machine')" in printed
