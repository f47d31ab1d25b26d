"""How results came about: data, versions, machine, settings, source; each thing as a short text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parity.records import reading
from parity.records.results import (
    Begun,
    BegunPair,
    DataSet,
    Machine,
    Origin,
    PairRecord,
    Seeds,
    Side,
    Source,
    known,
)
from parity.results.read import Result
from parity.train import run_store

How = dict[str, dict[str, str]]  # topic -> thing -> value, as people read it

SIDES = {"keras": "Keras", "torch": "torch"}
TITLES = {
    "keras_backend": "backend",
    "keras_device": "device",
    "tf32": "TF32",
    "lanes": "lanes timed",
    "rounds": "rounds of timing",
    "train": "training images",
    "test": "test images",
    "data_note": "note",
}
CHANGED = "with changes"  # of a source: it is not its commit
# Settings that are told by what came of them.
RETOLD = ("epochs", "recipe", "seed", "seeds", "starts")


@dataclass(frozen=True)
class Told:
    """One pair of a results folder, and how it was run."""

    result: Result
    how: How


def tell(out: Path, found: Sequence[Result]) -> list[Told]:
    """found: the results of this folder. Raises ResultsError for a record that leaves out much."""
    return [Told(result, _how(out, result)) for result in found]


def _how(out: Path, result: Result) -> How:
    record, provenance = result.record, result.record.provenance
    origins = [run_store.origin(out, name) for name in record.runs]
    return {
        "data": _data(record.data, origins),
        "versions": provenance.versions,
        "machine": _titled(provenance.machine),
        "devices": _device("keras", provenance.keras_side)
        | _device("torch", provenance.torch_side),
        "settings": _settings(out, record),
        "model": _model(result),
        "margins": {
            "test loss margin": f"{100 * record.margins.loss:g} %",
            "test accuracy margin": f"{record.margins.accuracy:g}",
        },
        # A run that was resumed may have been done by several sources.
        "source": {
            "commit": _distinct(_commit(origin.source) for origin in origins)
            or _commit(provenance.source)
        },
        "check": {"check": record.check.verdict},
        "lanes": {f"{one.lane}, {SIDES[one.framework]}": setup.lane for one, setup in result.timed},
    }


def value(found: Any) -> str:
    """A value of a record, for people."""
    if isinstance(found, bool):
        return "on" if found else "off"
    if isinstance(found, list):
        return " + ".join(map(value, found))
    return f"{found:,}" if isinstance(found, int) else str(found)


def _titled(found: DataSet | Machine | Side) -> dict[str, str]:
    return {TITLES.get(name, name): value(one) for name, one in known(found).items()}


def _data(data: DataSet, origins: Sequence[Origin]) -> dict[str, str]:
    """The digest is of all arrays: two sets of one name and size may still be two."""
    digests = _distinct(origin.conditions.data for origin in origins)
    return _titled(data) | ({"data digest": digests} if digests else {})


def _device(framework: str, side: Side) -> dict[str, str]:
    told = replace(side, device=None) if side.keras_device else side  # the same again
    return {f"{SIDES[framework]} {name}": one for name, one in _titled(told).items()}


def _settings(out: Path, record: PairRecord) -> dict[str, str]:
    settings = record.provenance.settings
    asked = reading.record(Seeds, settings, out / "records" / f"{record.pair}.json")
    last = asked.seed + asked.seeds - 1
    seeds = f"{asked.seed} to {last}" if asked.seeds > 1 else f"{asked.seed}"
    told = {"epochs": value(record.recipe.epochs), "seeds": seeds, "recipe": record.recipe.name}
    others = {name: one for name, one in settings.items() if name not in RETOLD}
    return told | {TITLES.get(name, name): value(one) for name, one in others.items()}


def _model(result: Result) -> dict[str, str]:
    recipe = result.record.recipe
    counts = {run.job.framework: value(run.parameters) for run in result.runs}
    told = {"loss": recipe.loss, "batch size": value(recipe.batch_size)}
    if len(set(counts.values())) == 1:
        return told | {"parameters": counts.popitem()[1]}
    return told | {f"{SIDES[name]} parameters": count for name, count in counts.items()}


def _commit(source: Source) -> str:
    return f"{source.short} {CHANGED}" if source.changed else source.short


def _distinct(values: Iterable[Any]) -> str:
    return " + ".join(dict.fromkeys(map(str, values)))


def unfinished(out: Path, names: Sequence[str]) -> list[str]:
    """How far unfinished work has come, a line each. names: of parity.runs.unfinished."""
    return [_progress(out / "unfinished" / name) for name in names]


def _progress(path: Path) -> str:
    if not path.is_dir():
        return f"{path.name}: begun with {_begun(path.with_name(f'{path.name}.json'))}"
    found = path / "job.json"
    if (path / "run.json").exists():
        return f"{path.name}: done, waits for the other runs of its pair"
    if not found.exists():
        return f"{path.name}: begun"
    begun = reading.read(Begun, found, f"delete {path}")
    history, _ = run_store.RunFolder(path, begun.job, begun.conditions).kept()
    return f"{begun.job.title}: {max(0, len(history) - 1)} of {begun.job.epochs} epochs"


def _begun(path: Path) -> str:
    """The settings of a pair that is not done: what `--resume` has to be given again."""
    settings = reading.read(BegunPair, path).asked.settings
    return ", ".join(f"{name} {value(one)}" for name, one in settings.items())
