"""`parity results show` on made-up folders, and folders that cannot be read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parity.train.learn import State
from parity.train.run_store import Folder
from tests.results.made_up_results import (
    PROVENANCE,
    SOURCE,
    Printed,
    campaign,
    clocked,
    moved,
    trained,
    write,
)

pytestmark = pytest.mark.usefixtures("wide_terminal")


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
        folder.checkpoints(run.job).keep(run.history[:2], State({"w": np.zeros(1)}, {}))
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
        ("records/mlp.json", "{}", "mlp.json is not of this version (pair: it is missing)"),
        (
            "runs/mlp-keras-tensorflow-matched-course-paired-0.json",
            "{}",
            "paired-0.json is not of this version (job: it is missing)",
        ),
    ],
)
def test_a_broken_file_is_one_error(
    file: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write(tmp_path, campaign(seeds=(0,)))
    (out / file).write_text(text, encoding="utf-8")
    printed = Printed(capsys, "show", out)
    assert printed.status == 2
    assert message in printed
    assert str(out / file).removesuffix(".json") in printed


def test_a_figure_that_is_no_number_is_one_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained("torch")
    path = write(tmp_path, [run]) / "runs" / f"{run.job.id}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["history"][1]["test_loss"] = "0.3"
    path.write_text(json.dumps(record), encoding="utf-8")
    printed = Printed(capsys, "show", tmp_path)
    assert printed.status == 2
    assert f'{path} is not of this version (history[1].test_loss: "0.3" is not a num' in printed


def test_disturbed_timings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calm, spoilt = clocked("matched", 0.5), clocked("tuned", 0.25)
    busy = [replace(x, settings=x.settings | {"others": 1.6, "processors": 2}) for x in spoilt]
    assert "these seconds say little" not in Printed(capsys, "show", write(tmp_path, timings=calm))
    printed = Printed(capsys, "show", write(tmp_path / "busy", timings=calm + busy))
    assert "these seconds say little: mlp, tuned (1.6 of 2)." in printed


def test_a_timing_that_does_not_tell_its_lane_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mute = [replace(one, settings={"threads": 8}) for one in clocked("tuned", 1.0)]
    printed = Printed(capsys, "show", write(tmp_path, timings=mute))
    assert printed.status == 2
    assert "records/mlp.json is not of this version (lane: it is missing)" in printed


def test_a_record_without_its_provenance_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, campaign(seeds=(0,))) / "records" / "mlp.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["provenance"]["machine"]
    path.write_text(json.dumps(record), encoding="utf-8")
    printed = Printed(capsys, "show", tmp_path)
    assert printed.status == 2
    assert f"{path} is not of this version (provenance.machine: it is missing)" in printed
