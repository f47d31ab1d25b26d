"""Values of the port's own pass that changes of its steps take, by name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from parity.records.interventions import Change, Taken


def names(change: Change) -> list[str]:
    """The values that a change takes."""
    settings = change.value.values() if isinstance(change.value, dict) else ()
    lists = [x for x in settings if isinstance(x, list | tuple)]
    return [item.name for items in lists for item in items if isinstance(item, Taken)]


def filled(changes: Sequence[Change], value: Callable[[str], Any]) -> tuple[Change, ...]:
    """The changes with what is taken in its place."""

    def item(leaf: Any) -> Any:
        if not isinstance(leaf, Taken):
            return leaf
        return value(leaf.name).permute(leaf.dims) if leaf.dims else value(leaf.name)

    def given(change: Change) -> Change:
        if not names(change):
            return change
        settings = {
            name: [item(leaf) for leaf in x] if isinstance(x, list | tuple) else x
            for name, x in change.value.items()
        }
        return replace(change, value=settings)

    return tuple(map(given, changes))
