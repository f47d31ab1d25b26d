"""Arrays, and lists and dictionaries of them, as models and losses take them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree of what the function makes of each leaf. None stays None."""
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {name: mapped(function, leaf) for name, leaf in tree.items()}
    if isinstance(tree, list | tuple):
        return [mapped(function, leaf) for leaf in tree]
    return function(tree)


def leaves(tree: Any) -> list[Any]:
    """In order; none of None."""
    if tree is None:
        return []
    if isinstance(tree, Mapping):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    if isinstance(tree, list | tuple):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [tree]


def joined(function: Callable[[list[Any]], Any], trees: Sequence[Any]) -> Any:
    """One tree for several that are alike, of what the function makes of their leaves."""
    first = trees[0]
    if first is None:
        return None
    if isinstance(first, Mapping):
        return {name: joined(function, [tree[name] for tree in trees]) for name in first}
    if isinstance(first, list | tuple):
        return [joined(function, branches) for branches in zip(*trees, strict=True)]
    return function(list(trees))
