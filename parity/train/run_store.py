"""The runs of a results folder: finished ones, and those that a kill left in the middle.

    records/<pair>.json                  a pair: its check, its timings, and which runs are its own
    runs/<job>.json, .safetensors        a run: its epochs, and what pictures show of it
    unfinished/<pair>.json               check and timings of a pair whose runs are not all done
    unfinished/<job>/job.json            which run this is, and under what conditions
    unfinished/<job>/epochs.jsonl        a line for every finished epoch
    unfinished/<job>/state.safetensors   weights and optimizer after the last of them
    unfinished/<job>/run.*               the run, when it is done, until all of its pair are

The runs of a pair take their place in runs/ together, so that no two commands' runs are mixed.

Every file is written whole or not at all, and is on the disk before the next is begun.
"""

import contextlib
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import BaseFileLock
from safetensors import safe_open
from safetensors.numpy import load_file

from parity.errors import ResultsError
from parity.records import files, reading
from parity.records.comparison import Array
from parity.records.jobs import Epoch, Job, Run, as_record
from parity.records.reading import read_json
from parity.records.results import Asked, BegunPair, Known, Origin, PairRecord
from parity.train.learn import State

SEPARATOR = "|"  # between a slot's role and its variable; no framework has it in a name


class Folder:
    """Holds the folder for one command; another that wants it is told so."""

    def __init__(
        self,
        out: Path,
        conditions: dict[str, Any],
        source: dict[str, Any],
        resume: bool,
        lock: BaseFileLock | None = None,
    ) -> None:
        """conditions, source: parity.provenance's, to be recorded with every run. lock: the
        folder's, where the command holds it already.

        Raises ResultsError where the folder cannot be written, another command holds it, it has
        unfinished runs and `resume` is not given, or these were begun under other conditions.
        """
        self._out, self._conditions, self._resume = out, files.plain(conditions), resume
        self._source = source
        _require_as_begun(out, self._conditions)
        files.prepare(out)
        self._lock = lock or files.lock(out)
        files.sweep(out)
        try:
            require_taken_up(out, resume)
        except ResultsError:
            self.close()
            raise

    def close(self) -> None:
        """Let others have the folder."""
        files.unlock(self._lock)

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def finished(self, job: Job) -> bool:
        """Is there a run of exactly this job under these conditions, where it is being resumed?"""
        if not self._resume:
            return False
        path = self._base(job).with_suffix(".json")
        if not path.exists():
            return False
        record = read_json(path)
        mine = (asdict(job), self._conditions)
        return (record.get("job"), record.get("conditions")) == mine

    def read(self, job: Job) -> Run:
        """A run that is done."""
        return read(self._base(job))

    def _base(self, job: Job) -> Path:
        """Where a run lies that is done, without the suffix."""
        waiting = self._waiting(job.id)
        done = waiting.with_suffix(".json").exists()
        return waiting if done else self._out / "runs" / job.id

    def _waiting(self, name: str) -> Path:
        return self._out / "unfinished" / name / "run"

    def checkpoints(self, job: Job) -> "RunFolder":
        """Where this job leaves its epochs. Raises ResultsError as `RunFolder` does."""
        return RunFolder(self._out / "unfinished" / job.id, job, self._conditions)

    def finish(self, run: Run) -> None:
        """Write a run that is done; it waits for the others of its pair."""
        base = self._waiting(run.job.id)
        files.save_arrays(base.with_suffix(".safetensors"), run.shown)
        described = {"conditions": self._conditions, "source": self._source}
        files.write_json(base.with_suffix(".json"), as_record(run) | described)

    def pair(self, name: str, settings: dict[str, Any]) -> Known:
        """What `keep_pair` kept under the same settings and conditions, when resuming.

        settings: those that a check and its timings depend on.
        """
        path = self._out / "unfinished" / f"{name}.json"
        if not self._resume:
            return Known()
        if not path.exists():
            return self._recorded(name, settings)
        found = reading.read(BegunPair, path)
        same = found.asked == Asked(files.plain(settings), self._conditions)
        return found.found if same else Known()

    def _recorded(self, name: str, settings: dict[str, Any]) -> Known:
        """The same of a pair whose runs were all done before the command was stopped."""
        path = self._out / "records" / f"{name}.json"
        if not path.exists():
            return Known()
        record = reading.read(PairRecord, path)
        runs = [read_json(self._out / "runs" / f"{run}.json") for run in record.runs]
        is_same = all(run.get("conditions") == self._conditions for run in runs)
        chosen, wanted = record.provenance.settings, files.plain(settings)
        if not runs or not is_same or {name: chosen.get(name) for name in wanted} != wanted:
            return Known()
        return Known(record.check, record.timings or None, record.provenance.source)

    def keep_pair(self, name: str, settings: dict[str, Any], found: dict[str, Any]) -> None:
        """Keep what is known of a pair before its runs are done."""
        asked = {"settings": settings, "conditions": self._conditions}
        path = self._out / "unfinished" / f"{name}.json"
        files.write_json(path, {"asked": asked, "found": found})

    def finish_pair(self, record: dict[str, Any], shown: dict[str, Array]) -> None:
        """Write the record of a pair whose runs are done, and what its pictures need beside."""
        for name in record["runs"]:
            self._settle(name)
        base = self._out / "records" / record["pair"]
        files.save_arrays(base.with_suffix(".safetensors"), shown)
        files.write_json(base.with_suffix(".json"), record)
        (self._out / "unfinished" / f"{record['pair']}.json").unlink(missing_ok=True)
        self._tidy()

    def _settle(self, name: str) -> None:
        """Move a run to its place. A kill at any point leaves it whole, here or there."""
        waiting, place = self._waiting(name), self._out / "runs" / name
        is_done = waiting.with_suffix(".json")
        if is_done.exists():
            for suffix in (".safetensors", ".json"):
                with files.whole(Path(f"{place}{suffix}")) as temporary:
                    shutil.copyfile(waiting.with_suffix(suffix), temporary)
            is_done.unlink()
        shutil.rmtree(waiting.parent, ignore_errors=True)

    def _tidy(self) -> None:
        with contextlib.suppress(OSError):  # something is unfinished still
            (self._out / "unfinished").rmdir()


