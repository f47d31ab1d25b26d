"""How far work is that is many of the same: a bar on a terminal, elsewhere a line a minute."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich import progress
from rich.console import Console

from parity.checking.show.console import say

MINUTE = 60.0

Watch = Callable[[str], None]  # called with the name of each piece that is done


@contextlib.contextmanager
def counting(console: Console, total: int) -> Iterator[Watch]:
    """A function to be called with the name of each piece that is done."""
    if not console.is_terminal:
        yield _in_lines(console, total)
        return
    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)


def _in_lines(console: Console, total: int) -> Watch:
    done, last = 0, time.monotonic()

    def tell(name: str) -> None:
        nonlocal done, last
        done += 1
        if time.monotonic() - last >= MINUTE:
            last = time.monotonic()
            say(console, f"{done:,} of {total:,} done")

    return tell
