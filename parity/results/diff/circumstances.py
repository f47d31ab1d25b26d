"""How results came about: data, versions, machine, settings, source; each thing as a short text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.errors import ResultsError
from parity.records.jobs import Job
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
RETOLD = ("epochs", "recipe", "seed", "seeds")  # settings that are told by what came of them


@dataclass(frozen=True)
class Told:
    """One pair of a results folder, and how it was run."""

    result: Result
    how: How


def tell(out: Path, found: Sequence[Result]) -> list[Told]:
    """found: the results of this folder. Raises ResultsError for a record that leaves out much."""
    return [Told(result, _how(out, result)) for result in found]


def _how(out: Path, result: Result) -> How:
    record = result.record
    try:
        kept = [run_store.read_json(out / "runs" / f"{name}.json") for name in record["runs"]]
        provenance = record["provenance"]
        return {
            "data": _data(record["data"], kept),
            "versions": dict(provenance["versions"]),
            "machine": {name: value(found) for name, found in provenance["machine"].items()},
            "devices": _devices(provenance),
            "settings": _settings(record),
            "model": _model(result),
            "margins": _margins(record["margins"]),
            "source": {"commit": _commits(provenance["source"], kept)},
            "check": {"check": record["check"]["verdict"]},
            "lanes": {
                f"{one.lane}, {SIDES[one.framework]}": one.settings["lane"]
                for one in result.timings
            },
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            f"{out / 'records' / result.pair}.json or one of its runs is not of this version "
            f"({type(error).__name__}: {error}); delete it and run again"
        ) from error


def value(found: Any) -> str:
    """A value of a record, for people."""
    if isinstance(found, bool):
        return "on" if found else "off"
    if isinstance(found, list):
        return " + ".join(map(value, found))
    return f"{found:,}" if isinstance(found, int) else str(found)


def _titled(found: dict[str, Any]) -> dict[str, str]:
    return {TITLES.get(name, name): value(one) for name, one in found.items()}


def _data(data: dict[str, Any], kept: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The digest is of all arrays: two sets of one name and size may still be two."""
    digests = _distinct(run["conditions"]["data"] for run in kept)
    return _titled(data) | ({"data digest": digests} if digests else {})


def _devices(provenance: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for side, title in SIDES.items():
        told = dict(provenance[f"{side}_side"])
        if "keras_device" in told:
            told.pop("device", None)  # the same again
        found |= {f"{title} {name}": one for name, one in _titled(told).items()}
    return found


def _settings(record: dict[str, Any]) -> dict[str, str]:
    recipe, settings = record["recipe"], record["provenance"]["settings"]
    first, count = settings["seed"], settings["seeds"]
    seeds = f"{first} to {first + count - 1}" if count > 1 else f"{first}"
    told = {"epochs": value(recipe["epochs"]), "seeds": seeds, "recipe": recipe["name"]}
    return told | _titled({name: one for name, one in settings.items() if name not in RETOLD})


def _model(result: Result) -> dict[str, str]:
    recipe = result.record["recipe"]
    counts = {run.job.framework: value(run.parameters) for run in result.runs}
    told = {"loss": recipe["loss"], "batch size": value(recipe["batch_size"])}
    if len(set(counts.values())) == 1:
        return told | {"parameters": counts.popitem()[1]}
    return told | {f"{SIDES[name]} parameters": count for name, count in counts.items()}


def _margins(margins: dict[str, float]) -> dict[str, str]:
    loss, accuracy = margins["loss"], margins["accuracy"]
    return {"test loss margin": f"{100 * loss:g} %", "test accuracy margin": f"{accuracy:g}"}


def _commits(last: dict[str, Any], kept: Sequence[dict[str, Any]]) -> str:
    """Of the runs: one that was resumed may have been done by several."""
    return _distinct(_commit(run["source"]) for run in kept) or _commit(last)


def _commit(source: dict[str, Any]) -> str:
    if not source:
        return "an installed package"
    commit = str(source["commit"])[:12]
    return f"{commit} {CHANGED}" if source["changed"] else commit


def _distinct(values: Iterable[Any]) -> str:
    return " + ".join(dict.fromkeys(map(str, values)))


def unfinished(out: Path, names: Sequence[str]) -> list[str]:
    """How far unfinished work has come, a line each. names: of parity.runs.unfinished."""
    return [_progress(out / "unfinished" / name) for name in names]


def _progress(path: Path) -> str:
    if not path.is_dir():
        return f"{path.name}: begun with {_begun(path.with_suffix('.json'))}"
    found = path / "job.json"
    if (path / "run.json").exists():
        return f"{path.name}: done, waits for the other runs of its pair"
    if not found.exists():
        return f"{path.name}: begun"
    record = run_store.read_json(found)
    try:
        job, conditions = Job(**record["job"]), record["conditions"]
    except (KeyError, TypeError) as error:
        raise ResultsError(f"{found} is not of this version ({error}); delete {path}") from error
    history, _ = run_store.RunFolder(path, job, conditions).kept()
    return f"{job.title}: {max(0, len(history) - 1)} of {job.epochs} epochs"


def _begun(path: Path) -> str:
    """The settings of a pair that is not done: what `--resume` has to be given again."""
    try:
        settings = run_store.read_json(path)["asked"]["settings"]
        return ", ".join(f"{name} {value(one)}" for name, one in settings.items())
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{path} is not of this version ({error}); delete it") from error
