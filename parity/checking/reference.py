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
from parity.gates import LOW_PRECISION
from parity.mapping import overrides
from parity.pairs import own
from parity.records.comparison import Report
from parity.records.own_training import Training
from parity.records.pair import Recipe, Source, is_twin_file
from parity.records.reference import Reference
from parity.records.trees import mapped
from parity.sides.calls import TwoSides
from parity.sides.noted import SOURCE, question
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
    training: Training | None = None,
) -> Report:
    """Run the recorded gates on a port. sides: `keras(reference)`, and a torch side.

    options: as `asked` makes them. training: how the port is trained. Raises ParityError where the
    reference does not fit the port, or the same inputs cannot be drawn here.
    """
    about = reference.about
    recipe = Recipe(about.task) if about.task else None
    pair = replace(own(SOURCE, torch, about.pair), recipe=recipe)
    if training is not None:
        pair = replace(pair, recipe=Recipe(training=_settled(reference, training)))
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


def _settled(reference: Reference, training: Training) -> Training:
    """The training with all that was recorded of it. Raises ParityError where it is another."""
    known = reference.training
    if known is None:
        raise ParityError("training: the reference holds none; record it with one")
    plain = Training().batch_size
    for name, value in known.items():
        given = getattr(training, name)
        is_said = given is not None and not (name == "batch_size" and given == plain)
        if is_said and question(mapped(np.asarray, given)) != question(mapped(np.asarray, value)):
            raise ParityError(f"training: {name} is another than what was recorded; leave it out")
    return replace(training, **known)


def asked(reference: Reference, options: Options, gates: Sequence[str] = ()) -> Options:
    """A check's options with all that was settled when the reference was recorded.

    options: of the check, for what is the port's. gates: to be run alone. Raises ParityError for
    one that was not recorded.
    """
    about = reference.about
    if options.low not in (None, about.low):
        raise ParityError(
            f"the reference has no {options.low}: record it with --dtype {options.low}"
        )
    for name in gates:
        if name not in about.gates:
            size = about.left_out.get(name)
            why = f"{size:,} bytes, too many; record it with --full" if size else "not recorded"
            raise ParityError(f"the reference has no gate {name!r}: {why}")
    wanted = replace(
        options,
        gates=tuple(name for name in gates or about.gates if name != LOW_PRECISION),
        steps=about.steps,
        seed=about.seed,
        inputs=reference.inputs if about.is_given else None,
        shape=about.shape,
        keras_weights=RECORDED if about.has_weights else "",
        overrides=options.overrides
        if options.overrides != overrides.NONE
        else overrides.parse(about.mapping),
    )
    return wanted.in_low_precision(options.low)
