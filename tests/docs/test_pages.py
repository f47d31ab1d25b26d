"""The documentation says what is true: its examples run, and its lists are whole."""

import json
import re
import sys
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
import torch._dynamo  # noqa: F401  (before TensorFlow: the other order aborts the interpreter)

import parity
from parity.cli.main import COMMANDS
from parity.records.comparison import Report

DOCS = Path(__file__).parents[2] / "docs"
PORT = DOCS / "tutorials" / "port"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXECUTED = ("reference/api.md", "reference/semantics.md", "reference/json.md")


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXECUTED)
def test_the_examples_of_a_page_run(name: str) -> None:
    blocks = BLOCK.findall(text(name))
    assert blocks
    space: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), space)


def test_every_public_name_is_in_the_reference() -> None:
    page = text("reference/api.md")
    shown = [name for name in parity.__all__ if not name.startswith("__")]
    assert [name for name in shown if not re.search(rf"\bparity\.{name}\b", page)] == []


def test_every_command_is_in_the_reference() -> None:
    shown = re.findall(r"^## parity (\w+)$", text("reference/commands.md"), re.MULTILINE)
    assert shown == [*COMMANDS]


@pytest.fixture(scope="module")
def checked() -> dict[str, Report]:
    """The tutorial's ports by module, as they are checked today."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PORT))
        keras_net, *ports = map(import_module, ("keras_net", "torch_net", "mended_net"))
        model = keras_net.build()
        found: dict[str, Report] = {m.__name__: parity.check(model, m.Net()) for m in ports}
    for name in ("keras_net", *found):
        del sys.modules[name]
    return found


def test_the_tutorial_shows_what_a_check_says_today(checked: dict[str, Report]) -> None:
    faulty = checked["torch_net"]
    assert faulty.verdict == "differ"
    for finding in faulty.diagnosis:
        for cause in finding.causes:
            assert cause.cause in text("tutorials/port/faulty.txt")
    assert checked["mended_net"].verdict == "pass"
    assert "pass: the same function" in text("tutorials/port/mended.txt")


def test_reports_are_as_the_schema_says(checked: dict[str, Report]) -> None:
    schema = json.loads(text("reference/check.schema.json"))
    reports = [report.to_json() for report in checked.values() if isinstance(report, parity.Report)]
    reports = json.loads(json.dumps(reports))
    assert len(reports) == 2
    jsonschema.validate(reports, schema)
    reports[0]["verdict"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(reports, schema)
