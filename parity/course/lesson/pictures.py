"""Pictures of a results folder, with words for those who do not see them."""

from pathlib import Path

from PIL import Image

from parity.course.lesson.records import Picture
from parity.errors import ResultsError, line

FOLDER = "pictures"  # in the site


def picture(
    source: Path, alt: str, caption: str, file: str = "", is_chart: bool = False
) -> Picture | None:
    """The picture, or None where it was not made. file: its place in the site.

    Raises ResultsError where it cannot be read.
    """
    if not source.is_file():
        return None
    try:
        with Image.open(source) as image:
            width, height = image.size
    except Exception as error:  # as many kinds as Pillow has formats
        raise ResultsError(f"{source} is no picture ({line(error)}); make it anew") from error
    return Picture(source, file or f"{FOLDER}/{source.name}", alt, caption, width, height, is_chart)
