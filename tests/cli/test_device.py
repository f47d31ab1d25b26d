"""Where a check runs, and what a GPU machine is told to do: no command of it is refused."""

import argparse
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import pytest

from benchmarks import gpu
from parity.cli import checks, main
from parity.errors import ParityError
from parity.sides.process import Worker


@pytest.mark.parametrize("asked", [(), ("--device", "auto"), ("--device", "cuda")])
def test_a_check_runs_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    told: list[Any] = []

    def sides(backend: str, device: str) -> NoReturn:
        told.append(device)
        raise ParityError("seen")

    monkeypatch.setattr(checks, "both_sides", sides)
    assert main.main(["check", "mlp", *asked]) == 2
    assert told == [asked[-1] if asked else "cpu"]


def test_a_reference_settles_no_device(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Worker, "__init__", lambda *given, **named: pytest.fail("too late"))
    assert main.main(["check", "--reference", "r", "--torch", "a:b", "--device", "cuda"]) == 2
    assert "--device" in capsys.readouterr().err


def test_the_rehearsal_s_commands_are_commands(tmp_path: Path) -> None:
    asked = argparse.Namespace(
        out=tmp_path, keras_backend="jax", device="cuda", data="auto", epochs=None, seeds="64"
    )
    parsed = []
    for _, (_, _, module, *rest) in gpu.stages(asked):
        if module == "parity":
            parsed.append(main.parser(rest).parse_args(rest))
            assert (parsed[-1].device, parsed[-1].keras_backend) == ("cuda", "jax")
    assert [one.command for one in parsed] == [*["check"] * 6, "compare", "compare"]
    assert [one.resume for one in parsed[6:]] == [False, True]


def test_what_the_rehearsal_lacks_is_told_before_its_first_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu.require_installed("jax")
    here = [one for one in metadata.distributions() if one.metadata["Name"] != "tensorflow"]
    left = [one for one in here if one.metadata["Name"] not in ("cattrs", "babel")]
    monkeypatch.setattr(metadata, "distributions", lambda: here)
    gpu.require_installed("jax")
    with pytest.raises(SystemExit, match="not installed here: tensorflow;"):
        gpu.require_installed("tensorflow")
    monkeypatch.setattr(metadata, "distributions", lambda: left)
    with pytest.raises(SystemExit, match="not installed here: babel, cattrs;"):
        gpu.require_installed("jax")
