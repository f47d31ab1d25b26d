"""`parity check --keras ... --torch ...`: a person's own pair, and how it is told what to do."""

import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from parity.cli import checks, main
from parity.mapping.rules import registry
from parity.records.comparison import Array
from parity.sides.process import Sides

Run = Callable[..., tuple[int, str]]
NET = "tests.own.torch_net"


@pytest.fixture
def run(
    sides: Sides,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wide_terminal: None,
) -> Run:
    """The command on a port: its exit status, and what it printed, with single spaces."""
    monkeypatch.setattr(checks, "both_sides", lambda backend, device: nullcontext(sides))

    def command(port: str, *options: str, keras: str = "tests.own.keras_net:build") -> Any:
        status = main.main(["check", "--keras", keras, "--torch", port, *options])
        printed = capsys.readouterr()
        return status, " ".join(printed.out.split()) + printed.err

    return command


def keras_weights() -> dict[str, Array]:
    from tests.own import keras_net

    return keras_net.weights()


def state_dict(sides: Sides) -> dict[str, Array]:
    """What the port holds if Keras's weights were moved well."""
    found = sides.keras.run(keras_weights)
    return {
        f"{layer}.{ours}": np.ascontiguousarray(found[f"net/{layer}/{theirs}"].T)
        for layer in ("hidden", "out")
        for ours, theirs in (("weight", "kernel"), ("bias", "bias"))
    }


def test_a_faithful_port_exits_with_0(run: Run) -> None:
    status, printed = run(f"{NET}:Net")
    assert status == 0
    assert "forward float64 pass 3 layers" in printed
    assert printed.startswith(
        "tests.own.keras_net:build and tests.own.torch_net:Net: pass: the same"
    )
    assert "not checked what layers do in training mode" in printed


def test_a_file_is_named_as_well_as_a_module_and_the_answer_can_be_all(run: Run) -> None:
    status, printed = run("tests/own/torch_net.py:Net", "-q", keras="tests/own/keras_net.py:build")
    assert status == 0
    pair = "tests/own/keras_net.py:build and tests/own/torch_net.py:Net"
    assert printed == f"{pair}: pass: the same function, as far as floating point can tell"


def test_formats_of_others_are_printed_and_written(run: Run, tmp_path: Path) -> None:
    """The annotation stands at the line of the fault, and nothing else is printed."""
    file = tmp_path / "found.xml"
    options = ("--format", "github", "--junit", str(file))
    status, printed = run(
        "tests.own.placed_torch:Net", *options, keras="tests.own.placed_keras:build"
    )
    assert status == 1
    out, _, err = printed.partition("wrote ")
    assert re.match(r"::error file=tests/own/placed_torch.py,line=\d+,title=", out)
    assert err == f"{file}\n"
    assert '<failure message="differ: first at norm' in file.read_text(encoding="utf-8")


def test_another_function_exits_with_1_and_its_cause(run: Run, tmp_path: Path) -> None:
    status, printed = run(f"{NET}:Absolute", "--json", str(tmp_path / "found.json"))
    assert status == 1
    assert "first divergence:" in printed
    assert "cause activation-" in printed
    (record,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert record["verdict"] == "differ"
    assert record["diagnosis"][0]["causes"][0]["cause"].startswith("activation-")


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("tests.own.no_such:Net", "no module 'tests.own.no_such'"),
        (f"{NET}:Nothing", "tests.own.torch_net has no 'Nothing'"),
        (NET, "of any other module write what builds the model"),
    ],
)
def test_a_bad_name_is_one_line_and_exits_with_2(run: Run, port: str, message: str) -> None:
    status, printed = run(port)
    assert status == 2
    assert message in printed
    assert len(printed.splitlines()) == 1
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("tests.own.leaves:Net", "tests.own.leaves cannot be imported: SystemExit: 4"),
        ("tests.own.leaves", "tests.own.leaves cannot be imported: SystemExit: 4"),
        ("tests/own/leaves.py", "leaves.py cannot be run: SystemExit: 4"),
        ("tests.own.leaving:factory", "torch side, in open: SystemExit: 4"),
        ("tests.own.leaving:unsayable", "torch side, in open: UnsayableError"),
    ],
)
def test_a_port_that_ends_the_process_ends_in_one_line(run: Run, port: str, message: str) -> None:
    """It ended the check with the status of a pass, and without a word."""
    keras = "tests.own.keras_net:build" if ":" in port else "keras_reference.mlp"
    status, printed = run(port, keras=keras)
    assert status == 2
    (line,) = printed.splitlines()
    assert message in line
    (trace,) = re.findall(r"\(traceback: (.*)\)$", line)
    assert "tests/own/leav" in Path(trace).read_text(encoding="utf-8").replace(os.sep, "/")
    Path(trace).unlink()


def test_a_pass_that_ends_the_process_is_told_and_passes_nothing(run: Run) -> None:
    status, printed = run("tests.own.leaving:Forward")
    assert status
    assert "the module left Python by sys.exit(0)" in printed


def test_one_of_the_two_alone_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["check", "--keras", "tests.own.keras_net:build"]) == 2
    assert "give both --keras and --torch" in capsys.readouterr().err


def test_inputs_of_a_person_s_own_are_shown_instead_of_random_ones(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, np.ones((3, 4), "float32"))
    assert run(f"{NET}:Absolute", "--inputs", str(path))[0] == 0, "equal where all is positive"
    np.savez(path, np.ones((3, 7), "float32"))
    status, printed = run(f"{NET}:Net", "--inputs", str(path))
    assert status == 2
    assert "Keras cannot run 'net' on these inputs" in printed
    path.write_text("nonsense", encoding="utf-8")
    status, printed = run(f"{NET}:Net", "--inputs", str(path))
    assert status == 2
    assert "is no .npz or .npy file of plain arrays" in printed


