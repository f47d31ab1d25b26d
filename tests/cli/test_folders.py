"""`parity check` of two folders: files of the same name are a pair, and each has its answer."""

import json
import shutil
from pathlib import Path

import pytest

from parity.cli import main
from parity.errors import ParityError
from parity.pairs import in_folders

OWN = Path(__file__).parents[1] / "own"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """`nets` and `ports`, with a pair `one`, and what is none."""
    for folder, file in (("nets", "keras_net.py"), ("ports", "torch_net.py")):
        place = tmp_path / folder
        place.mkdir()
        shutil.copy(OWN / file, place / "one.py")
        (place / "_shared.py").write_text("", encoding="utf-8")
        (place / "notes.txt").write_text("", encoding="utf-8")
    return tmp_path


def test_files_of_the_same_name_are_a_pair(folders: Path) -> None:
    nets, ports = folders / "nets", folders / "ports"
    (nets / "two.keras").write_bytes(b"")
    shutil.copy(ports / "one.py", ports / "two.py")
    one, two = in_folders(f"{nets}:build", f"{ports}:Net")
    assert (one.name, one.keras, one.torch) == (
        "one",
        f"{nets / 'one.py'}:build",
        f"{ports / 'one.py'}:Net",
    )
    assert (two.name, two.keras) == ("two", str(nets / "two.keras"))
    twin = in_folders("keras_reference", "torch_port")
    assert "conv_ae" in [pair.name for pair in twin if pair.has_twin_files]


def test_a_file_without_a_counterpart_is_refused(folders: Path) -> None:
    nets, ports = str(folders / "nets"), str(folders / "ports")
    (folders / "ports" / "alone.py").write_text("", encoding="utf-8")
    with pytest.raises(ParityError, match=r"^alone.py: no file of that name in .*nets; begin"):
        in_folders(nets, ports)
    with pytest.raises(ParityError, match=r"no model in .*: its files .py and .keras"):
        in_folders(str(folders), str(folders))


@pytest.mark.usefixtures("lent", "wide_terminal")
def test_a_pair_that_cannot_be_checked_costs_no_other_its_answer(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told at the end, when all that was found is written."""
    nets, ports, found = folders / "nets", folders / "ports", folders / "found.json"
    for folder in (nets, ports):
        (folder / "broken.py").write_text("import no_such_module", encoding="utf-8")
    asked = ["--keras", f"{nets}:build", "--torch", f"{ports}:Net", "--seeds", "2"]
    assert main.main(["check", *asked, "--json", str(found)]) == 2
    told = capsys.readouterr()
    assert "2 of 4 could not be checked:\n  broken, seed 0: " in told.err
    assert "one, seed 1: pass" in told.out
    records = json.loads(found.read_text(encoding="utf-8"))
    assert [record["pair"] for record in records] == ["one, seed 0", "one, seed 1"]
    assert [record["provenance"]["settings"]["seed"] for record in records] == [0, 1]


def test_what_is_for_one_check_is_refused_for_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["check", "mlp", "--seeds", "2", "--html", "page.html"]) == 2
    assert "--html is for one check; 2 are asked for" in capsys.readouterr().err
