"""What a check found, as a person holds it: a verdict, a table, JSON, pages and a patch."""

from dataclasses import dataclass, fields
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from parity.checking import patch
from parity.checking.show import console, notebook, verdicts
from parity.checking.show.explorer import collection
from parity.checking.show.page import html
from parity.checking.show.terminal import Terminal
from parity.errors import printable
from parity.records import comparison, files
from parity.records.as_json import as_json

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 120  # of the report where no terminal says, as in a test's message


@dataclass(frozen=True)
class Report(comparison.Report):
    """What a check found: true where the two models are the same function.

    verdict            "pass", "differ" or "incomplete" (something was compared with nothing)
    first_divergence   the first line that differs, a LayerCheck, or None
    diagnosis          why: a Finding for each layer that differs by itself
    gates              structure, weights, forward and output in each dtype, and training where
                       asked for; what both models return (output) decides
    """

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    @property
    def layers(self) -> "pd.DataFrame":
        """A row for each layer and dtype, with the figures of the forward gate."""
        import pandas as pd

        names = [field.name for field in fields(comparison.LayerCheck)]
        rows = [
            {"dtype": gate.dtype} | {name: getattr(layer, name) for name in names}
            for gate in self.gates
            if gate.name == "forward"
            for layer in gate.layers
        ]
        return pd.DataFrame(rows, columns=["dtype", *names])

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """All of it as JSON holds it; written to `path` where one is given."""
        found = as_json(self)
        if path is not None:
            files.write_json(Path(path), found)
        return found

    def to_html(self, path: str | Path | None = None) -> str:
        """One page that holds all of it and asks nobody for anything; written to `path` where one
        is given.

        Lines of source stand in it where the files that they are of can be read.
        Raises ResultsError where the file cannot be written.
        """
        text = html(self)
        if path is not None:
            files.write_text(Path(path), text)
        return text

    def to_model_explorer(self, path: str | Path | None = None) -> dict[str, Any]:
        """Both models as graphs in the JSON that Google's Model Explorer shows; written to `path`
        where one is given. Raises ResultsError where the file cannot be written.
        """
        found = collection(self)
        if path is not None:
            files.write_json(Path(path), found)
        return found

    def patch(self, path: str | Path | None = None) -> str:
        """A Python module that mends the port as it runs; written to `path` where one is given.

        Its function `patch(module)` wraps a port that holds its weights. What it does not mend
        stands in its docstring. Without causes it changes nothing.
        """
        source = patch.text(self)
        if path is not None:
            files.write_text(Path(path), source)
        return source

    def __rich__(self) -> RenderableType:
        return console.report(self)

    def __repr__(self) -> str:
        words = printable(f"{self.pair}: {verdicts.told(self)}").split()
        return f"<parity.Report {' '.join(words)}>"

    def __str__(self) -> str:
        # In a notebook a console of rich's shows all in the cell, whatever file it is given.
        page = Terminal(file=StringIO(), width=WIDTH, force_terminal=False, force_jupyter=False)
        page.print(self)
        assert isinstance(page.file, StringIO)
        return "\n".join(line.rstrip() for line in page.file.getvalue().strip().splitlines())

    def _repr_html_(self) -> str:
        return notebook.html(self)