def test_a_map_decides_what_shapes_leave_open(run: Run, tmp_path: Path) -> None:
    assert run(f"{NET}:Matrix")[0] == 0, "the equation tells how a square matrix stands"
    path = tmp_path / "map.toml"
    for axes, expected in ("[0, 1]", 1), ("[1, 0]", 0):
        told = f'[weights]\n"hidden/kernel" = {{ torch = "matrix", axes = {axes} }}\n'
        path.write_text(told, encoding="utf-8")
        status, printed = run(f"{NET}:Matrix", "--map", str(path))
        assert status == expected, printed
    path.write_text('[weights]\n"hidden/kernel" = "no.such"\n', encoding="utf-8")
    status, printed = run(f"{NET}:Matrix", "--map", str(path))
    assert status == 2
    assert "mapping: no torch weight 'no.such'" in printed


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            '[layers]\nno = "hidden"',
            "no Keras layer 'no'; there are positive, hidden, out",
        ),
        ('[layers]\nhidden = "no"', "no torch module or step 'no'; there are relu_1"),
        ('[inputs]\nno = "channels_last"', "mapping: no input 'no'; there are x, 0"),
        ('[weights]\n"no/kernel" = "hidden.weight"', "mapping: no Keras weight 'no/kernel'"),
        ('[weights]\n"out/kernel" = { torch = "out.weight", axes = [2, 0, 1] }', "mapping: `out"),
        ('[weights]\n"out/kernel" = { torch = "out.weight", axes = [0, 1] }', "mapping: `out"),
    ],
)
def test_a_map_of_what_is_not_there_is_one_line(
    table: str, message: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(table, encoding="utf-8")
    status, printed = run(f"{NET}:Net", "--map", str(path))
    assert status == 2
    (line,) = printed.splitlines()
    assert message in line


def test_a_module_has_any_name(run: Run) -> None:
    """What rich reads as markup, and what a terminal obeys."""
    status, printed = run("tests.own.leaving:named", "--verbose")
    assert status == 0
    assert "a[/b]" in printed
    assert "[red]b" in printed
    assert "[2Jc" in printed
    assert "\x1b" not in printed


def test_a_state_dict_is_compared_as_it_is(run: Run, sides: Sides, tmp_path: Path) -> None:
    path, state = tmp_path / "net.safetensors", state_dict(sides)
    save_file(state, path)
    assert run(f"{NET}:Net", "--torch-weights", str(path))[0] == 0
    state["hidden.weight"] = np.ascontiguousarray(state["hidden.weight"].T)
    save_file(state, path)
    status, printed = run(f"{NET}:Net", "--torch-weights", str(path))
    assert status == 1
    assert "cause dense-kernel-transpose net/hidden/kernel against hidden.weight" in printed


def test_a_state_dict_that_does_not_fit_is_refused(run: Run, sides: Sides, tmp_path: Path) -> None:
    state = state_dict(sides)
    del state["out.bias"]
    save_file(state, tmp_path / "short.safetensors")
    status, printed = run(f"{NET}:Net", "--torch-weights", str(tmp_path / "short.safetensors"))
    assert status == 2
    assert "does not hold this module's weights" in printed
    assert "out.bias" in printed


def test_weights_that_no_rule_knows_are_placed_where_the_outputs_prove_it(run: Run) -> None:
    status, printed = run("tests.own.torch_scale:Net", keras="tests.own.keras_scale:build")
    assert status == 0, printed


def test_a_layer_that_no_rule_knows_is_else_incomplete_and_the_remedy_is_told(run: Run) -> None:
    status, printed = run("tests.own.torch_scale:Divided", keras="tests.own.keras_scale:build")
    assert status == 3
    assert "factor (Factor): no torch step answers this Keras layer" in printed
    assert "parity.rule('Factor', ...)" in printed


def test_a_rule_of_a_person_s_own_answers_for_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RULES", dict(registry.RULES))
    monkeypatch.delitem(sys.modules, "tests.own.rules", raising=False)
    status, printed = run(
        "tests.own.torch_scale:Net",
        "--rules",
        "tests.own.rules",
        keras="tests.own.keras_scale:build",
    )
    assert status == 0, printed


def test_a_module_of_rules_that_is_not_there_is_one_line(run: Run) -> None:
    status, printed = run("tests.own.torch_scale:Net", "--rules", "tests.own.nothing")
    assert status == 2
    assert "no module 'tests.own.nothing'" in printed
    assert "Traceback" not in printed


def test_a_patch_is_written_and_what_it_lacks_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "patch.py"
    port = "tests.own.placed_torch:Net"
    others = {"--html": tmp_path / "page.html", "--graphs": tmp_path / "graphs.json"}
    status, printed = run(
        port,
        *("--write-patch", str(file)),
        *(word for option, path in others.items() for word in (option, str(path))),
        keras="tests.own.placed_keras:build",
    )
    assert status == 1
    for written in (file, *others.values()):
        assert f"wrote {written}" in printed
    assert "epsilon" in others["--html"].read_text(encoding="utf-8")
    assert len(json.loads(others["--graphs"].read_text(encoding="utf-8"))["graphs"]) == 2
    names: dict[str, Any] = {}
    exec(file.read_text(encoding="utf-8"), names)
    (change,) = names["CHANGES"]
    assert (change.step, change.name, change.value) == ("stem.1", "eps", 1e-3)
    assert "placed_torch.py:" in file.read_text(encoding="utf-8")
