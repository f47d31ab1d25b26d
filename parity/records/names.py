"""Names that make paths. What a file says they are is checked as it is read (reading.py)."""

import re
from typing import Annotated

# A pair's or a run's name, as a field of a record.
FileName = Annotated[str, "a part of a path"]

_PLAIN = re.compile(r"\w[\w.+-]*")


def is_file_name(text: str) -> bool:
    """Does it name a file of the folder that it is looked up in, and nothing else anywhere?"""
    return _PLAIN.fullmatch(text) is not None
