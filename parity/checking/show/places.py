"""A line of a person's file as the terminal shows it: `unet_torch.py:38`, with a link to it."""

from pathlib import Path

from rich.style import Style
from rich.text import Text

from parity import language


def told(where: str) -> str:
    """The file's name and the line; "" of what is not known."""
    return Path(where).name if where else ""


def shown(where: str) -> Text:
    """The same, linked to where it lies, for terminals that follow links."""
    file, _, line = where.rpartition(":")
    if not file:
        return Text()
    return Text(told(where), Style(color="cyan", link=f"{Path(file).absolute().as_uri()}#L{line}"))


def of_both(keras: str, torch: str) -> Text:
    """Keras's place and the port's, as far as they are known, in front of which a gap is."""
    known = [shown(where) for where in dict.fromkeys((keras, torch)) if where]
    return (
        Text.assemble("  ", Text(f" {language.told('against')} ").join(known)) if known else Text()
    )
