"""How a command ends: in one line and with 2, whatever goes wrong, and by a signal."""

import errno
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from parity.cli import ending, main
from parity.cli.commands import listing
from parity.errors import ModelError, ParityError, TransferError
from parity.sides import signals

ROOT = Path(__file__).parents[2]
Ends = Callable[[BaseException], tuple[int, str]]


@pytest.fixture
def ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ends:
    """The status and the line of a command in which this is raised."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def of(raised: BaseException) -> tuple[int, str]:
        def run(args: object) -> int:
            raise raised

        monkeypatch.setattr(listing, "run", run)
        status = main.main(["list"])
        return status, capsys.readouterr().err

    return of


class StrangeError(Exception):
    """Says nothing, not even what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "raised",
    [
        ValueError("a fault"),
        ValueError("of\nseveral\nlines"),
        KeyError(),
        AssertionError(),
        RecursionError("deep"),
        MemoryError(),
        OSError(errno.EIO, "Input/output error"),
        SystemExit(0),
        SystemExit(1),
        SystemExit(4),
        SystemExit("a text"),
        GeneratorExit(),
        StrangeError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_nobody_foresaw_is_one_line_and_its_traceback_a_file(
    raised: BaseException, ends: Ends
) -> None:
    status, said = ends(raised)
    assert status == 2
    (line,) = said.splitlines()
    assert line.startswith(f"parity: error: {type(raised).__name__}")
    (path,) = re.findall(r"this is a fault of parity, whose traceback is in (.*)$", line)
    trace = Path(path).read_text(encoding="utf-8")
    assert trace.startswith("Traceback")
    assert "raise raised" in trace


def test_a_system_s_refusal_names_the_file(ends: Ends) -> None:
    status, said = ends(OSError(errno.EIO, "Input/output error", "some/file"))
    assert status == 2
    assert said.startswith("parity: error: some/file: Input/output error (traceback: ")


def test_what_was_foreseen_is_one_line_without_a_traceback(ends: Ends, tmp_path: Path) -> None:
    assert ends(ParityError("a thing\nof two lines")) == (
        2,
        "parity: error: a thing of two lines\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_the_traceback_of_a_person_s_own_code_is_kept(ends: Ends) -> None:
    _, said = ends(ModelError.behind("torch side, in open", ValueError("mine")))
    told = r"parity: error: torch side, in open: ValueError: mine \(traceback: (.*)\)\n"
    found = re.fullmatch(told, said)
    assert found is not None
    assert Path(found[1]).read_text(encoding="utf-8") == "ValueError: mine\n"


def test_a_transfer_lists_its_failures_a_line_each(ends: Ends) -> None:
    assert ends(TransferError("not whole:\n  a\n  b"))[1].splitlines()[1:] == ["  a", "  b"]


def test_a_line_holds_nothing_that_a_terminal_obeys(ends: Ends) -> None:
    assert ends(ParityError("\x1b[2Ja\x07\x9b\u202eb\r"))[1] == "parity: error: [2Jab\n"


def test_a_temporary_folder_that_is_full_costs_the_traceback_alone(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "no such folder")
    status, said = ends(ValueError("a fault"))
    assert status == 2
    assert "whose traceback is in no file: " in said


@pytest.mark.parametrize("asked", [x for x in signals.TO_END if x != signal.SIGINT])
def test_a_signal_ends_it_in_one_line(
    asked: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the status that a shell knows; afterwards signals do what they did before."""
    before = signal.getsignal(asked)
    if before == signal.SIG_IGN:
        pytest.skip(f"{asked.name} is ignored here, as under nohup")

    def run(args: object) -> int:
        signal.raise_signal(asked)
        return 0

    monkeypatch.setattr(listing, "run", run)
    assert main.main(["list"]) == 128 + asked
    assert capsys.readouterr().err == f"parity: ended by {asked.name}\n"
    assert signal.getsignal(asked) == before


def test_a_signal_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `nohup` has it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def run(args: object) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    monkeypatch.setattr(listing, "run", run)
    try:
        assert main.main(["list"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)


COMMANDS = (
    ["list"],
    ["show", "cnn"],
    ["results", "show", "results"],
    ["results", "diff", "results", "results"],
    ["exercise"],
    ["exercise", "mlp", "1", "--hint"],
    ["exercise", "mlp", "1", "--solution"],
    ["differences", "--list"],
    ["--help"],
)


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_an_ascii_terminal_shows_what_it_can(
    argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    assert main.main(argv) == 0
    assert shown.getvalue().isascii()
    assert len(shown.getvalue()) > 50


def parity(*argv: str, stdout: int | IO[bytes], **environment: str) -> tuple[int, str]:
    """A process of its own: its status, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "parity", *argv],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("has no device that is full")
    for argv in (["show", "cnn"], ["--help"]):
        with Path("/dev/full").open("wb") as full:
            said = parity(*argv, stdout=full)
        assert said == (2, "parity: error: standard output: No space left on device\n")


def test_a_pipe_that_nobody_reads_is_one_line() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert parity("list", stdout=writing) == (
            2,
            "parity: error: standard output: Broken pipe\n",
        )
    finally:
        os.close(writing)


def test_no_standard_output_at_all_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main.main(["list"]) == 0


def test_an_ascii_process_shows_what_it_can() -> None:
    said = parity("show", "cnn", stdout=subprocess.DEVNULL, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert said == (0, "")


def test_what_argparse_refuses_has_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending.run(lambda: main.main(["no-such-command"])) == 2
    assert main.main(["--version"]) == 0
