"""Where the figures of lessons come from: a results folder, or those that came with the package."""

from importlib import resources
from pathlib import Path

COURSE = Path(str(resources.files("parity.course")))


def folder(named: Path) -> Path:
    """The folder if it is there; else the committed figures, which the package brings along.

    named: what a person gave, or the name where they gave none.
    """
    brought = (COURSE / "results", COURSE.parents[1] / "results")  # installed; a checkout
    return next((found for found in (named, *brought) if found.is_dir()), named)
