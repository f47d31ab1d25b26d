"""A new pair is two files and one line: what works with it, and what says that it has none."""

import json
import re
from pathlib import Path

import pytest

from parity import pairs
from parity.checking.probe import Probe
from parity.cli import main
from parity.course import exercises
from parity.pairs import AUTOENCODER
from parity.records import reading
from parity.records.pair import Pair, Recipe
from parity.records.training import LockstepRecord, Session
from parity.results.show import lockstep
from parity.sides.process import Sides
from parity.sides.training_verbs import Epochs, Training
from parity.sides.verbs import InTorch
from tests.course.lesson.hanging_together import broken_links, doubled_anchors, skipped_headings

REGISTERED = pairs.PAIRS
TINY = Pair(
    "tiny_ae",
    "tests.seventh.keras_net",
    "tests.seventh.torch_net",
    "tiny auto-encoder, 784-16-784",
    Recipe("reconstruct", AUTOENCODER),
)


@pytest.fixture(autouse=True)
def seventh(monkeypatch: pytest.MonkeyPatch, lent: None) -> None:
    """The one line."""
    monkeypatch.setattr(pairs, "PAIRS", (*REGISTERED, TINY))


Printed = pytest.CaptureFixture[str]


def words(printed: str) -> str:
    return " ".join(printed.split())


def page(path: Path) -> str:
    return words(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")))


def test_list_and_show_have_it(capsys: Printed) -> None:
    assert main.main(["list"]) == 0
    assert TINY.about in capsys.readouterr().out
    assert main.main(["show", "tiny_ae"]) == 0
    printed = capsys.readouterr().out
    assert "tests/seventh/keras_net.py" in printed
    assert "TinyAutoencoder" in printed


def test_it_passes_every_gate(tmp_path: Path) -> None:
    path = tmp_path / "check.json"
    assert main.main(["check", "tiny_ae", "--json", str(path)]) == 0
    (report,) = json.loads(path.read_text(encoding="utf-8"))
    assert {gate["verdict"] for gate in report["gates"]} == {"pass"}


@pytest.mark.parametrize(
    "argv",
    [
        ["check", "--port", "as_reported", "tiny_ae"],
        ["show", "--port", "as_reported", "tiny_ae"],
        ["reported", "tiny_ae"],
    ],
    ids=lambda argv: argv[0],
)
def test_it_has_no_port_as_reported_and_each_command_says_so(
    argv: list[str], capsys: Printed
) -> None:
    assert main.main(argv) == 2
    said = words(capsys.readouterr().err)
    assert "tiny_ae has no port as reported; the report's pairs are mlp, cnn," in said


@pytest.mark.parametrize("argv", [["tiny_ae"], ["tiny_ae", "1"]], ids=len)
def test_it_has_no_exercises_and_the_command_says_so(argv: list[str], capsys: Printed) -> None:
    assert main.main(["exercise", *argv]) == 2
    said = words(capsys.readouterr().err)
    assert "tiny_ae has no exercises; there are some for mlp, cnn," in said
    assert exercises.of("tiny_ae") == ()


def test_its_weights_move(tmp_path: Path, capsys: Printed) -> None:
    path = tmp_path / "tiny.safetensors"
    assert main.main(["transfer", "tiny_ae", "--to", str(path)]) == 0
    assert "squeeze.weight" in capsys.readouterr().out
    assert path.exists()


def test_it_trains_in_lockstep_and_its_record_outlives_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "records" / "tiny_ae-tensorflow-float64.json"
    options = ["--data", "digits", "--steps", "5", "--out", str(tmp_path)]
    assert main.main(["lockstep", "tiny_ae", *options]) == 0
    record = json.loads(kept.read_text(encoding="utf-8"))
    assert record["drift"][-1]["port"]["slots"].keys() == {"momentum"}
    monkeypatch.setattr(pairs, "PAIRS", REGISTERED)
    lockstep.add(tmp_path, reading.read(LockstepRecord, kept))
    assert "### tiny_ae, float64" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_it_is_compared_and_its_results_are_read(tmp_path: Path, capsys: Printed) -> None:
    options = ["--data", "digits", "--epochs", "1", "--rounds", "0", "--out", str(tmp_path)]
    assert main.main(["compare", "tiny_ae", *options]) == 0
    assert (tmp_path / "pictures" / "tiny_ae-reconstructions.png").exists()
    capsys.readouterr()
    assert main.main(["results", "show", str(tmp_path)]) == 0
    assert "tiny_ae" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "has_adam"), [("simple_ae", True), ("tiny_ae", False)])
def test_the_tuned_lane_names_a_fused_adam_where_there_is_an_adam(
    sides: Sides, shown: Probe, name: str, has_adam: bool
) -> None:
    (pair,) = pairs.select([name])
    lane = Session(pair.task, 0, 64, "tensorflow", lane="tuned")
    sides.torch.call(InTorch.open, "lane", pair.torch, "float32", 0)
    sides.torch.call(Training.feed, "lane", shown.raw, shown.labels)
    sides.torch.call(Training.compile, "lane", lane)
    assert ("fused Adam" in sides.torch.call(Epochs.lane, "lane")) == has_adam
    sides.torch.call(Epochs.drop, "lane")


def test_its_lesson_has_its_figures_and_says_what_it_lacks(tmp_path: Path) -> None:
    """No exercises, no results, and on the report's page no port; beside a pair that has them."""
    out, results = tmp_path / "site", tmp_path / "none"
    options = ["--out", str(out), "--results", str(results)]
    assert main.main(["lesson", "simple_ae", "tiny_ae", *options]) == 0
    own = page(out / "tiny_ae.html")
    assert "There are no exercises for this pair." in own
    assert "with one mistake in it" not in own
    assert "with one mistake in it" in page(out / "simple_ae.html")
    assert "parity compare tiny_ae --full --seeds 5 --out" in own
    assert "parity lockstep tiny_ae --naive --out" in own
    assert "(784, 16)" in own
    assert "In Keras a model is a list" not in own, "this one is functional"
    assert "Some have faulty ports" in page(out / "index.html")
    assert "There is no port as reported of tiny_ae" in page(out / "report.html")
    assert broken_links(out) == doubled_anchors(out) == skipped_headings(out) == []
