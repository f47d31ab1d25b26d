"""The colours of source code: one style for a light page and one for a dark one.

Every colour has a contrast of 4.5 to its page's background (WCAG AA).
"""

from typing import ClassVar

from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, Operator, String

SCOPE = ".code"


class Light(Style):
    background_color = "#ffffff"
    styles: ClassVar = {
        Comment: "#66625c",
        Keyword: "#8a2f6b",
        Name.Function: "#1f4e8c",
        Name.Class: "#1f4e8c",
        Name.Builtin: "#6b4a00",
        Number: "#8f3d00",
        Operator.Word: "#8a2f6b",
        String: "#2f6b1f",
        String.Doc: "#4c5a45",
    }


class Dark(Style):
    background_color = "#1b1d20"
    styles: ClassVar = {
        Comment: "#a09a90",
        Keyword: "#e39ac8",
        Name.Function: "#8fbcf0",
        Name.Class: "#8fbcf0",
        Name.Builtin: "#dcc07a",
        Number: "#f0a878",
        Operator.Word: "#e39ac8",
        String: "#a5d08f",
        String.Doc: "#b3c2a8",
    }


def stylesheet() -> str:
    """Rules for Pygments' classes in both colour schemes."""
    light, dark = (_rules(style) for style in (Light, Dark))
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _rules(style: type[Style]) -> str:
    found = HtmlFormatter(style=style).get_style_defs(SCOPE).splitlines()
    return "\n".join(rule for rule in found if rule.startswith(f"{SCOPE} ."))
