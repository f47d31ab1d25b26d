"""What the commands that run models share: the two sides, and the images of the gates."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from parity import probe
from parity.data import digits
from parity.probe import Probe
from parity.sides.process import Sides

console = Console()
PROBE = f"{probe.IMAGES // 2} handwritten digits and {probe.IMAGES // 2} random images"


@contextmanager
def both_sides(backend: str, device: str) -> Iterator[Sides]:
    """Both workers, ready; closed at the end. Raises SideError where one cannot start."""
    with Sides(backend, device) as sides:
        with console.status(f"importing keras ({backend}) and torch, each in its process"):
            sides.ready()
        yield sides


def digits_probe() -> Probe:
    """What `check` and `transfer` show the models: no download, the same on every machine."""
    train_images, train_labels, test_images, test_labels = digits.load()
    return probe.probe(test_images, test_labels, train_images, train_labels)
