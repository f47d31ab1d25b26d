"""All entries, by id, in the order of the areas' files and of the entries in them."""

import importlib

from parity.course.laboratory.experiment import Entry, Experiment
from parity.errors import ParityError, meant

AREAS = (
    "layers",
    "train_and_inference",
    "operations",
    "activations",
    "convolutions",
    "separable_convolutions",
    "padding",
    "pooling",
    "resizing",
    "batch_normalisation",
    "normalisation",
    "recurrent",
    "sequences",
    "embeddings",
    "attention",
    "initialisers",
    "categorical_crossentropy",
    "binary_crossentropy",
    "losses",
    "margins",
    "metrics",
    "averages",
    "optimizers",
    "adam_family",
    "weight_decay_and_clipping",
    "regularisation",
    "schedules",
    "callbacks",
    "training_loop",
    "training_state",
    "data",
    "numerics",
    "machine",
)


def entries() -> dict[str, Entry]:
    """Id -> entry. Raises ParityError where two entries have the same id."""
    found: dict[str, Entry] = {}
    for area in AREAS:
        module = importlib.import_module(f"{__name__}.{area}")
        for entry in vars(module).values():
            if not (isinstance(entry, type) and issubclass(entry, Experiment)):
                continue
            if entry.__module__ != module.__name__:
                continue
            if entry.id in found:
                raise ParityError(f"two entries of the catalogue are called {entry.id!r}")
            found[entry.id] = entry
    return found


def select(ids: list[str]) -> dict[str, Entry]:
    """The entries of these ids, or of the areas called so; all of them where none is named.

    Raises ParityError for a name that is neither.
    """
    known = entries()
    by_area = {area.replace("_", "-"): area for area in AREAS}
    chosen: dict[str, Entry] = {}
    for name in ids:
        area = by_area.get(name)
        if area is not None:
            suffix = f".{area}"
            chosen |= {key: x for key, x in known.items() if x.__module__.endswith(suffix)}
        elif name in known:
            chosen[name] = known[name]
        else:
            raise ParityError(
                f"the catalogue has no entry or area {name!r}{meant(name, (*known, *by_area))}; "
                f"areas are {', '.join(by_area)} (`parity differences --list` has all entries)"
            )
    return chosen or known
