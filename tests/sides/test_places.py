"""The lines of a person's files that layers and steps come from."""

from io import StringIO
from pathlib import Path

import torch
from torch import nn

from parity.api import Report
from parity.checking import run
from parity.checking.show.terminal import Terminal
from parity.pairs import own
from parity.records.as_json import as_json
from parity.sides import torch_record
from parity.sides.process import Sides
from tests.own import placed_torch

TORCH = Path(placed_torch.__file__)
KERAS = TORCH.with_name("placed_keras.py")


def line(path: Path, mark: str) -> str:
    """The line that ends with `# mark`, as a report writes it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, text in enumerate(lines, 1) if text.endswith(f"# {mark}")]
    return f"{path.relative_to(Path.cwd())}:{number}"


def checked(sides: Sides) -> Report:
    pair = own("tests.own.placed_keras:build", "tests.own.placed_torch:Net")
    return Report(**vars(run.check(pair, sides)))


def recorded(module: nn.Module) -> dict[str, str]:
    """The lines of a live module's steps, by name."""
    _, trace = torch_record.record(module, {"0": lambda: torch.ones(2, 6)})
    return {step.name: step.where for step in trace.steps}


def test_each_layer_says_where_it_was_built_and_each_step_where_it_is_called(
    sides: Sides,
) -> None:
    found = checked(sides)
    lines = {x.keras: x for gate in found.gates if gate.name == "forward" for x in gate.layers}
    for name in ("first", "norm", "inner"):
        assert lines[name].keras_where == line(KERAS, name)
        assert lines[name].torch_where == line(TORCH, name), "of a container: where it was built"
    tanh = next(x for name, x in lines.items() if name.startswith("tanh"))
    assert (tanh.keras_where, tanh.torch_where) == (line(KERAS, "tanh"), line(TORCH, "tanh"))


def test_the_report_the_json_and_the_terminal_say_it(
    sides: Sides,
) -> None:
    found = checked(sides)
    (finding,) = found.diagnosis
    assert finding.torch_where == line(TORCH, "norm")
    assert as_json(found)["diagnosis"][0]["keras_where"] == line(KERAS, "norm")
    name = line(TORCH, "norm").rpartition("/")[2]
    text = str(found)
    assert f"first at norm ({name})" in text
    assert "]8;" not in text
    assert "file://" not in found._repr_html_(), "it would name this machine's folders"
    page = Terminal(file=StringIO(), force_terminal=True)
    page.print(found)
    assert isinstance(page.file, StringIO)
    assert f"{TORCH.as_uri()}#L{name.rpartition(':')[2]}" in page.file.getvalue()


def test_of_a_live_module_calls_are_known_and_nothing_is_guessed() -> None:
    found = recorded(placed_torch.Net())
    assert found["inner"] == line(TORCH, "inner")
    assert found["stem.1"] == line(TORCH, "inner"), "the line that calls the container"
    assert found["tanh_1"] == line(TORCH, "tanh")


def test_a_module_without_a_forward_of_its_own_is_not_placed_in_who_checks_it() -> None:
    assert set(recorded(placed_torch.Net().stem).values()) == {""}
