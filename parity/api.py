"""The library's front door: `check`, `check_pair` and `transfer`, which `parity` has by name."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from io import StringIO
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from parity.checking import filling, given, patch, provenance, run
from parity.checking.options import SECONDS, Options
from parity.checking.show import console, notebook, verdicts
from parity.checking.show.explorer import collection
from parity.checking.show.page import html
from parity.checking.show.terminal import Terminal
from parity.errors import ModelError, ParityError, printable
from parity.mapping import overrides
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import DTYPES
from parity.pairs import own, select, with_port
from parity.records import comparison, files
from parity.records.as_json import as_json
from parity.records.comparison import Dtype, Ledger
from parity.records.own_training import Training
from parity.sides import sharing
from parity.sides.calls import TwoSides

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 120  # of the report where no terminal says, as in a test's message


@dataclass(frozen=True)
class Report(comparison.Report):
    """What a check found: true where the two models are the same function.

    verdict            "pass", "differ" or "incomplete" (something was compared with nothing)
    first_divergence   the first line that differs, a LayerCheck, or None
    diagnosis          why: a Finding for each layer that differs by itself
    gates              structure, weights, forward and output in each dtype, and training where
                       asked for; what both models return (output) decides
    """

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    @property
    def layers(self) -> "pd.DataFrame":
        """A row for each layer and dtype, with the figures of the forward gate."""
        import pandas as pd

        names = [field.name for field in fields(comparison.LayerCheck)]
        rows = [
            {"dtype": gate.dtype} | {name: getattr(layer, name) for name in names}
            for gate in self.gates
            if gate.name == "forward"
            for layer in gate.layers
        ]
        return pd.DataFrame(rows, columns=["dtype", *names])

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """All of it as JSON holds it; written to `path` where one is given."""
        found = as_json(self)
        if path is not None:
            files.write_json(Path(path), found)
        return found

    def to_html(self, path: str | Path | None = None) -> str:
        """One page that holds all of it and asks nobody for anything; written to `path` where one
        is given.

        Lines of source stand in it where the files that they are of can be read.
        Raises ResultsError where the file cannot be written.
        """
        text = html(self)
        if path is not None:
            files.write_text(Path(path), text)
        return text

    def to_model_explorer(self, path: str | Path | None = None) -> dict[str, Any]:
        """Both models as graphs in the JSON that Google's Model Explorer shows; written to `path`
        where one is given. Raises ResultsError where the file cannot be written.
        """
        found = collection(self)
        if path is not None:
            files.write_json(Path(path), found)
        return found

    def patch(self, path: str | Path | None = None) -> str:
        """A Python module that mends the port as it runs; written to `path` where one is given.

        Its function `patch(module)` wraps a port that holds its weights. What it does not mend
        stands in its docstring. Without causes it changes nothing.
        """
        source = patch.text(self)
        if path is not None:
            files.write_text(Path(path), source)
        return source

    def __rich__(self) -> RenderableType:
        return console.report(self)

    def __repr__(self) -> str:
        words = printable(f"{self.pair}: {verdicts.told(self)}").split()
        return f"<parity.Report {' '.join(words)}>"

    def __str__(self) -> str:
        # In a notebook a console of rich's shows all in the cell, whatever file it is given.
        page = Terminal(file=StringIO(), width=WIDTH, force_terminal=False, force_jupyter=False)
        page.print(self)
        assert isinstance(page.file, StringIO)
        return "\n".join(line.rstrip() for line in page.file.getvalue().strip().splitlines())

    def _repr_html_(self) -> str:
        return notebook.html(self)


def check(
    keras_model: Any,
    torch_module: Any,
    inputs: Any = None,
    *,
    dtype: Dtype | None = None,
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
    dtype: "float32" or "float64" alone; both are always measured.
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
    )
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
    dtype: Dtype | None = None,
    explain: bool = True,
    seed: int = 0,
    budget: float = SECONDS,
) -> Report:
    """Run all gates on a registered pair, or on another port of its Keras model.

    name: one that `parity list` shows. torch: a module, or a file .py, that has the headings of
    the pair's own port (prepare, target, build, prediction, loss, optimizer); None for that port.
    dtype: "float32" or "float64" alone. explain: False leaves the causes out of the report.
    budget: seconds, as of `check`.
    Raises ParityError where there is no such pair, or the port cannot be found or run.
    """
    (pair,) = select([str(name)])
    if torch is not None:
        pair = with_port(pair, torch)
    options = Options(
        dtypes=_dtypes(dtype), seed=given.seed(seed), explain=explain, budget=_seconds(budget)
    )
    with sharing.workers() as both:
        described = provenance.describe(both, {"port": pair.torch, "seed": seed, "budget": budget})
        found = run.check(pair, both, options, provenance=described)
    return Report(**vars(found))


def transfer(
    keras_model: Any,
    torch_module: Any,
    inputs: Any = None,
    *,
    mapping: Mapping[str, Any] | str | Path | None = None,
    input_shape: tuple[int, ...] | None = None,
) -> Ledger:
    """Fill a live torch module with the Keras model's weights; returns where each of them went.

    keras_model: a live model, "module:callable" or "model.keras"; inputs, mapping and input_shape
    are those of `check`. Parameters and buffers stay the objects that they are, in their own float
    type and on their own device.
    Raises ParityError with all weights that have no place, on either side; then nothing is written.
    """
    if isinstance(torch_module, str):
        raise ModelError(f"{torch_module!r} is a name; give the live module that is to be filled")
    options = Options(
        inputs=given.inputs(inputs), shape=given.shape(input_shape), overrides=_overrides(mapping)
    )
    with _sides(keras_model, torch_module) as both:
        return filling.fill(own(keras_model, torch_module), both, options)


def _dtypes(chosen: Dtype | None) -> tuple[Dtype, ...]:
    """Raises ParityError where it is no float type that is measured."""
    if chosen not in (None, *DTYPES):
        raise ParityError(f"dtype={chosen!r}: choose float32 or float64, or None for both")
    return DTYPES if chosen is None else (chosen,)


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


def _overrides(mapping: Mapping[str, Any] | str | Path | None) -> MappingOverrides:
    if mapping is None:
        return overrides.NONE
    if isinstance(mapping, Mapping):
        return overrides.parse(mapping)
    if isinstance(mapping, str | Path):
        return overrides.read(Path(mapping))
    raise ModelError(f"mapping={mapping!r}: give a TOML file or a dictionary")
