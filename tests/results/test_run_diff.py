"""`parity results diff`: the runs that two folders have in common, and what was planted in them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.results.made_up_results import (
    NAN,
    Printed,
    campaign,
    moved,
    trained,
    write,
)

pytestmark = pytest.mark.usefixtures("wide_terminal")


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
    found = json.loads(path.read_text(encoding="utf-8"))
    runs = found["runs"][:3]
    assert [one["figure"] for one in runs] == ["train_loss", None, "test_loss"]
    assert [one["part at epoch"] for one in runs] == [1, None, 2]
    assert runs[2]["test loss B - A"] == pytest.approx(-3e-7)
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
    assert "one seed: no test" in printed
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
