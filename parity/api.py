"""The library's front door: `check`, `transfer`, `record` and what else `parity` has by name."""

import contextlib
import math
import sys
from collections.abc import Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from parity.checking import filling, given, provenance, run
from parity.checking import record as recording
from parity.checking import reference as recorded
from parity.checking.options import SECONDS, Options
from parity.checking.report import Report as Report
from parity.errors import ModelError, ParityError
from parity.mapping import overrides
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import DTYPES
from parity.pairs import own, select, with_port
from parity.records import files
from parity.records import reference as references
from parity.records.comparison import LOW_PRECISIONS, Dtype, Ledger, LowPrecision
from parity.records.jobs import FRAMEWORKS, Framework
from parity.records.own_training import Training
from parity.sides import sharing
from parity.sides.calls import TwoSides
from parity.sides.process import Sides
from parity.sides.recorded import RecordedKeras


def check(
    keras_model: Any,
    torch_module: Any,
    inputs: Any = None,
    *,
    dtype: Dtype | LowPrecision | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
    input_shape: tuple[int, ...] | None = None,
    keras_weights: str | Path = "",
    torch_weights: str | Path = "",
    loaded: bool = False,
    train: bool = False,
    training: Training | None = None,
    seed: int = 0,
    budget: float = SECONDS,
) -> Report:
    """Is the torch module the same function as the Keras model, and if not, why?

    keras_model: a live model, "module:callable" or "model.keras"; torch_module: a live module, or
    "module:callable". Two names are run in a process each; anything live is run in this one. Live
    objects come back as they were.
    inputs: an array in Keras's layout (N, ...), a list or a dictionary of them; None for random
    ones, which need `input_shape` (of one sample) where the model does not say what it takes.
    dtype: "float32" or "float64" alone; both are always measured. "bfloat16" or "float16": both,
    and the port in this low precision beside Keras under its mixed policy.
    mapping: a TOML file or a dictionary (mapping/overrides.py); it wins over what would be found.
    loaded: the module holds its weights already, and is compared as it is; otherwise it is lent
    Keras's. torch_weights: a state dict to load first, which implies `loaded`.
    train: compare what layers do in training mode, too: moving statistics, dropout and noise.
    training: how both are trained (parity.Training): loss, gradients, optimizer and steps of a
    training are compared, too.
    budget: seconds, after which nothing new is compared or tried, and the report holds what is
    known; math.inf for as long as it takes.
    Raises ParityError where a model cannot be found or run, or the input fits none.
    """
    options = Options(
        dtypes=_dtypes(dtype),
        seed=given.seed(seed),
        inputs=given.inputs(inputs),
        shape=given.shape(input_shape),
        keras_weights=given.file(keras_weights),
        torch_weights=given.file(torch_weights),
        is_loaded=loaded or bool(torch_weights),
        overrides=_overrides(mapping),
        budget=_seconds(budget),
    ).in_low_precision(_low(dtype))
    _require_training(training)
    with _sides(keras_model, torch_module, training is not None) as both:
        found = run.check(
            own(keras_model, torch_module, training=training),
            both,
            options.in_training() if train or training else options,
            provenance=provenance.describe(
                both, {"seed": seed, "budget": budget, "loaded": options.is_loaded}
            ),
        )
    return Report(**vars(found))


def check_pair(
    name: str,
    torch: str | Path | None = None,
    *,
    dtype: Dtype | LowPrecision | None = None,
    explain: bool = True,
    seed: int = 0,
    budget: float = SECONDS,
) -> Report:
    """Run all gates on a registered pair, or on another port of its Keras model.

    name: one that `parity list` shows. torch: a module, or a file .py, that has the headings of
    the pair's own port (prepare, target, build, prediction, loss, optimizer); None for that port.
    dtype: as of `check`. explain: False leaves the causes out of the report.
    budget: seconds, as of `check`.
    Raises ParityError where there is no such pair, or the port cannot be found or run.
    """
    (pair,) = select([str(name)])
    if torch is not None:
        pair = with_port(pair, torch)
    options = Options(
        dtypes=_dtypes(dtype), seed=given.seed(seed), explain=explain, budget=_seconds(budget)
    ).in_low_precision(_low(dtype))
    with sharing.workers() as both:
        described = provenance.describe(both, {"port": pair.torch, "seed": seed, "budget": budget})
        found = run.check(pair, both, options, provenance=described)
    return Report(**vars(found))


