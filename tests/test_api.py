"""`parity.check` on live objects: what it says, and that it leaves them as they were."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def found(folder: Path) -> Any:
    """What the script found, which runs once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.live_objects", str(folder)],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_same_function_is_true(found: Any) -> None:
    assert found["good"] == {"true": True, "verdict": "pass", "name": "small and Net"}


def test_a_port_that_casts_up_for_itself_holds_what_it_is_lent(found: Any) -> None:
    assert found["upcast"] == "pass"


def test_low_precision_passes_on_live_objects(found: Any) -> None:
    assert found["low"] == "pass"


def test_another_function_is_false_and_its_cause_is_named(found: Any) -> None:
    bad = found["bad"]
    assert not bad["true"]
    assert bad["verdict"] == "differ"
    assert bad["first"] == "act"
    assert len(bad["causes"]) == 1
    assert bad["causes"][0] in ("leaky-relu-slope", "activation-replaced")


def test_a_report_reads_as_text_and_as_html(found: Any) -> None:
    bad = found["bad"]
    assert "small and Net" in bad["text"]
    assert f"cause {bad['causes'][0]}" in " ".join(bad["text"].split())
    assert bad["html"].startswith('<div class="parity-report"')
    assert "<table>" in bad["html"]


def test_layers_are_a_table_with_a_row_for_each_layer_and_dtype(found: Any) -> None:
    assert {"dtype", "keras", "torch", "max_abs", "noise_ratio"} <= set(found["layers"]["columns"])
    names = ["conv", "norm", "act", "flat", "drop", "out"]
    assert found["layers"]["rows"] == [
        [dtype, name, "pass"] for dtype in ("float64", "float32") for name in names
    ]


def test_a_report_is_written_as_json(found: Any, folder: Path) -> None:
    written = json.loads((folder / "bad.json").read_text(encoding="utf-8"))
    assert written["verdict"] == "differ"
    assert written["first_divergence"]["keras"] == "act"
    forward = [gate for gate in written["gates"] if gate["name"] == "forward"]
    assert [gate["dtype"] for gate in forward] == ["float64"]
    assert written["provenance"]["versions"]["tensorflow"]


def test_a_report_is_written_as_a_page_and_as_graphs(found: Any, folder: Path) -> None:
    page = (folder / "bad.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert found["bad"]["causes"][0] in page
    assert "live_objects.py:" in page
    assert str(ROOT) not in page, "it would name this machine's folders"
    graphs = json.loads((folder / "graphs.json").read_text(encoding="utf-8"))["graphs"]
    assert [graph["id"] for graph in graphs] == ["Keras", "PyTorch"]


def test_a_report_holds_both_passes_row_by_row(found: Any) -> None:
    passes = found["passes"]
    keras, torch = zip(*passes["rows"], strict=True)
    assert [name for names in keras for name in names] == [
        *("conv", "norm", "act", "flat", "drop", "out")
    ]
    assert torch[0] == ["conv"]
    assert passes["from"][0] == [-1, -1], "the input"
    assert passes["from"][1:] == [[row, row] for row in range(len(keras) - 1)]
    assert ["conv/kernel", "conv.weight"] in [
        [keras.removeprefix("small/"), torch] for keras, torch in passes["placed"]
    ]


def test_each_layer_has_its_noise(folder: Path) -> None:
    written = json.loads((folder / "bad.json").read_text(encoding="utf-8"))
    lines = [line for gate in written["gates"] for line in gate["layers"] if line["noise_ratio"]]
    figures = [line for line in lines if line["noise"] and line["isolated_max_abs"] is not None]
    assert figures
    for line in figures:
        assert line["noise"] * line["noise_ratio"] == pytest.approx(line["max_abs"])


def test_live_objects_come_back_as_they_were(found: Any) -> None:
    assert found["changed"] == []


def test_a_port_with_weights_of_its_own_is_compared_as_it_is(found: Any) -> None:
    assert found["loaded"] == {"verdict": "differ", "gate": "differ"}


def test_a_loaded_sum_is_judged_to_its_own_rounding(found: dict[str, Any]) -> None:
    assert found["summed"] == ["pass", "differ"]


def test_a_loaded_port_without_a_place_for_a_weight_is_compared_as_it_is(found: Any) -> None:
    assert found["folded"] == ["pass", "differ"]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("shape", "Keras cannot run 'small' on these inputs: Invalid input shape"),
        ("dtype", "dtype='float8': choose float32, float64, bfloat16 or float16, or None for the"),
        ("kind", "is Sequential, no torch.nn.Module"),
        ("none", "is Linear, no Keras model or layer"),
    ],
)
def test_what_cannot_be_checked_is_one_clear_error(found: Any, case: str, message: str) -> None:
    assert message in found["errors"][case]
