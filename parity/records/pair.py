"""A Keras model and its PyTorch port, and what belongs to their comparison alone."""

from dataclasses import dataclass
from typing import Any, Literal

from parity.errors import ModelError
from parity.records.own_training import Training

Task = Literal["classify", "reconstruct"]
# What names or is a model: a live object; "module:callable" or "my/net.py:callable"; a file
# model.keras; or a twin file, by its dotted name or its path ("keras_reference.mlp",
# "my/keras_net.py").
Source = Any

SAVED = (".keras", ".h5", ".hdf5")  # files that Keras wrote


@dataclass(frozen=True)
class Margins:
    """Differences of final test figures below which two models are equivalent."""

    loss: float = 0.05  # as a share of Keras's mean
    accuracy: float = 0.002  # absolute


@dataclass(frozen=True)
class Recipe:
    """How a pair is trained and judged; loss, optimizer and batches are those of its twin files, or
    of `training`.

    task     what accuracy means: the most probable class, or pixels on the same side of 0.5;
             None until the target tells it, and where it does not
    margins  when final figures are equivalent
    data     a port file whose data the gates after `data` show the port; "" for its own
    training how a pair is trained that has no twin files; None where it has
    """

    task: Task | None = None
    margins: Margins = Margins()
    data: str = ""
    training: Training | None = None


@dataclass(frozen=True)
class Pair:
    """A Keras model and its PyTorch port.

    recipe: None where the two cannot be trained, as only twin files say how. What asks for it
    then raises ModelError.
    """

    name: str
    keras: Source
    torch: Source
    about: str = ""
    recipe: Recipe | None = None

    @property
    def has_twin_files(self) -> bool:
        """Do two twin files say how it is trained, and what it is shown?"""
        return self.recipe is not None and self.recipe.training is None

    @property
    def has_own_metrics(self) -> bool:
        """Does a person say what else the port is measured by?"""
        training = None if self.recipe is None else self.recipe.training
        return training is not None and training.metrics is not None

    @property
    def trained(self) -> Recipe:
        if self.recipe is None:
            raise ModelError(
                f"{self.name}: nothing says how it is trained; give two files that have the twin "
                "headings (prepare, target, build, prediction, loss, optimizer)"
            )
        return self.recipe

    @property
    def task(self) -> Task:
        task = self.trained.task
        assert task is not None, f"{self.name}: its task was not read from its target"
        return task

    @property
    def margins(self) -> Margins:
        return self.trained.margins


def is_twin_file(source: Source) -> bool:
    """Does this name a twin file, rather than something to call in a module?"""
    return isinstance(source, str) and parts(source)[0] == source and not source.endswith(SAVED)


def parts(name: str) -> tuple[str, str]:
    """The module or the file that a name begins with, and what it names there; "" for all of it."""
    place, colon, attribute = name.rpartition(":")
    is_drive = attribute.startswith(("/", "\\"))  # of Windows: it begins a path
    return (place, attribute) if colon and not is_drive else (name, "")
