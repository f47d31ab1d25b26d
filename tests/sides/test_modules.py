"""What a person names: by a dotted name or a file, and what may have been meant by a wrong one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.errors import ModelError, meant
from parity.records.pair import is_twin_file, parts
from parity.sides import modules

BUILD = "def build():\n    return {value}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder; what is imported from it is gone at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_the_module_that_its_dotted_name_is(here: Path) -> None:
    write(here / "mynets_x" / "net.py", BUILD.format(value="{}"))
    assert modules.named("mynets_x/net.py:build", dict) == {}
    assert modules.of_file("mynets_x/net.py") is modules.imported("mynets_x.net")
    assert modules.of_file(str(here / "mynets_x" / "net.py")) is modules.imported("mynets_x.net")


def test_a_file_of_a_package_elsewhere_finds_the_package(here: Path, tmp_path: Path) -> None:
    elsewhere = here / "else where"  # no name of a module
    for name in ("pack_x", "pack_x/inner"):
        write(elsewhere / name / "__init__.py", "")
    write(elsewhere / "pack_x" / "sizes.py", "SIZES = [3]")
    text = "from ..sizes import SIZES\ndef build():\n    return SIZES\n"
    file = write(elsewhere / "pack_x" / "inner" / "net.py", text)
    assert modules.named(f"{file}:build", list) == [3]
    assert "pack_x.inner.net" in sys.modules


def test_a_file_outside_of_packages_finds_its_neighbours(here: Path) -> None:
    write(here / "my-nets" / "neighbour_x.py", "SIZES = [4]")
    text = "from neighbour_x import SIZES\ndef build():\n    return SIZES\n"
    file = write(here / "my-nets" / "net.py", text)
    assert modules.named(f"{file}:build", list) == [4]
    assert modules.of_file(file) is modules.of_file(file)


@pytest.mark.parametrize("name", ["json/net.py", "json.py", "parity/net.py"])
def test_a_file_whose_name_is_a_module_s_is_not_taken_for_it(here: Path, name: str) -> None:
    file = write(here / name, BUILD.format(value="[5]"))
    assert modules.named(f"{file}:build", list) == [5]
    assert modules.named(f"{name}:build", list) == [5]


def test_a_file_that_raises_is_one_line_and_is_run_again_when_it_is_mended(here: Path) -> None:
    file = write(here / "broken-net.py", "import sys; sys.exit(4)")
    with pytest.raises(ModelError, match=r"broken-net.py cannot be imported: SystemExit: 4"):
        modules.of_file(file)
    write(here / "broken-net.py", "import no_such_module_x")
    with pytest.raises(ModelError, match="No module named 'no_such_module_x'"):
        modules.of_file(file)
    write(here / "broken-net.py", BUILD.format(value="[6]"))
    assert modules.named(f"{file}:build", list) == [6]


def test_of_a_wrong_name_what_may_have_been_meant_is_told(here: Path) -> None:
    write(here / "mynets_x" / "unet.py", "class UNet(dict): ...\nclass Other(dict): ...\n")
    for name, said in (
        ("mynets_x.unet:Unet", r"has no 'Unet' \(did you mean 'UNet'\?\)"),
        ("mynets_x.uent:UNet", r"no module 'mynets_x.uent' \(did you mean 'mynets_x.unet'\?\) in"),
        ("mynet_x.unet:UNet", r"no module 'mynet_x.unet' \(did you mean 'mynets_x'\?\) in"),
        ("mynets_x/uent.py:UNet", r"no file mynets_x/uent.py \(did you mean 'unet.py'\?\)"),
        ("mynets_x.unet.UNet:x", "no module 'mynets_x.unet.UNet' in"),
        ("mynets_x.unet:zzzzzz", "has no 'zzzzzz'$"),
    ):
        with pytest.raises(ModelError, match=said):
            modules.named(name, dict)


@pytest.mark.parametrize(
    ("name", "split", "is_twin"),
    [
        ("my.nets:build", ("my.nets", "build"), False),
        ("my/nets.py:Net.inner", ("my/nets.py", "Net.inner"), False),
        ("my/nets.py", ("my/nets.py", ""), True),
        ("my.nets", ("my.nets", ""), True),
        ("my.nets:", ("my.nets", ""), False),
        (r"C:\my\nets.py", (r"C:\my\nets.py", ""), True),
        ("C:/my/nets.py:build", ("C:/my/nets.py", "build"), False),
        ("C:/my/net.keras", ("C:/my/net.keras", ""), False),
    ],
)
def test_a_name_has_a_place_and_what_it_names_there(
    name: str, split: tuple[str, str], is_twin: bool
) -> None:
    assert parts(name) == split
    assert is_twin_file(name) is is_twin


def test_nothing_is_meant_by_what_is_like_nothing() -> None:
    assert meant("mpl", ["mlp", "cnn"]) == " (did you mean 'mlp'?)"
    assert meant("zzz", ["mlp", "cnn"]) == ""
    assert meant("mlp", []) == ""


def test_what_asks_for_arguments_is_refused_with_what_to_do(here: Path) -> None:
    file = write(here / "asking_x.py", "def build(size):\n    return {}\n")
    with pytest.raises(ModelError, match=r"build asks for arguments \(.*'size'\); name a function"):
        modules.named(f"{file}:build", dict)


def test_a_type_error_within_it_is_told_as_it_is(here: Path) -> None:
    file = write(here / "raising_x.py", "def build():\n    return dict(1)\n")
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        modules.named(f"{file}:build", dict)