def record(
    keras_model: Any,
    torch_module: Any,
    to: str | Path,
    inputs: Any = None,
    *,
    full: bool = False,
    train: bool = False,
    training: Training | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
    input_shape: tuple[int, ...] | None = None,
    keras_weights: str | Path = "",
    dtype: LowPrecision | None = None,
    seed: int = 0,
) -> Report:
    """Check a pair, and write what Keras gives to the folder `to`, for checks without Keras.

    Arguments as of `check`. Written are inputs, what the model and its layers give in both types,
    the weights as the port's state dict and, of twin files and with `training`, samples, gradients,
    optimizer steps and a few steps in lock-step. Arrays take 128 MiB at most: larger layers, and
    then training, are left out, unless `full`. dtype: bfloat16 or float16, in which ports can be
    checked against the reference, too. Nothing is written where the report that comes back
    does not pass.
    Raises ParityError as `check` does, and where weights have no place or the folder cannot be
    written.
    """
    options = Options(
        seed=given.seed(seed),
        inputs=given.inputs(inputs),
        shape=given.shape(input_shape),
        keras_weights=given.file(keras_weights),
        overrides=_overrides(mapping),
        budget=math.inf,
    ).in_low_precision(_of_low(dtype))
    _require_training(training)
    is_trained = training is not None
    with files.prepared(Path(to)), _sides(keras_model, torch_module, is_trained) as both:
        found, reference = recording.record(
            own(keras_model, torch_module, training=training),
            both,
            options.in_training() if train or is_trained else options,
            math.inf if full else recording.MOST,
            provenance=provenance.describe(both, {"seed": seed}),
        )
        if found.verdict == "pass" and reference is not None:
            references.write(reference, Path(to))
    return Report(**vars(found))


def check_reference(
    reference: str | Path,
    torch_module: Any,
    *,
    dtype: Dtype | LowPrecision | None = None,
    training: Training | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
    torch_weights: str | Path = "",
    loaded: bool = False,
    budget: float = SECONDS,
) -> Report:
    """As `check`, against what `record` wrote to the folder `reference`: it needs torch alone.

    Inputs, seed and gates are those of the recording; mapping: in place of the recorded one.
    training: the port's loss, optimizer, scheduler or step, where a training was recorded, which
    settles the samples, their weights and the size of batches.
    Raises ParityError where the reference is none, was altered, or does not fit the port.
    """
    options = Options(
        dtypes=_dtypes(dtype),
        torch_weights=given.file(torch_weights),
        is_loaded=loaded or bool(torch_weights),
        overrides=_overrides(mapping),
        budget=_seconds(budget),
    ).in_low_precision(_low(dtype))
    _require_training(training)
    held = references.read(Path(reference))
    is_live = training is not None or not isinstance(torch_module, str)
    with _beside(recorded.keras(held), is_live) as both:
        described = provenance.describe(both, {"budget": budget})
        asked = recorded.asked(held, options)
        found = recorded.check(held, torch_module, both, asked, described, training=training)
    return Report(**vars(found))


