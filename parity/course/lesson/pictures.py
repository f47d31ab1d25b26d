"""Pictures of a results folder, with words for those who do not see them."""

from pathlib import Path

from PIL import Image

from parity.course.lesson.records import Picture

FOLDER = "pictures"  # in the site


def picture(source: Path, alt: str, caption: str, file: str = "") -> Picture | None:
    """The picture, or None where it was not made. file: its place in the site."""
    if not source.exists():
        return None
    with Image.open(source) as image:
        width, height = image.size
    return Picture(source, file or f"{FOLDER}/{source.name}", alt, caption, width, height)
