"""How a picture becomes a file, or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from parity.records import files
from parity.results.plots import style

# What each format is told to leave out, so that the same figure gives the same bytes.
UNDATED: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}
FORMATS = tuple(UNDATED)


@dataclass(frozen=True)
class Gallery:
    """A folder of pictures. formats: beside PNG, which pages show."""

    folder: Path
    formats: Sequence[str] = ()

    def clear(self, pattern: str) -> None:
        """Remove the pictures of an earlier state, in every format."""
        for kind in FORMATS:
            files.clear(self.folder, f"{pattern}.{kind}")

    @style.look()  # ticks are made when a figure is drawn, and ask for their sizes only then
    def save(self, figure: Figure, name: str) -> None:
        """Write it in each format, whole or not at all."""
        for kind in dict.fromkeys(("png", *self.formats)):
            with files.whole(self.folder / f"{name}.{kind}") as temporary:
                figure.savefig(temporary, format=kind, metadata=UNDATED[kind])
