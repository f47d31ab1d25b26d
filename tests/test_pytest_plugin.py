"""The fixture in somebody else's repository: one line a port."""

from functools import partial

import pytest

from parity.api import Report
from parity.pytest_plugin import Parity, Workers
from parity.records.comparison import GateResult
from parity.sides import sharing

pytest_plugins = ["pytester"]

KERAS = """
import keras
from keras import layers


def build():
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activation="relu", name="hidden"),
            layers.Dense(3, name="out"),
        ]
    )
"""
TORCH = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 5)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        return self.out(self.act(self.hidden(x)))

    def act(self, x):
        return torch.relu(x)


class Wrong(Net):
    def act(self, x):
        return torch.tanh(x)
"""
FAITHFUL = """
def test_port(parity):
    parity.check("my.keras_net:build", "my.torch_net:Net")
"""
OTHERS = """
def test_wrong(parity):
    parity.check("my.keras_net:build", "my.torch_net:Wrong")


def test_missing(parity):
    parity.check("my.keras_net:build", "my.torch_net:Nothing")
"""


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A person's own, with a Keras model and its port in it."""
    monkeypatch.setenv("COLUMNS", "160")
    folder = pytester.mkpydir("my")
    (folder / "keras_net.py").write_text(KERAS, encoding="utf-8")
    (folder / "torch_net.py").write_text(TORCH, encoding="utf-8")
    return pytester


def test_a_faithful_port_passes_and_a_faulty_one_fails_with_its_cause(
    repository: pytest.Pytester,
) -> None:
    repository.makepyfile(test_faithful=FAITHFUL, test_others=OTHERS)
    result = repository.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "differ: first at hidden (torch_net.py:13); causes: activation-replaced",
            "*first divergence: hidden against hidden + tanh_1",
            "*Keras * torch *",
            "* hidden *hidden+tanh_1* differ first*",
            "*cause activation-replaced*hidden + tanh_1*keras_net.py:10 against torch_net.py:*",
            "*no 'Nothing'*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    failure = result.stdout.str().partition("short test summary")[0]
    assert failure.count("first at hidden") == 1


def test_options_choose_the_backend_and_the_float_type(repository: pytest.Pytester) -> None:
    test = """
    def test_port(parity):
        report = parity.check("my.keras_net:build", "my.torch_net:Net")
        assert "jax" in report.provenance["versions"]
        assert {gate.dtype for gate in report.gates if gate.name == "forward"} == {"float32"}
    """
    repository.makepyfile(test)
    options = ("--parity-backend", "jax", "--parity-dtype", "float32")
    repository.runpytest_subprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=1)


def test_an_asserted_report_is_shown_and_a_marker_and_the_ini_file_are_minded(
    repository: pytest.Pytester,
) -> None:
    test = """
    from dataclasses import replace

    import pytest


    @pytest.mark.parity(dtype="float64")
    def test_with_a_marker(parity):
        report = parity.check("my.keras_net:build", "my.torch_net:Net")
        assert {gate.dtype for gate in report.gates if gate.name == "forward"} == {"float64"}
        assert "jax" in report.provenance["versions"]


    @pytest.mark.parity(backend="theano")
    def test_with_a_wrong_one(parity):
        pass


    def test_that_asserts(parity):
        with pytest.raises(pytest.fail.Exception):
            parity.check("my.keras_net:build", "my.torch_net:Wrong")
        report = parity.check("my.keras_net:build", "my.torch_net:Net")
        report = replace(report, gates=(replace(report.gates[0], verdict="differ"),))
        assert report
    """
    repository.makepyfile(test)
    repository.makeini("[pytest]\nparity_backend = jax\nparity_dtype = float32")
    result = repository.runpytest_subprocess("-p", "no:cacheprovider", "--junitxml", "out.xml")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "*parity backend='theano' of *test_with_a_wrong_one: choose tensorflow, jax, torch*",
            "*- parity: report -*",
        ]
    )
    found = (repository.path / "out.xml").read_text(encoding="utf-8")
    assert '<property name="parity_verdict" value="pass"' in found
    assert '<property name="parity_causes" value="activation-replaced"' in found


def test_what_tests_record_the_same_tests_are_checked_against_without_keras(
    repository: pytest.Pytester,
) -> None:
    """A second check of a test has a reference of its own; one that was not recorded is told."""
    again = '    parity.check("my.keras_net:build", "my.torch_net:Net", seed=1, budget=60)\n'
    repository.makepyfile(test_port=FAITHFUL + again)
    run = partial(repository.runpytest_subprocess, "-p", "no:cacheprovider")
    run("--parity-record", "kept").assert_outcomes(passed=1)
    kept = repository.path / "kept"
    name = "test_port.py-test_port"
    assert sorted(path.name for path in kept.iterdir()) == [name, f"{name}-2"]
    (repository.path / "my" / "keras_net.py").write_text("1 / 0", encoding="utf-8")
    run("--parity-reference", "kept").assert_outcomes(passed=1)
    port = repository.path / "my" / "torch_net.py"
    port.write_text(TORCH.replace("torch.relu", "torch.tanh"), encoding="utf-8")
    result = run("--parity-reference", "kept")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines_random(["*causes: activation-replaced*"])
    result = run("--parity-reference", "other")
    result.stdout.fnmatch_lines_random(["no reference other*: make it with --parity-record"])
    result = run("--parity-reference", "kept", "--parity-record", "kept")
    result.stderr.fnmatch_lines(["*--parity-record and --parity-reference: give one of them"])


def test_workers_start_when_first_needed_are_shared_and_close_at_the_end(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    told: list[str] = []

    class Sides:
        def __init__(self, backend: str) -> None:
            told.append("started")

        def close(self) -> None:
            told.append("closed")

    def check(keras_model: object, torch_module: object, dtype: str | None) -> Report:
        if isinstance(keras_model, str):
            with sharing.workers():
                told.append("checked")
        return Report("own", (GateResult("output", "pass"),), {})

    monkeypatch.setattr("parity.sides.process.Sides", Sides)
    monkeypatch.setattr("parity.api.check", check)
    workers = Workers()
    Parity(request.node, workers).check(object(), object())
    assert told == []
    for _ in range(2):
        Parity(request.node, workers).check("my.keras_net:build", "my.torch_net:Net")
    workers.close()
    assert told == ["started", "checked", "checked", "closed"]
