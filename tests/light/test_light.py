"""The light half: installed from its wheel, beside torch alone, it checks what was recorded."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from parity.checking import provenance, record
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.pairs import own
from parity.records import reference
from parity.sides.process import Sides

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "light", ROOT) if os.environ.get("PARITY_WHEELS") == "all" else (ROOT / "light",)
LIGHT = "keras_torch_parity_light"
SMALL = own("tests.own.keras_recorded:build", "tests.own.torch_recorded:Net")
TWINS = own("tests.seventh.keras_net", "tests.seventh.torch_net")

pytestmark = pytest.mark.skipif(shutil.which("uv") is None, reason="uv builds the wheels")


def requirements(names: Iterator[str]) -> Iterator[metadata.Distribution]:
    """What is installed of these, and of all that they require."""
    waiting, seen = [*names], set()
    while waiting:
        name = waiting.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield found
        for text in found.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)


def link(found: metadata.Distribution, folder: Path) -> None:
    """Links to what a distribution has installed."""
    for name in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
        place = folder / name
        source = Path(str(found.locate_file(name)))
        if name != "__pycache__" and source.exists() and not place.exists():
            place.symlink_to(source)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with the light wheel, and what it requires."""
    folder = tmp_path_factory.mktemp("bare")
    for source in FOLDERS:
        build = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(source)]
        subprocess.run(build, check=True)
    (wheel,) = folder.glob(f"{LIGHT}-*.whl")
    shutil.unpack_archive(wheel, folder / "installed", "zip")
    path = [folder / "installed"]
    (described,) = metadata.distributions(name=LIGHT, path=[str(path[0])])
    (folder / "links").mkdir()
    for found in requirements(Requirement(x).name for x in described.requires or ()):
        link(found, folder / "links")
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (*path, folder / "links", ROOT)))}


@pytest.fixture(scope="module")
def recorded(
    sides: Sides, shown: Probe, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """References of a small pair, and of twin files."""
    folder = tmp_path_factory.mktemp("recorded")
    for name, pair in (("small", SMALL), ("twins", TWINS)):
        described = provenance.describe(sides, {})
        options = Options(budget=math.inf)
        report, found = record.record(pair, sides, options, record.MOST, shown, described)
        assert report.verdict == "pass", report
        assert found is not None
        assert not found.about.left_out
        reference.write(found, folder / name)
    return folder / "small", folder / "twins"


@pytest.fixture(scope="module")
def found(bare: dict[str, str], recorded: tuple[Path, Path]) -> Any:
    """What the script found, which runs once, without the environment's own packages."""
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "tests/light/alone.py"), *map(str, recorded)],
        env=bare,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_keras_is_there(found: Any) -> None:
    assert found["there"] == []
    assert "installed" in found["from"]


def test_right_ports_pass_in_whatever_steps(found: Any) -> None:
    for name in ("right", "written otherwise"):
        assert found["ports"][name]["verdict"] == "pass", found["ports"][name]["text"]
        assert set(found["ports"][name]["gates"].values()) == {"pass"}
    assert found["first"]["keras"] == metadata.version("keras")


@pytest.mark.parametrize(
    ("port", "cause"),
    [
        ("epsilon", "bn-epsilon"),
        ("no bias", "bias-missing"),
        ("seven", "activation-replaced"),
    ],
)
def test_wrong_ports_are_told_why(found: Any, port: str, cause: str) -> None:
    assert found["ports"][port]["verdict"] == "differ"
    assert found["ports"][port]["causes"] == [cause]
    assert found["ports"][port]["mended"]


def test_a_port_of_another_size_is_incomplete(found: Any) -> None:
    assert found["ports"]["wider"]["verdict"] != "pass"
    assert found["kept"]


def test_recorded_weights_are_loaded_as_any_state_dict(found: Any) -> None:
    assert found["loaded"]["verdict"] == "pass"
    assert found["not loaded"]["verdict"] == "differ"
    assert set(found["not loaded"]["causes"]) == {"weights-not-loaded"}


def test_twins_are_trained_in_step_with_what_was_recorded(found: Any) -> None:
    status, text = found["twin"]
    assert status == 0, text
    assert re.search(r"lockstep float64\s+pass", text), text
    status, text = found["other twin"]
    assert status == 1, text
    assert re.search(r"optimizer float64\s+differ", text), text
    assert "optimizer-betas" in text
    assert re.search(r"lockstep float64\s+not run", text), text


def test_what_a_reference_does_not_allow_is_refused_in_a_line(found: Any) -> None:
    assert found["no twin"][0] == found["settled"][0] == found["keras"][0] == 2
    assert "is no twin file, and the reference is of two" in found["no twin"][1]
    assert "not --seed: the reference settles" in found["settled"][1]
    assert "could not be imported" in found["keras"][1]
    assert "install keras-torch-parity" in found["other command"][1]


def test_a_small_model_takes_seconds(found: Any) -> None:
    assert found["seconds"] < 30  # 1 on an idle machine
