"""A check's report as one page: a single file that asks nobody for anything."""

from parity.checking.show.page.render import html

__all__ = ["html"]
