"""A real browser: Chromium as the system has it, with nothing of its own to ask the network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Scheme = Literal["light", "dark"]


def launch(playwright: Playwright) -> Browser:
    """Skips the test where there is no browser."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} (apt-get install chromium)")
    return playwright.chromium.launch(executable_path=found, args=FLAGS)


@dataclass
class Visit:
    """A page, what it asked for, and what it complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def asked_others(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]

    def is_too_wide(self) -> bool:
        """Would the page as a whole scroll sideways?"""
        script = "document.documentElement.scrollWidth > window.innerWidth"
        return bool(self.page.evaluate(script))

    def lit(self) -> list[str]:
        """The texts in the code that are marked as twins."""
        found = self.page.locator(".rows .layer.lit").all_inner_texts()
        return [" ".join(text.split()) for text in found]


@contextmanager
def visit(
    browser: Browser,
    path: Path,
    width: int = 1280,
    scheme: Scheme = "light",
    script: bool = True,
) -> Iterator[Visit]:
    """Open a file in a fresh profile, and load all of its pictures."""
    size = {"width": width, "height": 900}
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=scheme,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    page = context.new_page()
    found = Visit(page)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("requestfailed", lambda request: found.complaints.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: found.complaints.append(said.text) if said.type == "error" else None,
    )
    page.goto(path.as_uri())
    if script:
        page.evaluate("document.querySelectorAll('img').forEach(x => { x.loading = 'eager' })")
        page.wait_for_load_state("networkidle")
    yield found
    context.close()
