"""`parity results diff`: how two folders were run, their timings, and what only one of them has."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parity.train.run_store import Folder
from tests.results.made_up_results import (
    SOURCE,
    Printed,
    campaign,
    checked,
    clocked,
    trained,
    write,
)

pytestmark = pytest.mark.usefixtures("wide_terminal")


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
        ({"check": checked("differ")}, "check: pass against differ"),
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
