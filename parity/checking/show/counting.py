"""A bar for work that is many of the same."""

import contextlib
from collections.abc import Callable, Iterator

from rich import progress
from rich.console import Console


@contextlib.contextmanager
def counting(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    """A function to be called with the name of each piece that is done."""
    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    is_watched = console.is_terminal
    with progress.Progress(
        *columns, console=console, transient=True, disable=not is_watched
    ) as bar:
        task = bar.add_task("starting", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)
