"""`parity check --reference DIR`: a port against what was recorded of Keras, with torch alone."""

import argparse
from typing import Any

from parity.checking import given, provenance, reference
from parity.checking.options import Options
from parity.checking.show.stages import stages
from parity.cli import options
from parity.cli.session import console
from parity.errors import ParityError
from parity.gates import TRAINING
from parity.mapping.plan import DTYPES
from parity.records import reference as references
from parity.records.comparison import LOW_PRECISIONS, Report
from parity.sides import sharing, training_file
from parity.sides.process import Sides

SETTLED: dict[
    str, Any
] = {  # what a reference says itself, and the defaults of the arguments that would
    **{"keras": None, "pairs": [], "port": "faithful", "inputs": None, "input_shape": None},
    **{"data": None, "keras_weights": None, "seed": 0, "seeds": 1, "steps": None},
    **{"keras_backend": "tensorflow", "executor": "local"},
    "device": "cpu",
}


def checked(args: argparse.Namespace) -> Report:
    """The report. Raises ParityError for what a reference settles itself."""
    said = [name for name, default in SETTLED.items() if getattr(args, name) != default]
    if said or not args.torch:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in said) or "no --torch"
        raise ParityError(
            f"--reference takes --torch, and not {names}: the reference settles the pair, its "
            "inputs, seed and steps"
            if said
            else "--reference takes --torch, the port that is checked against it"
        )
    if args.training and not args.training.is_file():
        raise ParityError(f"--training: no file {str(args.training)!r}")
    held = references.read(args.reference)
    found = options.of_shown(args)
    asked = reference.asked(
        held,
        Options(
            dtypes=(args.dtype,) if args.dtype in DTYPES else DTYPES,
            overrides=found["overrides"],
            torch_weights=given.file(args.torch_weights or ""),
            is_loaded=args.loaded or bool(args.torch_weights),
            budget=args.budget,
        ).in_low_precision(args.dtype if args.dtype in LOW_PRECISIONS else None),
        (*(args.gate or held.about.gates), *([TRAINING] if args.train else [])),
    )
    with sharing.torch_worker() as worker:
        sides = Sides(torch=worker, keras=reference.keras(held))
        settings = {
            "reference": args.reference.name,
            "torch": args.torch,
            "budget": args.budget,
            "left_out": held.about.left_out,
        }
        described = provenance.describe(sides, settings)
        with stages(console, args.torch) as watch:
            training = worker.run(training_file.read, str(args.training)) if args.training else None
            report = reference.check(held, args.torch, sides, asked, described, watch, training)
    return report
