"""Which of a port's own metrics answers which of Keras's."""

import re
from collections.abc import Iterable


def answers(keras: Iterable[str], torch: Iterable[str]) -> dict[str, str]:
    """Keras's names -> the port's: the same name, however it is spelt; where both sides have as
    many that are called otherwise, these in their order."""
    spelt = {_plain(name): name for name in torch}
    found = {name: spelt[_plain(name)] for name in keras if _plain(name) in spelt}
    ours = [name for name in keras if name not in found]
    theirs = [name for name in torch if name not in found.values()]
    if len(ours) == len(theirs):
        found |= dict(zip(ours, theirs, strict=True))
    return found


def _plain(name: str) -> str:
    """Without the number that Keras puts behind the name of a second one."""
    return re.sub(r"[\W_]+|_\d+$", "", name).lower()
