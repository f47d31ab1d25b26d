"""Where in a person's files a thing was made: the line that called it, or built it. No framework.

A frame costs as much as a comparison of two strings; nothing is read from a file.
"""

import contextlib
import inspect
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any, Literal

Whose = Literal["framework", "harness", "person"]

FRAMEWORKS = ("torch", "keras", "tensorflow", "jax", "jaxlib", "numpy", "optree")
HARNESS = Path(__file__).parents[1]
SEMANTICS = HARNESS / "semantics"  # a port's own layers, as those of torch
STANDARD = os.path.dirname(os.__file__)
CONTAINER = os.path.join("torch", "nn", "modules", "container.py")
MADE = "_parity_made"  # the attribute that says where an object was built


def calling() -> str:
    """The innermost line of a person's that led here, "my/net.py:38"; "" where there is none.

    Of the harness's own frames those of who asks are passed over; where others follow, no person's
    code lies between.
    """
    return _calling()[0]


def of_module(module: Any) -> str:
    """Where a module is called; where it was built, if a container calls it and that is known."""
    place, is_contained = _calling()
    return (built(module) or place) if is_contained or not place else place


def raising(error: BaseException) -> str:
    """The innermost line of a person's through which an error came; "" where there is none."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    theirs = [(_shown(file), line) for file, line in frames if _whose(file) == "person"]
    return next((f"{file}:{line}" for file, line in reversed(theirs) if file), "")


@contextlib.contextmanager
def noting(base: type) -> Iterator[None]:
    """Note where each object of a class is built meanwhile: `built` tells it."""
    original: Any = base.__init__  # type: ignore[misc]

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        if MADE not in self.__dict__:
            self.__dict__[MADE] = _person(sys._getframe(1), self)[0]
        original(self, *args, **kwargs)

    noted.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    base.__init__ = noted  # type: ignore[misc]
    try:
        yield
    finally:
        base.__init__ = original  # type: ignore[misc]


def built(thing: Any) -> str:
    """Where an object was built, if that was noted; else ""."""
    found: str = getattr(thing, MADE, "")
    return found


def _calling() -> tuple[str, bool]:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and _whose(frame.f_code.co_filename) == "harness":
        frame = frame.f_back
    return _person(frame)


def _person(frame: FrameType | None, made: Any = None) -> tuple[str, bool]:
    """The first line of a person's from a frame outwards, and whether a container of torch's lies
    between. made: an object whose own constructors are passed over."""
    is_contained = False
    while frame is not None:
        file = frame.f_code.co_filename
        whose = _whose(file)
        if whose == "harness":
            break
        if whose == "person" and not _constructs(frame, made):
            return (f"{_shown(file)}:{frame.f_lineno}" if _shown(file) else ""), is_contained
        is_contained = is_contained or file.endswith(CONTAINER)
        frame = frame.f_back
    return "", is_contained


def _constructs(frame: FrameType, made: Any) -> bool:
    code = frame.f_code
    if made is None or code.co_name != "__init__" or not code.co_argcount:
        return False
    return frame.f_locals.get(code.co_varnames[0]) is made


@cache
def _whose(file: str) -> Whose:
    path = Path(file)
    if SEMANTICS in path.parents:
        return "framework"
    if HARNESS in path.parents:
        return "harness"
    parts = path.parts
    installed = [n for n, part in enumerate(parts) if part in ("site-packages", "dist-packages")]
    if installed:
        inside = parts[installed[-1] + 1 :]
        return "framework" if inside and inside[0] in FRAMEWORKS else "person"
    return "framework" if file.startswith((STANDARD, "<frozen")) else "person"


@cache
def _shown(file: str) -> str:
    """From the working folder, where the file lies in it; "" where there is no such file."""
    path = Path(file)
    if not path.is_file():  # typed in, or made by a program
        return ""
    here = Path.cwd()
    return str(path.relative_to(here) if here in path.parents else path)
