"""The report's ports as files: laid out as their twins, and with the sizes of the report."""

import re

import pytest

from parity.cli import main
from parity.course.laboratory import catalogue
from parity.course.reported.quirks import QUIRKS
from parity.course.twins import sections, source
from parity.pairs import reported
from parity.records.comparison import Array
from parity.records.pair import Pair
from parity.sides.process import Sides
from parity.sides.verbs import InTorch, Models

BY_NAME = {pair.name: pair for pair in reported()}
HEADINGS = ["About", "Sizes", "Data", "Model", "Weights", "Output", "Recipe"]


@pytest.mark.parametrize("pair", reported(), ids=lambda pair: pair.name)
def test_a_port_has_the_headings_of_its_twin_and_says_where_it_differs(pair: Pair) -> None:
    keras, torch = (list(sections(source(module))) for module in (pair.keras, pair.torch))
    assert keras == torch == HEADINGS
    assert "# DIFFERS:" in source(pair.torch)


def test_all_five_exercises_are_there_each_with_its_quirks() -> None:
    assert list(BY_NAME) == ["mlp", "cnn", "simple_ae", "conv_ae", "denoising_ae"]
    assert list(QUIRKS) == list(BY_NAME)


def test_every_id_in_brackets_is_an_entry_of_the_catalogue() -> None:
    known = set(catalogue.entries())
    for name, pair in BY_NAME.items():
        written = set(re.findall(r"\[([a-z]+(?:-[a-z]+)+)\]", source(pair.torch)))
        told = {entry for quirk in QUIRKS[name] for entry in quirk.entries}
        assert {"init-default", "adam-epsilon", "partial-batch"} <= written, name
        assert written | told <= known, name


def test_the_decoder_of_conv_ae_goes_from_3_to_28(sides: Sides, images: Array) -> None:
    sides.torch.call(InTorch.open, "sizes", BY_NAME["conv_ae"].torch)
    x = sides.torch.call(Models.prepared, "sizes", images[:1])
    steps = sides.torch.call(InTorch.present, "sizes", {"0": x}).steps
    decoder = [step for step in steps if step.path.startswith("decoder.conv")]
    assert [step.shape[2] for step in decoder] == [5, 12, 26, 28]
    assert [step.shape[1] for step in decoder] == [8, 8, 16, 1]
    pooled = [step.shape[1:] for step in steps if step.kind == "MaxPool2d"]
    assert pooled[-1] == (8, 3, 3)


def test_show_puts_the_report_s_file_beside_keras_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["show", "mlp", "--port", "as_reported"]) == 0
    printed = capsys.readouterr().out
    assert "torch_port/as_reported/mlp.py" in printed
    assert "log_softmax" in printed


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["check", "--port", "as_reported", "conv_transpose_ae"], "has no port as reported"),
        (["check", "--port", "as_reported", "--keras", "a:b", "--torch", "c:d"], "--port is for"),
        (["reported", "nlp"], "no pair is called 'nlp'"),
    ],
)
def test_what_is_no_port_of_the_report_is_refused(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(argv) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "reported"])
def test_help_tells_of_the_report_s_ports(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([command, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "the course report's own" in printed