def transfer(
    keras_model: Any,
    torch_module: Any,
    inputs: Any = None,
    *,
    to: Framework = "torch",
    mapping: Mapping[str, Any] | str | Path | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> Ledger:
    """Fill one of two live models with the other's weights; returns where each of them went.

    keras_model, torch_module: as of `check`, but that the one which is filled is live. to: "torch",
    or "keras" for the other way. inputs, mapping and input_shape are those of `check`. Variables,
    parameters and buffers stay the objects that they are, in their own float type and on their own
    device; what the other side has not, as torch's count of batches, stays as it is.
    Nothing is filled unless all weights have a place on both sides, and both models return the same
    with the same weights. Raises ParityError with what has none, or with how the outputs differ.
    """
    if to not in FRAMEWORKS:
        raise ParityError(f"to={to!r}: choose torch or keras")
    filled = torch_module if to == "torch" else keras_model
    if isinstance(filled, str):
        kind = "module" if to == "torch" else "model"
        raise ModelError(f"{filled!r} is a name; give the live {kind} that is to be filled")
    options = Options(
        inputs=given.inputs(inputs), shape=given.shape(input_shape), overrides=_overrides(mapping)
    )
    with _sides(keras_model, torch_module) as both:
        return filling.fill(own(keras_model, torch_module), both, options, to)


def _dtypes(chosen: Dtype | LowPrecision | None) -> tuple[Dtype, ...]:
    """Those that are judged. Raises ParityError where it is no float type that is measured."""
    if chosen == "float32" or chosen == "float64":
        return (chosen,)
    if chosen is None or _low(chosen):
        return DTYPES
    raise ParityError(
        f"dtype={chosen!r}: choose float32, float64, bfloat16 or float16, or None for the first two"
    )


def _require_training(training: Any) -> None:
    """Raises ModelError where it is something else."""
    if training is not None and not isinstance(training, Training):
        raise ModelError(f"training={training!r}: give parity.Training(...)")


def _low(chosen: Dtype | LowPrecision | None) -> LowPrecision | None:
    return next((low for low in LOW_PRECISIONS if low == chosen), None)


def _of_low(chosen: LowPrecision | None) -> LowPrecision | None:
    """Raises ParityError where it is another type."""
    if chosen is not None and _low(chosen) is None:
        raise ParityError(
            f"dtype={chosen!r}: float32 and float64 are recorded; choose bfloat16 or "
            "float16, or None for no more"
        )
    return chosen


def _seconds(budget: float) -> float:
    """Raises ParityError where it is no number of seconds above 0."""
    if not isinstance(budget, Real) or not budget > 0:
        raise ParityError(f"budget={budget!r}: give a number of seconds above 0, or math.inf")
    return float(budget)


@contextlib.contextmanager
def _sides(keras_model: Any, torch_module: Any, is_trained: bool = False) -> Iterator[TwoSides]:
    """Workers for names; this process for live objects, such as a loss and an optimizer."""
    if isinstance(keras_model, str) and isinstance(torch_module, str) and not is_trained:
        for name in (keras_model, torch_module):
            if name.startswith("__main__:"):
                raise ModelError(
                    f"{name!r}: a worker does not run the main script; put the model in a module "
                    "of its own, or give two live objects"
                )
        with sharing.workers() as workers:
            yield workers
        return
    if "torch" not in sys.modules or "keras" not in sys.modules:
        import keras  # noqa: F401  (a name and a live object)
        import torch  # noqa: F401
    from parity.sides.local import in_this_process, without_triton

    if is_trained:
        without_triton()
    with in_this_process() as here:
        yield here


@contextlib.contextmanager
def _beside(keras: RecordedKeras, is_live: bool) -> Iterator[TwoSides]:
    """A recorded side, and a worker for a name, or this process for live objects."""
    if not is_live:
        with sharing.torch_worker() as worker:
            yield Sides(torch=worker, keras=keras)
        return
    from parity.sides.local import LocalSides, torch_in_this_process

    with torch_in_this_process() as here:
        yield LocalSides(keras, here)


def _overrides(mapping: Mapping[str, Any] | str | Path | None) -> MappingOverrides:
    if mapping is None:
        return overrides.NONE
    if isinstance(mapping, Mapping):
        return overrides.parse(mapping)
    if isinstance(mapping, str | Path):
        return overrides.read(Path(mapping))
    raise ModelError(f"mapping={mapping!r}: give a TOML file or a dictionary")
