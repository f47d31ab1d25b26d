"""Numbers, names and places that a command cannot use: generated, refused before any work."""

import os
import stat
from pathlib import Path

import pytest

from parity.course.lesson import site
from parity.records import files
from tests.cli.refusing import Refusal, refusal

__all__ = ["refusal"]

OWN = ("check", "--keras", "a:b", "--torch", "c:d")
NUMBERS = ("-1", "1.5", "1e3", "", " ", "²", "nan", "0x10", "1 2", "9" * 5000)
ARGUMENTS = [
    *((command, f"--seed={n}") for command in ("check", "compare") for n in NUMBERS),
    *((command, f"--seed={2**32}") for command in ("check", "lockstep", "selftest", "lesson")),
    *((command, "--steps", n) for command in ("check", "lockstep") for n in ("0", "-3", "many")),
    *(("compare", option, "0") for option in ("--epochs", "--seeds", "--workers")),
    *(("compare", "--rounds", n) for n in ("-1", "x")),
    ("exercise", "mlp", "0"),
    ("exercise", "mlp", "99"),
    ("exercise", "nlp", "1"),
    ("exercise", "--hint"),
    ("show", "nlp"),
    ("differences", "no-such-entry"),
    ("compare", "--recipe", "../course"),
    ("compare", "--executor", "slurm://x"),
    ("transfer", "mlp", "--from", "no.safetensors", "--to", "w.weights.h5"),
    ("transfer", "mlp", "--to", "w.pt"),
    ("transfer", "--to", "w.keras"),
    ("transfer", "mlp", "--keras", "a:b", "--torch", "c:d"),
    ("record", "--keras", "a:b", "--to", "reference"),
    ("record", "--keras", "a:b", "--torch", "c:d", "--inputs", "no.npz", "--to", "reference"),
    ("check", "--reference", "no-such-folder", "--torch", "a:b"),
    ("check", "--reference", "no-such-folder"),
    (*OWN, "--reference", "no-such-folder"),
    *(
        ("check", "--input-shape", shape)
        for shape in ("", ",", "28,", "28,,1", "0,1", "1.5", "a", "28x28", "9" * 30)
    ),
    ("check", "--input-shape=-1,2"),
    *(("check", f"--budget={n}") for n in ("0", "-1", "nan", "", "soon")),
    ("check", "--input-shape", "1000000,1000000,1000"),
    ("check", "--keras", "a:b"),
    (*OWN, "mlp"),
    (*OWN, "--keras-weights", "no.weights.h5"),
    (*OWN, "--torch-weights", "no.safetensors"),
    (*OWN, "--inputs", "no.npz"),
    (*OWN, "--map", "no.toml"),
    (*OWN, "--json", "."),
    (*OWN, "--write-patch", "."),
    ("check", "mlp", "cnn", "--write-patch", "patch.py"),
    (*OWN, "--html", "."),
    ("check", "mlp", "cnn", "--html", "page.html"),
    ("check", "mlp", "cnn", "--graphs", "graphs.json"),
    (*OWN, "--inputs", "."),
    (*OWN, "--map", "."),
    (*OWN, "--json", "a" * 300),
    ("lockstep", "--json", "."),
    ("selftest", "--out", "."),
    ("results", "show", "no-such-folder"),
    ("results", "show", "a" * 300),
    ("results", "diff", "no", "such"),
]


@pytest.mark.parametrize("argv", ARGUMENTS, ids=lambda argv: " ".join(argv)[:60])
def test_arguments(argv: tuple[str, ...], refusal: Refusal) -> None:
    refusal(*argv)


WRITERS = (
    (*OWN, "--json"),
    ("lockstep", "--json"),
    ("lockstep", "--out"),
    ("compare", "--out"),
    ("reported", "--out"),
    ("selftest", "--out"),
    ("differences", "--out"),
    ("lesson", "--out"),
    ("exercise", "mlp", "1", "--out"),
    ("results", "diff", "a", "b", "--json"),
)


@pytest.mark.parametrize("argv", WRITERS, ids=" ".join)
def test_a_place_below_a_file(argv: tuple[str, ...], refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("years of work", encoding="utf-8")
    assert str(tmp_path / "file" / "x") in refusal(*argv, tmp_path / "file" / "x" / "y")


OUTS = ("compare", "lockstep", "reported", "lesson")


@pytest.mark.parametrize("command", OUTS)
def test_a_file_in_the_place_of_a_folder(command: str, refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("years of work", encoding="utf-8")
    refusal(command, "--out", tmp_path / "out")


@pytest.mark.parametrize("command", OUTS)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_in_the_place_of_a_folder(command: str, refusal: Refusal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    refusal(command, "--out", tmp_path / "out")


def test_the_null_device_in_the_place_of_a_folder(refusal: Refusal) -> None:
    """It was replaced, where the command could."""
    refusal("lesson", "--out", os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("command", ["compare", "lockstep", "reported"])
def test_a_folder_in_use_is_refused_at_once(command: str, refusal: Refusal, tmp_path: Path) -> None:
    """It was told 20 seconds later, after the imports of both frameworks."""
    with files.held(tmp_path / "out"):
        assert "is in use by another parity command" in refusal(command, "--out", tmp_path / "out")


def test_unfinished_work_is_refused_at_once(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "out" / "unfinished" / "mlp-torch").mkdir(parents=True)
    assert "go on with --resume" in refusal("compare", "--out", tmp_path / "out")


LINKS = ("nothing", "file", "folder", "pipe")


@pytest.mark.parametrize("target", LINKS)
def test_a_link_in_the_place_of_a_site(target: str, refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("years of work", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / target)
    refusal("lesson", "--out", tmp_path / "site")


MARKERS = {
    "nothing": None,
    "empty": b"",
    "a list": b"[]",
    "an object": b"{}",
    "another site's": b'{"title": "my pages", "theme": "dark", "seed": 3}',
    "wrong types": b'{"backend": 1, "seed": "0", "versions": [], "commit": null}',
    "nested": b"[" * 100_000,
    "no UTF-8": b"\xff",
    "no JSON": b"title: my pages",
}


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_a_folder_of_somebody_s(marker: bytes | None, refusal: Refusal, tmp_path: Path) -> None:
    """It was wiped where it held any site.json."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    if marker is not None:
        (folder / site.MARKER).write_bytes(marker)
    assert "holds other things than lessons" in refusal("lesson", "--out", folder)


def test_a_folder_whose_marker_is_a_folder(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "home" / site.MARKER).mkdir(parents=True)
    refusal("lesson", "--out", tmp_path / "home")


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["", "force"])
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_in_the_place_of_an_exercise(
    kind: str, force: tuple[str, ...], refusal: Refusal, tmp_path: Path
) -> None:
    port = tmp_path / "exercises" / "mlp_1" / "port.py"
    port.parent.mkdir(parents=True)
    if kind == "folder":
        port.mkdir()
    elif hasattr(os, "mkfifo"):
        os.mkfifo(port)
    else:
        pytest.skip("has no pipes with names")
    assert "port.py is no file" in refusal("exercise", "mlp", "1", *force)


def test_a_link_in_the_place_of_an_exercise_counts_as_edited(
    refusal: Refusal, tmp_path: Path
) -> None:
    port = tmp_path / "exercises" / "mlp_1" / "port.py"
    port.parent.mkdir(parents=True)
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    port.symlink_to(tmp_path / "thesis.txt")
    assert "was edited (port.py)" in refusal("exercise", "mlp", "1")
