"""`parity check`: verify the registered ports, or a person's own pair, layer by layer."""

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from parity.checking import own as own_pair
from parity.checking import provenance
from parity.checking import run as checking
from parity.checking.probe import digits_probe
from parity.checking.show import console as screen
from parity.cli.session import PROBE, both_sides, console
from parity.course.reported import pages, told
from parity.errors import ParityError
from parity.gates import GATES
from parity.mapping import overrides
from parity.mapping.plan import DTYPES
from parity.pairs import AS_REPORTED, select
from parity.records import files
from parity.records.as_json import as_json
from parity.records.comparison import Array, Dtype, Report
from parity.sides import modules
from parity.sides.process import Sides


def run(args: argparse.Namespace) -> int:
    own = bool(args.keras or args.torch)
    if own and (args.pairs or not (args.keras and args.torch)):
        raise ParityError("give both --keras and --torch, and no registered pair beside them")
    if own and args.port == AS_REPORTED:
        raise ParityError("--port is for the registered pairs; give --keras and --torch without it")
    if args.train and not own:
        raise ParityError("--train is for a pair of your own; registered pairs train in lockstep")
    reports = [_own(args)] if own else _registered(args)
    if args.json:
        files.write_json(args.json, [as_json(report) for report in reports])
        screen.say(console, f"wrote {args.json}")
    return screen.exit_status([report.verdict for report in reports])


def _registered(args: argparse.Namespace) -> list[Report]:
    chosen = select(args.pairs, args.port)
    wanted = tuple(args.gate) if args.gate else GATES
    choice = checking.Choice(wanted, _dtypes(args), args.steps, args.seed)
    reports = []
    with both_sides(args.keras_backend, "cpu") as sides:
        settings = {
            "seed": args.seed,
            "dtypes": list(choice.dtypes),
            "gates": list(wanted),
            "steps": args.steps,
            "probe": PROBE,
            "port": args.port,
        }
        found = provenance.describe(sides, settings)
        shown = digits_probe()
        for pair in chosen:
            with console.status(f"checking {pair.name}"):
                report = checking.check(pair, sides, shown, found, choice)
            console.print(screen.report(report))
            if args.port == AS_REPORTED:
                screen.say(console, told.told(report, pages.page(pair.name)))
            reports.append(report)
    console.print(screen.summary(reports))
    return reports


def _own(args: argparse.Namespace) -> Report:
    if args.rules:
        modules.imported(args.rules)
    request = own_pair.Request(
        args.keras,
        args.torch,
        name=f"{args.keras} and {args.torch}",
        inputs=_arrays(args.inputs) if args.inputs else None,
        shape=args.input_shape,
        keras_weights=args.keras_weights or "",
        torch_weights=args.torch_weights or "",
        is_loaded=args.loaded or bool(args.torch_weights),
        wishes=overrides.read(args.map) if args.map else overrides.NONE,
        dtypes=_dtypes(args),
        seed=args.seed,
        train=args.train,
    )
    with both_sides(args.keras_backend, "cpu") as sides, _progress() as progress:
        report = own_pair.check(request, sides, lambda: _described(sides, args), progress)
    console.print(screen.report(report))
    screen.say(console, f"\n{screen.told(report)}")
    return report


def _described(sides: Sides, args: argparse.Namespace) -> dict[str, Any]:
    names = ("keras", "torch", "keras_weights", "torch_weights", "loaded", "seed")
    return provenance.describe(sides, {name: getattr(args, name) for name in names})


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    with console.status("writing both models down") as status:
        yield lambda layer: status.update(f"comparing {layer}")


def _dtypes(args: argparse.Namespace) -> tuple[Dtype, ...]:
    return DTYPES if args.dtype == "both" else (args.dtype,)


def _arrays(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file, by name, or the one of an .npy file."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ParityError(f"{path} is no .npz or .npy file of plain arrays: {error}") from error
    if isinstance(found, np.ndarray):
        return {"0": found}
    return {name.removeprefix("arr_"): found[name] for name in found.files}
