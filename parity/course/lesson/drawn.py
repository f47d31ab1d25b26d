"""The pictures of a results folder in the language that is spoken.

Those that lie there are English; for other languages the same records are drawn anew.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from parity.course.lesson import as_reported, drift_read
from parity.course.reported import folder as reported
from parity.course.reported import pages
from parity.language import spoken
from parity.records import files, reading
from parity.results import read
from parity.results.plots.gallery import Gallery
from parity.results.show import drift, folder


@contextlib.contextmanager
def pictures(results: Path, pairs: Sequence[str]) -> Iterator[Path]:
    """A folder that holds them where a results folder does, as long as it is open.

    pairs: whose pictures are needed. Raises ResultsError for a record that cannot be read.
    """
    if spoken() == "en":
        yield results
        return
    with tempfile.TemporaryDirectory(prefix="parity-pictures-") as made:
        out = Path(made)
        for result in (one for one in read.read(results) if one.pair in pairs):
            with reading.fitting(results / "records" / f"{result.pair}.json"):
                folder.pictures(Gallery(out / folder.PICTURES), result)
        for path, record in drift_read.records(results):
            if record.pair in pairs:
                with files.whole(out / drift_read.FOLDER / f"{path.stem}.png") as file:
                    drift.picture(record, file)
        theirs = results / as_reported.FOLDER
        for page in pages.read(theirs, results):
            if page.record is not None and page.pair in pairs:
                reported.pictures(out / as_reported.FOLDER / reported.PICTURES, page, page.record)
        yield out
