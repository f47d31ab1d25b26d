"""Files are written whole, through links, pipes and devices; a folder is one command's."""

import os
import stat
import threading
from pathlib import Path

import pytest

from parity.errors import ResultsError
from parity.records import files

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "found.json", tmp_path / "link.json"
    link.symlink_to(target)
    for value in (1, 2):  # the first time there is nothing behind the link
        files.write_json(link, value)
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8") == f"{value}\n"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["found.json", "kept", "link.json"]


def test_a_chain_of_links_is_followed_and_a_circle_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("c")
    files.write_text(tmp_path / "a", "text")
    assert (tmp_path / "c").read_text(encoding="utf-8") == "text"
    (tmp_path / "d").symlink_to("e")
    (tmp_path / "e").symlink_to("d")
    for write in (files.require_writable, lambda path: files.write_text(path, "")):
        with pytest.raises(ResultsError, match="d cannot be written"):
            write(tmp_path / "d")
    assert (tmp_path / "d").is_symlink()


@needs_pipes
def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "found.json"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    files.require_writable(pipe)
    files.write_json(pipe, {"a": 1})
    reader.join(timeout=600)
    assert read == ['{\n "a": 1\n}\n']
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]


def test_the_null_device_stays_one() -> None:
    files.require_writable(Path(os.devnull))
    files.write_json(Path(os.devnull), {"a": 1})
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="has no names for open files")
def test_what_is_open_already_goes_on_where_it_is(tmp_path: Path) -> None:
    """As /dev/stdout does where a shell sends it to a file."""
    with (tmp_path / "out").open("wb", buffering=0) as out:
        out.write(b"before, ")
        files.write_text(Path("/dev/fd") / str(out.fileno()), "text")
        out.write(b", behind")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "before, text, behind"


@needs_pipes
def test_what_an_earlier_state_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mlp-paired.png").write_text("", encoding="utf-8")
    (tmp_path / "other.png").write_text("", encoding="utf-8")
    (tmp_path / "mlp-folder.png").mkdir()
    (tmp_path / "mlp-link.png").symlink_to("other.png")
    os.mkfifo(tmp_path / "mlp-pipe.png")
    files.clear(tmp_path, "mlp-*.png")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"other.png", "mlp-folder.png", "mlp-link.png", "mlp-pipe.png"}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="is a folder; name a file"):
        files.require_writable(tmp_path)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "text"])
def test_a_lock_that_is_no_file_of_ours_is_left_alone(kind: str, tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    victim = tmp_path / "victim"
    victim.write_text("years of work", encoding="utf-8")
    if kind == "link":
        lock.symlink_to(victim)
    elif kind == "folder":
        lock.mkdir()
    elif kind == "text":
        lock.write_text("years of work", encoding="utf-8")
    elif hasattr(os, "mkfifo"):
        os.mkfifo(lock)
    else:
        pytest.skip("has no pipes with names")
    with pytest.raises(ResultsError), files.held(tmp_path):
        pass
    assert os.path.lexists(lock)
    assert kind != "text" or lock.read_text(encoding="utf-8") == "years of work"
    assert victim.read_text(encoding="utf-8") == "years of work"


def test_a_folder_is_held_by_one_command(tmp_path: Path) -> None:
    with files.held(tmp_path), pytest.raises(ResultsError, match="is in use"):
        files.lock(tmp_path)
    with files.held(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_utf_8_has_no_bytes_for_is_written_all_the_same(tmp_path: Path) -> None:
    """The name of a folder that is no UTF-8 stands in pages."""
    files.write_text(tmp_path / "page.md", "results/\udcff")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "results/?"


def test_a_folder_that_stays_empty_goes_again(tmp_path: Path) -> None:
    folder, kept = tmp_path / "new" / "reference", tmp_path / "kept"
    kept.mkdir()
    for place in (folder, kept):
        with files.prepared(place):
            assert place.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    with files.prepared(folder):
        (folder / "answers.json").touch()
    assert (folder / "answers.json").is_file()
