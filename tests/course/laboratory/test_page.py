"""results/differences.md, and `parity differences`."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from parity.cli.main import main
from parity.course.laboratory import catalogue
from parity.course.laboratory import page as shown
from parity.course.laboratory.bench import Measurement, Result
from tests.course.laboratory.made_up import Holds

FOUND = [
    Measurement("naive", "naive", "3 * x", backend, 0.5, "50.0 %", True)
    for backend in ("tensorflow", "jax")
] + [Measurement("faithful", "faithful", "2 * x", "jax", 0.1, "10.0 %", False)]
RESULT = Result("true", tuple(FOUND))


@pytest.fixture
def screen() -> Console:
    return Console(file=io.StringIO(), width=120)


def printed(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_the_page_has_each_figure_once_with_its_backends() -> None:
    page = shown.page({"true": RESULT}, {"true": Holds}, {"versions": {"keras": "3"}})
    assert "| naive | 3 * x | 50.0 % | tensorflow, jax |" in page
    assert '<a id="true"></a>' in page


def test_the_page_says_which_claims_no_longer_hold() -> None:
    page = shown.page({"true": RESULT}, {"true": Holds}, {"versions": {"keras": "3"}})
    assert "No longer true: true." in page


def test_an_entry_is_shown_with_its_code_and_its_broken_claim(screen: Console) -> None:
    screen.print(shown.full(Holds, RESULT))
    assert "return 3 * x" in printed(screen)
    assert "NO LONGER HOLDS" in printed(screen)


def test_the_list_names_entries_and_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["differences", "--list", "adam-family"]) == 0
    assert "adam-epsilon" in capsys.readouterr().out


def test_an_unknown_entry_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["differences", "adam-epsilom"]) == 2
    error = capsys.readouterr().err
    assert "'adam-epsilom'" in error
    assert "--list" in error
    assert error.count("\n") == 1


def test_a_page_of_some_entries_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["differences", "adam-epsilon", "--out", str(tmp_path)]) == 2
    assert "--out" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_command_exits_by_whether_the_claims_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("parity.course.laboratory.bench.run", lambda wanted, done: (RESULT,))
    monkeypatch.setattr("parity.course.laboratory.catalogue.select", lambda ids: {"true": Holds})
    assert main(["differences"]) == 1
    assert "0 of 1 claims hold" in capsys.readouterr().out


def test_a_function_that_an_entry_shares_with_others_is_shown_too(screen: Console) -> None:
    screen.print(shown.full(catalogue.entries()["piecewise-boundary"], None))
    assert "def rates(" in printed(screen)


def test_a_function_that_files_of_the_catalogue_share_is_shown_too(screen: Console) -> None:
    screen.print(shown.full(catalogue.entries()["adadelta-defaults"], None))
    assert "def keras_steps(" in printed(screen)
    assert "def torch_steps(" in printed(screen)
