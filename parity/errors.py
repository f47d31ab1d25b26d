"""Errors that a person can act on. The command line prints them without a traceback."""

import re
import traceback
from collections.abc import Iterable
from difflib import get_close_matches

# What a terminal obeys: control characters, and Unicode's that turn the direction of writing.
_OBEYED = (
    *(n for n in range(32) if chr(n) not in "\n\t"),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_LEFT_OUT = dict.fromkeys(_OBEYED)

_OF_A_LAYER = re.compile(r"Exception encountered when calling .*\.$")
_DECORATION = re.compile(r"\x1b\[\d*m|\{\{.*?\}\}")


class ParityError(Exception):
    """Bad input, or an environment that cannot do what was asked. Says thing, value and remedy.

    trace: how Python tells of the error of another's code behind it; "" where there is none.
    """

    trace = ""


class DataError(ParityError):
    """A data set that is absent, truncated or altered."""


class SideError(ParityError):
    """A framework that is missing or broken, or a worker process that died."""


class ModelError(ParityError):
    """A model that cannot be found, built or run."""

    @classmethod
    def behind(cls, doing: str, error: BaseException) -> "ModelError":
        """What a person's code, or a framework's, raised. doing: what was being done."""
        found = cls(f"{doing}: {line(error)}")
        found.trace = "".join(traceback.format_exception(error))
        return found


class NotRecordedError(ModelError):
    """What a reference does not hold, as Keras was not asked for it when it was recorded."""


class ListedError(ParityError):
    """Several failures. The message lists each, one a line."""


class TransferError(ListedError):
    """Weights that cannot be moved."""


class ResultsError(ParityError):
    """A results folder that cannot be read or written, or that holds another run."""


class BrokenReferenceError(ResultsError):
    """A recorded reference that is none, or not as it was written."""


def line(error: BaseException) -> str:
    """An error in one line: its class, and the first line of what it says; where that announces
    what follows ("in user code:"), the last one, and what Keras puts behind the layer's name."""
    try:
        first, *others = str(error).strip().splitlines() or [""]
    except Exception:  # in a class of a person's own
        first, others = "", []
    if first.endswith(":") and others:
        first = others[-1].strip()
    if _OF_A_LAYER.match(first) and (said := next(filter(None, map(_plain, others)), "")):
        first = f"{first.removesuffix('.')}: {said}"
    name = type(error).__name__
    return first if first.startswith(f"{name}: ") else ": ".join(filter(None, (name, first)))


def _plain(text: str) -> str:
    """Without bold type, and where in a graph TensorFlow was."""
    return _DECORATION.sub("", text).strip()


def printable(text: str) -> str:
    """A text of whatever origin, without what a terminal would obey."""
    return text.translate(_LEFT_OUT)


def meant(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a word that is not known, to stand behind it; "" if nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
