"""The commands as a person runs them: what they print, write and return."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from parity import pairs
from parity.cli import main
from parity.errors import ResultsError
from parity.records import files
from parity.records.pair import Pair


def run(*argv: str) -> int:
    return main.main(list(argv))


def test_list_names_every_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    printed = capsys.readouterr().out
    assert all(pair.name in printed for pair in pairs.PAIRS)


def test_show_puts_both_files_heading_by_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "cnn") == 0
    printed = capsys.readouterr().out
    assert "keras_reference/cnn.py" in printed
    assert "torch_port/cnn.py" in printed
    headings = re.findall(r"^(\w+) ─", printed, re.MULTILINE)
    assert headings == ["About", "Sizes", "Data", "Model", "Weights", "Output", "Recipe"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["check", "nlp"], "'nlp' (did you mean 'mlp'?); the pairs are mlp, cnn"),
        (["transfer", "mlp", "--to", "w.pt"], "ends in .safetensors (torch) or .weights.h5"),
        (["transfer", "mlp", "--from", "w.safetensors"], "--from needs --to"),
        (["compare", "--epochs", "0"], "'0' is no whole number from 1 up"),
        (["compare", "--epochs", "2", "--full"], "not allowed with argument"),
        (["check", "--keras-backend", "theano"], "invalid choice: 'theano'"),
        ([], "required: COMMAND"),
    ],
)
def test_bad_input_is_one_clear_error(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="cannot be written"):
        files.write_text(tmp_path / "file" / "x", "")
    assert run("compare", "--out", str(tmp_path / "file" / "results")) == 2


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    files.write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": None}
    with pytest.raises(KeyboardInterrupt):
        _interrupted_write(path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": None}
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]


def _interrupted_write(path: Path) -> None:
    with files.whole(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


def test_check_and_compare_on_the_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lent: None
) -> None:
    """One good pair and one bad one, through both commands, on a machine without MNIST."""
    good = next(pair for pair in pairs.PAIRS if pair.name == "simple_ae")
    bad = replace(good, name="bad", torch="tests.mistakes.ports.scaled_output")
    monkeypatch.setattr(pairs, "PAIRS", (good, bad))
    _check(good, tmp_path, capsys)
    _compare(tmp_path / "results", capsys)


def _check(good: Pair, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "check.json"
    few = ["--gate", "forward", "--gate", "output"]  # all of them in what follows
    assert run("check", *few, "--json", str(path)) == 1
    printed = capsys.readouterr().out
    assert "first divergence: decoder against decoder + sigmoid_1" in " ".join(printed.split())
    reports = json.loads(path.read_text(encoding="utf-8"))
    assert [(r["pair"], r["verdict"]) for r in reports] == [(good.name, "pass"), ("bad", "differ")]
    assert reports[1]["first_divergence"]["keras"] == "decoder"
    layer = next(g for g in reports[0]["gates"] if g["name"] == "forward")["layers"][0]
    assert layer["keras_shape"] == [64, 32]
    assert {"max_abs", "rel", "ulp", "noise_ratio", "isolated_max_abs", "torch"} <= layer.keys()
    assert reports[0]["provenance"]["versions"]["keras"]


def test_lockstep_on_the_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lent: None
) -> None:
    """The table, what it costs, the naive translations, the record, the picture and the page."""
    options = ["--data", "digits", "--steps", "6", "--cost", "--naive", "--out", str(tmp_path)]
    assert run("lockstep", "simple_ae", *options, "--json", str(tmp_path / "found.json")) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "simple_ae float64, Keras on tensorflow: pass" in printed
    assert "test decisions that differ: 0 of 282,240" in printed
    (record,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [point["step"] for point in record["drift"]] == [0, 1, 2, 5, 6]
    assert max(point["multiple"] for point in record["drift"]) <= 10
    assert len(record["losses"]["keras"]) == len(record["norms"]["torch"]) == 6
    assert record["drift"][-1]["port"]["slots"].keys() == {"momentum", "velocity"}
    assert record["cost"]["both"] > 0
    assert record["naive"][0]["name"] == "faithful"
    name = "simple_ae-tensorflow-float64"
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"![Drift of simple_ae]({name}.png)" in page
    assert "What each unmatched convention costs" in page


def _compare(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--data", "digits", "--epochs", "2", "--rounds", "1", "--lanes"]
    options += ["matched", "tuned"]
    assert run("compare", *options, "--out", str(out)) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "bad: neither timed nor trained, its check is differ" in printed
    table = pd.read_csv(out / "tables" / "comparison.csv")
    assert table["start"].tolist() == ["paired", "paired", "not trained"]
    assert table["side"].tolist()[:2] == ["keras (tensorflow)", "torch"]
    timed = pd.read_csv(out / "tables" / "timing.csv")
    assert timed["pair"].tolist() == ["simple_ae"] * 4, "a pair that fails its check has no timing"
    assert timed["lane"].tolist() == ["matched", "matched", "tuned", "tuned"]
    assert timed["warm_up_loss"].tolist() == pytest.approx([timed["warm_up_loss"][0]] * 4)
    history = pd.read_csv(out / "tables" / "history.csv")
    assert history["epoch"].tolist() == [0, 1, 2, 0, 1, 2]
    pictures = {path.name for path in (out / "pictures").iterdir()}
    assert pictures == {"simple_ae-paired.png", "simple_ae-reconstructions.png", "timing.png"}
    page = (out / "README.md").read_text(encoding="utf-8")
    assert all(f"pictures/{name}" in page for name in pictures)
    for suffix in ("csv", "json", "md", "tex"):
        assert (out / "tables" / f"comparison.{suffix}").stat().st_size
    assert "simple" in (out / "tables" / "comparison.tex").read_text(encoding="utf-8")
    assert not (out / "unfinished").exists()