class RunFolder:
    """The epochs of one unfinished run (parity.train.learn.CheckpointStore)."""

    def __init__(self, path: Path, job: Job, conditions: dict[str, Any]) -> None:
        """Raises ResultsError where it was begun under other conditions than these."""
        self._path = path
        self._mine = {"job": asdict(job), "conditions": conditions}
        if (path / "job.json").exists():
            _require_same(path, read_json(path / "job.json"), self._mine)

    def kept(self) -> tuple[tuple[Epoch, ...], State | None]:
        state = self._path / "state.safetensors"
        if not state.exists():
            return (), None
        try:
            with safe_open(state, "numpy") as file:
                count = int(file.metadata()["epochs"])
            lines = (self._path / "epochs.jsonl").read_text(encoding="utf-8").splitlines()
            if not 0 < count <= len(lines):
                raise ValueError(f"{len(lines)} epochs, but weights after {count}")
            # A kill between the two files leaves one epoch more in the lines than in the state.
            told = [json.loads(line) for line in lines[:count]]
            history = reading.record(tuple[Epoch, ...], told, self._path / "epochs.jsonl")
            return history, _unpacked(load_file(state))
        except Exception as error:  # as many kinds as there are readers in this
            raise ResultsError(
                f"{self._path} cannot be read ({error}); delete it to begin this run again"
            ) from error

    def keep(self, history: tuple[Epoch, ...], state: State) -> None:
        if not (self._path / "job.json").exists():
            files.write_json(self._path / "job.json", self._mine)
        lines = [json.dumps(asdict(epoch)) + "\n" for epoch in history]
        files.write_text(self._path / "epochs.jsonl", "".join(lines))
        counted = {"epochs": str(len(history))}
        files.save_arrays(self._path / "state.safetensors", _packed(state), counted)


def read(base: Path) -> Run:
    """The run of two files, whose path `base` is without the suffixes.

    Raises ResultsError where they cannot be read.
    """
    found = reading.read(Run, Path(f"{base}.json"))
    return replace(found, shown=reading.read_arrays(Path(f"{base}.safetensors")))


def origin(out: Path, name: str) -> Origin:
    """How a run of the folder came about. Raises ResultsError as `read` does."""
    return reading.read(Origin, out / "runs" / f"{name}.json")


def require_taken_up(out: Path, resume: bool) -> None:
    """Raise ResultsError where a folder has unfinished runs and `resume` is not given."""
    left = unfinished(out)
    if left and not resume:
        others = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise ResultsError(
            f"{out} holds unfinished work ({left[0]}{others}); go on with --resume, "
            f"or delete {out / 'unfinished'} to begin again"
        )


def _require_as_begun(out: Path, conditions: dict[str, Any]) -> None:
    """Raise ResultsError where something unfinished was begun under other conditions, before
    anything is written beside it."""
    for name in unfinished(out):
        path = out / "unfinished" / name
        pair, run = path.with_name(f"{name}.json"), path / "job.json"
        _require_same(pair, _held(pair, "asked", "conditions"), conditions)
        _require_same(path, _held(run, "conditions"), conditions)


def _held(path: Path, *names: str) -> Any:
    """What stands in a file under a name, and under the next in that; None where it is damaged, as
    what nothing can be taken from is begun anew."""
    if not path.is_file():
        return None
    try:
        found: Any = read_json(path)
    except ResultsError:
        return None
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _require_same(path: Path, begun: Any, mine: dict[str, Any]) -> None:
    if isinstance(begun, dict) and begun != mine:
        raise ResultsError(
            f"{path} was begun otherwise ({_difference(begun, mine)}); "
            "resume it as it was begun, or delete it to begin again"
        )


def _packed(state: State) -> dict[str, Array]:
    flat = {f"weights{SEPARATOR}{name}": array for name, array in state.weights.items()}
    for role, of in state.slots.items():
        flat |= {f"slots{SEPARATOR}{role}{SEPARATOR}{name}": array for name, array in of.items()}
    return flat


def _unpacked(flat: dict[str, Array]) -> State:
    state = State({}, {})
    for name, array in flat.items():
        kind, _, rest = name.partition(SEPARATOR)
        if kind == "weights":
            state.weights[rest] = array
        else:
            role, _, variable = rest.partition(SEPARATOR)
            state.slots.setdefault(role, {})[variable] = array
    return state


def _difference(found: dict[str, Any], mine: dict[str, Any], name: str = "") -> str:
    """The first thing in which two records differ: `versions.torch: 2.14 then, 2.15 now`."""
    for key in {**found, **mine}:
        then, now = found.get(key), mine.get(key)
        if then != now:
            title = f"{name}.{key}".lstrip(".")
            if isinstance(then, dict) and isinstance(now, dict):
                return _difference(then, now, title)
            return f"{title}: {then} then, {now} now"
    return "nothing differs"


def unfinished(out: Path) -> list[str]:
    """What was begun and not finished: runs, and pairs with their checks."""
    found = (out / "unfinished").glob("[!.]*")  # what is hidden is a write that a kill cut short
    return sorted(path.stem if path.is_file() else path.name for path in found)
