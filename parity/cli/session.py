"""What the commands that run models share: the terminal, and the two sides."""

from collections.abc import Iterator
from contextlib import contextmanager

from parity.checking import probe
from parity.checking.show.stages import stages
from parity.checking.show.terminal import Terminal
from parity.sides.process import Sides

console = Terminal()
PROBE = f"{probe.IMAGES // 2} handwritten digits and {probe.IMAGES // 2} random images"


@contextmanager
def both_sides(backend: str, device: str) -> Iterator[Sides]:
    """Both workers, ready; closed at the end. Raises SideError where one cannot start."""
    with Sides(backend, device) as sides:
        with stages(console) as begun:
            begun(f"importing keras ({backend}) and torch, each in its process")
            sides.ready()
        yield sides
