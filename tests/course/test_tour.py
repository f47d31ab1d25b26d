"""The notebook docs/tour.ipynb runs, and says today what it says where it is committed."""

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parents[2] / "docs" / "tour.ipynb"
MACHINE = re.compile(r"/(home|root|tmp|usr|Users|work)/|site-packages|[A-Z]:\\\\")


@pytest.fixture(scope="module")
def committed() -> Any:
    return nbformat.read(TOUR, as_version=4)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell: Any) -> str:
    """What a cell writes to the terminal: verdicts, causes, and how far the losses part."""
    return "".join(out.text for out in cell.outputs if out.get("name") == "stdout")


def test_the_tour_says_what_it_says_where_it_is_committed(committed: Any, tmp_path: Path) -> None:
    fresh = copy.deepcopy(committed)
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(fresh, timeout=600, resources=where).execute()  # raises what a cell raises
    assert [printed(cell) for cell in code(fresh)] == [printed(cell) for cell in code(committed)]
    assert not [x for cell in code(fresh) for x in cell.outputs if x.get("name") == "stderr"]


def test_both_mistakes_are_named_and_the_mended_port_passes(committed: Any) -> None:
    said = "".join(printed(cell) for cell in code(committed))
    assert re.findall(r"^(\w+): ([\w-]+):", said, re.MULTILINE) == [
        ("conv", "conv-same-stride"),
        ("act", "leaky-relu-slope"),
    ]
    of_models, of_trainings = ["differ", "pass", "pass"], ["differ", "pass"]
    verdicts = re.findall(r"^(pass|differ)$", said, re.MULTILINE)
    assert verdicts == [*of_models, *of_trainings]
    assert "\nadam-epsilon: torch divides the root of v by its bias correction" in said
    assert "\npass pass differ\n" in said, "recorded, checked again, and a changed port"
    mended = "the mended port stays within 1e-4 of Keras: True\nthe wrong one does not: True\n"
    assert mended in said


def test_every_cell_was_run_in_order_and_tells_nothing_of_a_machine(committed: Any) -> None:
    counts = [cell.execution_count for cell in code(committed)]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [out for cell in code(committed) for out in cell.outputs]
    assert not [out for out in outputs if out.get("name") == "stderr"]
    text = [str(out.get("text", "")) + str(out.get("data", {}).get("text/html")) for out in outputs]
    assert not MACHINE.search("".join(text))
