"""The help of the commands that take --lang, for the catalogues of other languages."""

import argparse
from collections.abc import Iterator
from typing import Any

from parity.cli.main import COMMANDS, parser


def extract(file: Any, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:
    """As Babel's extractors are called: (line, function, text, comments) of each."""
    for text in dict.fromkeys(texts()):
        yield 0, "", text, []


def texts() -> Iterator[str]:
    """Every text of them, in the order of the commands."""
    (verbs,) = parser([], is_whole=True)._subparsers._group_actions  # type: ignore[union-attr]
    assert isinstance(verbs.choices, dict)
    for verb in (verbs.choices[name] for name in COMMANDS):
        if "--lang" in verb._option_string_actions:
            yield from filter(None, _of(verb))


def _of(verb: argparse.ArgumentParser) -> Iterator[str | None]:
    yield from ("usage: ", verb.description)
    for group in verb._action_groups:
        yield from (group.title, group.description)
    yield from (action.help for action in verb._actions)
    yield verb.epilog
