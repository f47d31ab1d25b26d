"""Languages as they are read from their catalogues."""

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from importlib.resources.abc import Traversable

from parity.errors import ParityError, meant
from parity.language.sentences import Sentences

PAGES, SENTENCES = "pages.po", "sentences.po"
TIMES = "\N{NARROW NO-BREAK SPACE}\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Language:
    """signs: what stands for the signs of a number in English: "1,234.5", "2.0%", "1.3x"."""

    name: str
    texts: NullTranslations = field(default_factory=NullTranslations)
    sentences: Sentences = field(default_factory=Sentences)
    signs: Mapping[str, str] = field(default_factory=dict)

    def told(self, text: str) -> str:
        """A record's text: one of the pages', or a sentence by its form; else as it is."""
        known = self.texts.gettext(text) if text else text
        return known if known != text else self.sentences.told(text, self.digits)

    def digits(self, text: str) -> str:
        joined = text.replace(" %", "%").replace(" x", "x")
        return "".join(self.signs.get(sign, sign) for sign in joined)


ENGLISH = Language("en")


def languages() -> tuple[str, ...]:
    """The names of all: English, and those that have a folder."""
    return (ENGLISH.name, *sorted(f.name for f in folder().iterdir() if (f / PAGES).is_file()))


def folder() -> Traversable:
    return resources.files(__package__)


@functools.cache
def read(name: str) -> Language:
    """A language. Raises ParityError where there is none of this name."""
    if name == ENGLISH.name:
        return ENGLISH
    if name not in languages():
        known = ", ".join(languages())
        raise ParityError(f"no language {name!r}{meant(name, languages())}; there are {known}")
    return Language(name, _texts(name), Sentences(_sentences(name)), _signs(name))


def _texts(name: str) -> GNUTranslations:
    # Babel is needed by other languages than English alone.
    from babel.messages import mofile, pofile

    compiled = io.BytesIO()
    with (folder() / name / PAGES).open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _sentences(name: str) -> dict[str, str]:
    from babel.messages import pofile

    with (folder() / name / SENTENCES).open("rb") as file:
        found = pofile.read_po(file, locale=name)
    return {str(one.id): str(one.string) for one in found if one.id and one.string}


def _signs(name: str) -> dict[str, str]:
    from babel import Locale

    locale = Locale.parse(name)
    symbols = locale.number_symbols["latn"]
    per_cent = locale.percent_formats[None].suffix[0]
    return {".": symbols["decimal"], ",": symbols["group"], "%": per_cent, "x": TIMES}
