"""Sentences of records, translated by their form: what stands in its places is put in again.

A record's sentence was put together before it is shown: "epsilon is 1e-05, Keras's 0.001". The
catalogue has its form, "epsilon is {n0}, Keras's {n1}", and what the language says for that. In a
place such as {0} anything may stand, in one such as {n0} numbers alone.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

PLACE = re.compile(r"\{(n?\d+)\}")
NUMBER = r"[-+±<]? ?[\d,]*\d(?:\.\d+)?(?:e[-+]?\d+)?(?: ?[%x])?"
NUMBERS = re.compile(f"{NUMBER}(?:(?:, | ± ){NUMBER})*")
CODE = re.compile(r"[(=*]")
COMMA, JOINT = ", ", "; "  # between numbers; between sentences of one text

Digits = Callable[[str], str]


@dataclass(frozen=True)
class Sentences:
    """By form, what the language says."""

    known: Mapping[str, str] = field(default_factory=dict)

    def told(self, text: str, digits: Digits) -> str:
        """The text in the language, as far as its form is known; numbers as `digits` writes them.

        What stands in the places of a form is told likewise.
        """
        if text in self.known:
            return self.known[text]
        if NUMBERS.fullmatch(text):
            return self.known.get(COMMA, COMMA).join(map(digits, text.split(COMMA)))
        if JOINT in text:
            return self.known.get(JOINT, JOINT).join(
                self.told(part, digits) for part in text.split(JOINT)
            )
        for literal, form, said in self._forms:
            found = form.fullmatch(text) if literal in text else None
            if found:
                parts = found.groupdict().items()
                return _filled(said, {place: self.told(part, digits) for place, part in parts})
        return text

    def told_whole(self, text: str) -> str:
        """The same of a text that may be code: what stands in the places is left as it is.

        Forms that have no code in them are of sentences, and not tried.
        """
        if text in self.known:
            return self.known[text]
        for literal, form, said in self._forms:
            found = form.fullmatch(text) if literal in text and CODE.search(said) else None
            if found:
                return _filled(said, found.groupdict())
        return text

    @functools.cached_property
    def _forms(self) -> list[tuple[str, re.Pattern[str], str]]:
        """Those with places; of two that fit a text the one that says more of it is first.

        With the longest part of each that is no place: to look for it is quick.
        """
        forms = [form for form in self.known if PLACE.search(form)]
        forms.sort(key=lambda form: len(PLACE.sub("", form)), reverse=True)
        return [(_longest(form), _pattern(form), self.known[form]) for form in forms]


def _longest(form: str) -> str:
    return max(PLACE.split(form)[::2], key=len)


def _pattern(form: str) -> re.Pattern[str]:
    parts = PLACE.split(form)
    found = [re.escape(parts[0])]
    for place, literal in zip(parts[1::2], parts[2::2], strict=True):
        inside = NUMBERS.pattern if place.startswith("n") else ".+?"
        found += [f"(?P<p{place}>{inside})", re.escape(literal)]
    return re.compile("".join(found), re.DOTALL)


def _filled(said: str, parts: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: parts[f"p{place[1]}"], said)
