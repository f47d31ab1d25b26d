"""The site as files: complete, hanging together, asking nobody, replacing only its own."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from parity.course.laboratory.catalogue import AREAS
from parity.course.lesson import site
from parity.course.lesson.records import Laboratory
from parity.errors import ResultsError
from parity.pairs import PAIRS
from tests.course.lesson.conftest import BUILD, Built
from tests.course.lesson.hanging_together import (
    broken_links,
    doubled_anchors,
    pages,
    requests_to_others,
    skipped_headings,
)

NOTHING = Laboratory()


@pytest.fixture
def tampered(built: Built, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.folder, tmp_path / "tampered"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_there_is_an_index_and_a_page_a_pair_an_area_and_the_two_others(built: Built) -> None:
    names = {page.path.stem for page in pages(built.folder)}
    areas = {f"differences-{area.replace('_', '-')}" for area in AREAS}
    assert names == {"index", "differences", "report", *areas, *(pair.name for pair in PAIRS)}


def test_every_link_and_anchor_leads_somewhere(built: Built) -> None:
    assert broken_links(built.folder) == []


def test_no_page_asks_another_host(built: Built) -> None:
    assert requests_to_others(built.folder) == []


def test_headings_go_down_one_level_at_a_time(built: Built) -> None:
    assert skipped_headings(built.folder) == []


def test_no_anchor_stands_twice(built: Built) -> None:
    assert doubled_anchors(built.folder) == []


def test_a_broken_anchor_would_be_seen(tampered: Path) -> None:
    change(tampered / "mlp.html", 'id="layer-fc1"', 'id="layer-fc"')
    assert "mlp.html: #layer-fc1" in broken_links(tampered)


def test_a_missing_picture_would_be_seen(tampered: Path) -> None:
    (tampered / "pictures" / "mlp-paired.png").unlink()
    assert "mlp.html: pictures/mlp-paired.png" in broken_links(tampered)


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="https://example.org/a.png" alt="">',
        '<script src="//example.org/a.js"></script>',
        '<link rel="stylesheet" href="http://example.org/a.css">',
        '<p style="background: url(https://example.org/a.png)">',
    ],
)
def test_an_outside_request_would_be_seen(tampered: Path, planted: str) -> None:
    change(tampered / "index.html", "</main>", f"{planted}</main>")
    assert len(requests_to_others(tampered)) == 1


def test_an_outside_request_of_the_style_sheet_would_be_seen(tampered: Path) -> None:
    sheet = tampered / "style.css"
    sheet.write_text(
        f'@import "https://example.org/a.css";\n{sheet.read_text(encoding="utf-8")}',
        encoding="utf-8",
    )
    assert requests_to_others(tampered) == ["style.css: https://example.org/a.css"]


def test_a_link_that_a_person_follows_is_no_request(tampered: Path) -> None:
    change(tampered / "index.html", "</main>", '<a href="https://example.org">x</a></main>')
    assert requests_to_others(tampered) == []


def test_a_skipped_heading_would_be_seen(tampered: Path) -> None:
    change(tampered / "index.html", "</main>", "<h5>x</h5></main>")
    assert skipped_headings(tampered) == ["index.html: h5 after h3"]


def test_a_site_replaces_the_one_before_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "site"
    site.write(out, (), NOTHING, (), BUILD)
    (out / "old.html").write_text("", encoding="utf-8")
    site.write(out, (), NOTHING, (), BUILD)
    assert (out / "index.html").exists()
    assert not (out / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ResultsError, match="other things than lessons"):
        site.write(tmp_path, (), NOTHING, (), BUILD)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="is no folder"):
        site.check_place(tmp_path / "site")


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    site.write(tmp_path, (), NOTHING, (), BUILD)
    assert (tmp_path / site.MARKER).exists()


def test_the_site_before_outlives_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the last step, when it has already been put aside."""
    out = tmp_path / "site"
    site.write(out, (), NOTHING, (), BUILD)
    (out / "old.html").write_text("", encoding="utf-8")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "site" and self != out:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ResultsError, match="site cannot be written: No space left on device"):
        site.write(out, (), NOTHING, (), BUILD)
    assert (out / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_templates_and_assets_are_in_the_package(built: Built) -> None:
    style = (built.folder / "style.css").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in style
    assert ".code .k {" in style
