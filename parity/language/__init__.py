"""The language that people read: English as it stands in the source, others from catalogues.

What a page or a command says stands in `gettext` (templates: in `trans`). Records are English, so
that files of them do not depend on who reads them: what they say is translated where it is shown,
by `told`. A language is a folder of two catalogues: `pages.po` for what `gettext` is given and for
the texts of the course, `sentences.po` for what gates and causes say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from parity.language.catalogue import ENGLISH, Language, languages, read

__all__ = ["digits", "gettext", "languages", "ngettext", "speaking", "spoken", "told", "told_whole"]

_language: ContextVar[Language] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Within, all is said in this language. Raises ParityError where there is none of the name."""
    before = _language.set(read(name))
    try:
        yield
    finally:
        _language.reset(before)


def spoken() -> str:
    """The name of the language: "en"."""
    return _language.get().name


def gettext(text: str) -> str:
    """What the language says in the place of this."""
    return _language.get().texts.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The same of two forms, of which one is for this number of things."""
    return _language.get().texts.ngettext(one, many, count)


def told(text: str) -> str:
    """What a record says, whose figures and names stand in the midst of it."""
    return _language.get().told(text)


def told_whole(text: str) -> str:
    """The same of a text that may be code: told as one sentence, and only its words."""
    return _language.get().sentences.told_whole(text)


def digits(text: str) -> str:
    """A number as Python writes it ("1,234.5", "3.3e-15", "2.0%"), as the language does."""
    return _language.get().digits(text)
