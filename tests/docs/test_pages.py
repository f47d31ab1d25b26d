"""The documentation says what is true: its examples run, and its lists are whole."""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import jsonschema
import pytest

import parity
from parity import semantics
from parity.cli.main import COMMANDS
from parity.records.comparison import Report

DOCS = Path(__file__).parents[2] / "docs"
PORT = DOCS / "tutorials" / "port"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXECUTED = ("reference/api.md", "reference/semantics.md", "reference/json.md")


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXECUTED)
def test_the_examples_of_a_page_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(text(name))
    assert blocks
    space: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), space)


def public() -> Iterator[tuple[str, str]]:
    """Every public name, with the page of the reference that is to have it."""
    yield from ((name, "reference/api.md") for name in parity.__all__)
    yield from ((name, "reference/api.md") for name in own(parity.Report))
    yield from ((name, "reference/api.md") for name in parity.moves.__all__)
    yield from ((name, "reference/semantics.md") for name in semantics.__all__)
    for module in vars(semantics).values():
        if inspect.ismodule(module) and module.__name__.rpartition(".")[2] in semantics.__all__:
            yield from ((name, "reference/semantics.md") for name in own(module))


def own(holder: type | ModuleType) -> list[str]:
    """What a module defines, or a class, for all."""
    kinds = (type, FunctionType, property)
    found = {n: x for n, x in vars(holder).items() if isinstance(x, kinds) and n[0] != "_"}
    if isinstance(holder, type):
        return [*found]
    return [name for name, x in found.items() if getattr(x, "__module__", "") == holder.__name__]


def test_every_public_name_is_in_the_reference_with_an_example_that_runs() -> None:
    shown = {page: "\n".join(BLOCK.findall(text(page))) for _, page in public()}
    names = [*public()]
    assert len(names) > 90
    left = [name for name, page in names if not re.search(rf"\.{name}\b", shown[page])]
    assert left == ["check_pair"], "which takes long, and is run by tests/test_check_pair.py"
    assert "parity.check_pair" in text("reference/api.md")


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
