"""Colours of source code, by the formula for contrast of WCAG 2.2."""

import pytest
from pygments.style import Style

from parity.checking.show.page.colours import Dark, Light

LEAST = 4.5  # WCAG 2.2, 1.4.3, level AA


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", [Light, Dark], ids=["light", "dark"])
def test_every_colour_can_be_read(style: type[Style]) -> None:
    background = style.background_color.removeprefix("#")
    used = {found["color"] for _, found in style if found["color"]}
    assert len(used) >= 6
    assert {colour for colour in used if contrast(colour, background) < LEAST} == set()


def test_grey_on_white_would_be_seen() -> None:
    assert contrast("aaaaaa", "ffffff") < LEAST
    assert contrast("000000", "ffffff") == pytest.approx(21)
