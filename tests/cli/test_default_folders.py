"""Without a folder's name commands write below results/latest; what is committed stays as it is."""

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.cli import main
from parity.records import files

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
WRITTEN = ("out", "json", "to")  # the options that name what a command writes
COMMANDS = (
    ["check"],
    ["lockstep"],
    ["transfer", "mlp"],
    ["selftest"],
    ["compare"],
    ["results", "show"],
    ["results", "diff", "a", "b"],
    ["reported"],
    ["lesson"],
    ["differences"],
    ["exercise"],
)


def is_ignored(path: Path) -> bool:
    asked = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
    if asked.returncode not in (0, 1):
        pytest.skip("not in a checkout")
    return asked.returncode == 0


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_git_ignores_what_a_command_writes_where_nothing_is_named(argv: list[str]) -> None:
    args: argparse.Namespace = main.parser(argv).parse_args(argv)
    places = [path for name in WRITTEN if (path := getattr(args, name, None)) is not None]
    assert [path for path in places if not is_ignored(path / "README.md")] == []


def test_git_does_not_ignore_what_is_committed() -> None:
    assert not is_ignored(RESULTS / "README.md")
    assert not is_ignored(RESULTS / "records" / "mlp.json")


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder has the committed results of simple_ae; at the end they are the same."""
    for path in (*RESULTS.rglob("README.md"), *RESULTS.rglob("simple_ae*")):
        copy = tmp_path / path.relative_to(ROOT)
        if "latest" not in path.parts:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    before = contents(tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "results"
    assert contents(tmp_path / "results") == before


def contents(results: Path) -> dict[str, bytes]:
    """All files but those below latest/."""
    found = [path for path in results.rglob("*") if path.is_file()]
    named = {path.relative_to(results): path.read_bytes() for path in found}
    return {str(path): what for path, what in named.items() if path.parts[0] != "latest"}


@pytest.mark.usefixtures("lent")
def test_lockstep_leaves_the_committed_runs_as_they_are(committed: Path) -> None:
    assert main.main(["lockstep", "simple_ae", "--data", "digits", "--steps", "2"]) == 0
    page = (committed / "latest" / "lockstep" / "README.md").read_text(encoding="utf-8")
    assert "| simple_ae |" in page


def test_reported_leaves_the_committed_figures_as_they_are(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["reported", "simple_ae", "--data", "digits", "--epochs", "1"]) == 0
    page = (committed / "latest" / "as_reported" / "README.md").read_text(encoding="utf-8")
    assert "## simple_ae" in page
    assert "the comparison beside them is that of results\n" in capsys.readouterr().out


@pytest.mark.usefixtures("lent")
def test_compare_leaves_the_committed_comparison_as_it_is(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it has written is what `parity results show` shows next."""
    options = ["--data", "digits", "--epochs", "1", "--rounds", "0"]
    assert main.main(["compare", "simple_ae", *options]) == 0
    assert (committed / "latest" / "README.md").exists()
    capsys.readouterr()
    assert main.main(["results", "show"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{Path('results', 'latest')}\n")
    assert "training images 1,437" in " ".join(printed.split())


def test_a_results_folder_that_is_taken_up_keeps_its_hands_off_its_neighbours(
    tmp_path: Path,
) -> None:
    """A lock-step run may be writing in latest/lockstep while a comparison begins in latest."""
    mine, theirs = tmp_path / "records", tmp_path / "lockstep"
    for room in (mine, theirs):
        (room / f"{files.PREFIX}x").mkdir(parents=True)
    files.sweep(tmp_path)
    assert list(mine.iterdir()) == []
    assert list(theirs.iterdir()) == [theirs / f"{files.PREFIX}x"]
