"""What a reader of a page reads, and the figures in it; code is read in any language alike."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

READ = ("alt", "aria-label", "content", "data-answer", "data-label", "data-said")
VOID = {"meta", "link", "input", "img", "br", "rect", "line"}
# Words of English that no other language has, and without which it has no sentence.
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|with|which|that|what|its|has|than|from|each|every|where|both|by|to|"
    r"as|it|at|not|this|these|in|for|or|be|steps|layers|weights|apart|noise|seeds|largest)\b",
    re.IGNORECASE,
)
SPACE = re.compile(r"[ \n]+")  # and no narrow one, which groups digits
FIGURE = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass
class Page(HTMLParser):
    """One page, read: its texts outside of code, each with the tags that it stands in."""

    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [((), value) for name, value in attrs if name in READ and value]
        if tag not in VOID:
            is_english = tag != "html" and ("lang", "en") in attrs
            self.open.append("code" if is_english else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "script", "style"} & set(self.open):
            self.texts.append((tuple(self.open), SPACE.sub(" ", data)))


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def english(path: Path) -> Iterator[str]:
    """The texts of a page that are English."""
    for _, text in read(path).texts:
        if " " in text and len(ENGLISH.findall(text)) > 1:
            yield text


def figures(path: Path, signs: Mapping[str, str]) -> Counter[str]:
    """The figures of a page's tables, written as Python does. signs: as those of a Language."""
    texts = (text for tags, text in read(path).texts if {"td", "dd"} & set(tags))
    return Counter(figure for text in texts for figure in FIGURE.findall(_plain(text, signs)))


def _plain(text: str, signs: Mapping[str, str]) -> str:
    grouped = rf"(?<=\d){re.escape(signs[','])}(?=\d\d\d)"
    return re.sub(rf"(?<=\d){re.escape(signs['.'])}(?=\d)", ".", re.sub(grouped, "", text))
