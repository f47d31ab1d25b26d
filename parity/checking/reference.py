"""Check a port against a reference: Keras's side is what was recorded, and the road is the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.checking import run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import Progress, silent
from parity.errors import NotRecordedError, ParityError
from parity.mapping import overrides
from parity.pairs import own
from parity.records.comparison import Report
from parity.records.pair import Recipe, Source, is_twin_file
from parity.records.reference import Reference
from parity.sides.calls import TwoSides
from parity.sides.noted import SOURCE
from parity.sides.recorded import RecordedKeras

RECORDED = "as recorded"  # in place of the file that Keras's weights were read from


def keras(reference: Reference) -> RecordedKeras:
    """The recorded side."""
    return RecordedKeras(reference.answers, reference.arrays, reference.about.backend)


def check(
    reference: Reference,
    torch: Source,
    sides: TwoSides,
    options: Options,
    provenance: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Report:
    """Run the recorded gates on a port. sides: `keras(reference)`, and a torch side.

    options: as `asked` makes them. Raises ParityError where the reference does not fit the port, or
    the same inputs cannot be drawn here.
    """
    about = reference.about
    recipe = Recipe(about.task) if about.task else None
    pair = replace(own(SOURCE, torch, about.pair), recipe=recipe)
    samples = None
    if recipe is not None:
        if not is_twin_file(torch):
            raise ParityError(
                f"{torch!r} is no twin file, and the reference is of two; give a file that has the "
                "twin headings (prepare, target, build, prediction, loss, optimizer)"
            )
        samples = Probe(**reference.samples)
    try:
        found = run.check(pair, sides, options, samples, provenance, progress)
    except NotRecordedError as error:
        drawn_by = about.provenance.get("versions", {}).get("numpy", "another version")
        raise ParityError(
            f"{error}; it was recorded with NumPy {drawn_by}, here is {np.__version__}: record it "
            "anew where that draws other numbers"
        ) from error
    return replace(found, pair=own(about.keras, torch).name)


def asked(reference: Reference, options: Options, gates: Sequence[str] = ()) -> Options:
    """A check's options with all that was settled when the reference was recorded.

    options: of the check, for what is the port's. gates: to be run alone. Raises ParityError for
    one that was not recorded.
    """
    about = reference.about
    for name in gates:
        if name not in about.gates:
            size = about.left_out.get(name)
            why = f"{size:,} bytes, too many; record it with --full" if size else "not recorded"
            raise ParityError(f"the reference has no gate {name!r}: {why}")
    return replace(
        options,
        gates=tuple(gates) or about.gates,
        steps=about.steps,
        seed=about.seed,
        inputs=reference.inputs if about.is_given else None,
        shape=about.shape,
        keras_weights=RECORDED if about.has_weights else "",
        overrides=options.overrides
        if options.overrides != overrides.NONE
        else overrides.parse(about.mapping),
    )
