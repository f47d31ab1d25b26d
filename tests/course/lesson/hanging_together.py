"""What is wrong with a folder of pages, a line each: broken links, requests to other hosts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes that make a browser fetch something. A link that a person follows is no request.
FETCHED = {"src", "srcset", "poster", "data", "action", "formaction", "background", "cite"}
CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")
HEADING = re.compile(r"h([1-6])$")


@dataclass
class Page(HTMLParser):
    """One page, read: its anchors, links, what it fetches, its headings."""

    path: Path
    anchors: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.anchors.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag != "a" and "href" in found:
            self.fetched.append(found["href"])
        self.fetched += [value for name, value in found.items() if name in FETCHED]
        self.styles.append(found.get("style", ""))
        level = HEADING.match(tag)
        if level:
            self.headings.append(int(level[1]))


def pages(folder: Path) -> list[Page]:
    return [Page(path) for path in sorted(folder.glob("*.html"))]


def broken_links(folder: Path) -> list[str]:
    """Links and anchors inside the site that lead nowhere."""
    found = pages(folder)
    anchors = {page.path.name: set(page.anchors) for page in found}
    return [
        f"{page.path.name}: {link}"
        for page in found
        for link in [*page.links, *page.fetched]
        if not _leads_somewhere(link, page.path, anchors)
    ]


def _leads_somewhere(link: str, path: Path, anchors: dict[str, set[str]]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = path.parent / unquote(parts.path) if parts.path else path
    if not target.is_file():
        return False
    return not parts.fragment or parts.fragment in anchors.get(target.name, set())


def requests_to_others(folder: Path) -> list[str]:
    """Attributes and style rules that would make a browser ask another host."""
    found = [(page.path.name, target) for page in pages(folder) for target in page.fetched]
    sheets = [(page.path.name, style) for page in pages(folder) for style in page.styles]
    sheets += [(path.name, path.read_text(encoding="utf-8")) for path in folder.glob("*.css")]
    found += [(name, url) for name, text in sheets for url in _urls(text)]
    return [f"{name}: {target}" for name, target in found if _is_outside(target)]


def _urls(css: str) -> Iterator[str]:
    for one, other in CSS_URL.findall(css):
        yield one or other


def _is_outside(target: str) -> bool:
    parts = urlsplit(target)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def skipped_headings(folder: Path) -> list[str]:
    """Pages without exactly one h1, and headings more than a level below the one before."""
    found = []
    for page in pages(folder):
        if page.headings.count(1) != 1:
            found.append(f"{page.path.name}: {page.headings.count(1)} headings of level 1")
        found += [
            f"{page.path.name}: h{after} after h{before}"
            for before, after in zip(page.headings, page.headings[1:], strict=False)
            if after > before + 1
        ]
    return found


def doubled_anchors(folder: Path) -> list[str]:
    return [
        f"{page.path.name}: {name}"
        for page in pages(folder)
        for name in sorted(set(page.anchors))
        if page.anchors.count(name) > 1
    ]
