"""Figures that the README quotes are those of the pages that commands wrote."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
PLANTED = (ROOT / "results" / "selftest-planted.md").read_text(encoding="utf-8")


def test_the_share_of_repairs_is_that_of_the_self_test() -> None:
    counted = re.search(r"\*\*planted models\*\*: .*, (\d+) caught, (\d+) missed", PLANTED)
    repaired = re.search(r"\*\*planted models, repaired\*\*: .*\(([\d.]+)%\)", PLANTED)
    assert counted is not None
    assert repaired is not None
    caught, missed = counted.groups()
    assert f"of {caught} random models with one to three planted mistakes {missed} pass" in README
    assert f"in {repaired[1]} % the port agrees" in README
