"""Pictures for pages in another language than English: those of the folder, drawn anew."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from parity.course.lesson import drawn
from parity.language import speaking
from tests.course.lesson.conftest import RESULTS

PAIR = "simple_ae"  # it has pictures of every kind


def of(pair: str, folder: Path) -> set[str]:
    """Without those that commands wrote last, which lie in a results folder of their own."""
    found = {x.relative_to(folder) for x in folder.rglob(f"{pair}-*.png")}
    return {str(x) for x in found if x.parts[0] != "latest"}


def test_in_french_each_picture_of_a_pair_is_drawn_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Figure, "savefig", lambda _figure, path, **_: path.write_bytes(b"drawn"))
    with speaking("fr"), drawn.pictures(RESULTS, [PAIR]) as folder:
        assert of(PAIR, folder) == of(PAIR, RESULTS)
        assert of(PAIR, folder) == {str(x.relative_to(folder)) for x in folder.rglob("*.png")}
    assert not folder.exists()


def test_in_english_they_are_those_of_the_folder() -> None:
    with drawn.pictures(RESULTS, [PAIR]) as folder:
        assert folder == RESULTS
