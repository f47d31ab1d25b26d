"""A results folder that is made anew holds nothing of an earlier state."""

import json
import shutil
from pathlib import Path

from parity.results.show import folder

RESULTS = Path(__file__).parents[2] / "results"
OLD = ("pictures/equivalence.png", "pictures/timing.png", "tables/timing.md", "tables/timing.csv")


def untimed_with_one_seed(out: Path) -> None:
    """One seed of the committed results of conv_ae, too few for an interval; without timings."""
    for room, pattern in (("records", "conv_ae.*"), ("runs", "conv_ae-*-0.*")):
        (out / room).mkdir()
        for path in (RESULTS / room).glob(pattern):
            shutil.copy(path, out / room)
    record = out / "records" / "conv_ae.json"
    held = json.loads(record.read_text(encoding="utf-8"))
    runs = [run for run in held["runs"] if run.endswith("-0")]
    record.write_text(json.dumps(held | {"timings": [], "runs": runs}), encoding="utf-8")


def test_pictures_and_tables_do_not_outlive_what_they_show(tmp_path: Path) -> None:
    untimed_with_one_seed(tmp_path)
    for name in OLD:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("of an earlier state", encoding="utf-8")
    folder.make(tmp_path)
    assert [name for name in OLD if (tmp_path / name).exists()] == []
    assert "equivalence.png" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert (tmp_path / "tables" / "comparison.md").exists()
