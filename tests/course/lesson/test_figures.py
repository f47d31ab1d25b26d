"""Lessons have their figures wherever they are built."""

from pathlib import Path

import pytest

from parity.course.lesson import catalogue, figures
from parity.course.lesson.outcome import read

HERE = Path("results")


def test_outside_of_a_checkout_the_figures_are_those_that_came_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = figures.folder(HERE)
    assert found != HERE
    assert catalogue.read(found).results
    assert read(found, found)["mlp"].curves


def test_a_folder_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    HERE.mkdir()
    assert figures.folder(HERE) == HERE
