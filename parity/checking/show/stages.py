"""What a check is at, and for how long: a line a stage, in a terminal alone."""

import contextlib
from collections.abc import Callable, Iterator

from rich import progress
from rich.console import Console

from parity.language import told


@contextlib.contextmanager
def stages(console: Console, title: str = "") -> Iterator[Callable[[str], None]]:
    """A function to be called with what begins: "stage", or "stage: a part of it".

    A stage that is over keeps its time. All is gone at the end, and nothing is written where
    nobody watches.
    """
    columns = (
        progress.SpinnerColumn(finished_text="[green]✓"),
        progress.TextColumn("{task.description}", markup=False),
        progress.TimeElapsedColumn(),
    )
    is_watched = console.is_terminal
    with progress.Progress(
        *columns, console=console, transient=True, disable=not is_watched
    ) as bar:
        running: dict[str, progress.TaskID] = {}

        def begun(what: str) -> None:
            stage = what.partition(": ")[0]
            if stage not in running:
                for task in running.values():
                    bar.update(task, total=1, completed=1)
                running.clear()
                running[stage] = bar.add_task(told(stage), total=None)
            said = told(what)
            bar.update(running[stage], description=f"{title}: {said}" if title else said)

        yield begun
