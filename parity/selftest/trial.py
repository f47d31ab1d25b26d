"""Try the alarm: check a pair of twins, faithful or with planted mistakes, and see what it says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from parity.checking import probe, run
from parity.checking.options import DEFAULT, Options
from parity.errors import ParityError
from parity.records.comparison import Finding, Report, Verdict
from parity.records.pair import Pair
from parity.selftest import repaired, weight_mistakes
from parity.selftest import weights as placed
from parity.selftest.bank import Entry
from parity.selftest.repaired import State
from parity.selftest.spec import Spec
from parity.sides.modules import Factory
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, Models

KERAS, TORCH = "parity.selftest.keras_twin", "parity.selftest.torch_twin"
KEY = "selftest"
LOADED = Options(is_loaded=True)


@dataclass(frozen=True)
class Expected:
    """A mistake, and what must be said of it."""

    mistake: str
    layers: tuple[str, ...]  # any of them may be named
    cause: str


@dataclass(frozen=True)
class Trial:
    """What a check of twins came to."""

    name: str
    expected: tuple[Expected, ...]  # () for faithful twins
    verdict: Verdict
    first: str  # the first Keras layer that differs
    named: tuple[tuple[str, tuple[str, ...]], ...]  # layer, its causes
    said: str = ""  # the gates that did not pass, or why the check broke off
    is_equivalent: bool = False  # what was planted changes nothing
    is_proven: bool | None = None  # is the mended port the faithful one? None: not looked at
    report: Report | None = None  # None where the check broke off

    @property
    def is_caught(self) -> bool:
        return self.verdict != "pass"

    @property
    def is_repaired(self) -> bool:
        """Does the report say that the port agrees when all causes are mended, and is that so?"""
        return self.is_called_mended and self.is_proven is not False

    @property
    def is_called_mended(self) -> bool:
        return self.report is not None and self.report.mended is True

    def is_placed(self, mistake: Expected) -> bool:
        """Is the layer of this mistake named?"""
        return any(_is_of(layer, mistake) for layer, _ in self.named)

    def is_named(self, mistake: Expected) -> bool:
        """Is its cause the first that is named there?"""
        return any(
            _is_of(layer, mistake) and causes[:1] == (mistake.cause,)
            for layer, causes in self.named
        )

    def is_among(self, mistake: Expected) -> bool:
        """Is its cause named there at all?"""
        return any(
            _is_of(layer, mistake) and mistake.cause in causes for layer, causes in self.named
        )


def of_entry(entry: Entry, sides: Sides) -> Trial:
    """Check an entry of the bank."""
    expected = (Expected(entry.id, (entry.layer, *entry.also), entry.cause),)
    if entry.weights:
        pair, moved, held = _with_weights(entry, sides)
        found = _run(pair, LOADED, expected, sides)
        if not found.is_called_mended or found.report is None:
            return found
        is_proven = repaired.holds_all_again(found.report, held, moved)
        return replace(found, is_proven=is_proven)
    train = entry.gate == "training"
    return of_specs(entry.id, entry.spec, entry.torch_spec, expected, sides, train)


def of_specs(
    name: str,
    spec: Spec,
    port: Spec,
    expected: Iterable[Expected],
    sides: Sides,
    train: bool = False,
) -> Trial:
    """Check the Keras model of a spec against the port of another; train: in training mode, too."""
    pair = Pair(name, Factory(KERAS, "build", (spec,)), Factory(TORCH, "build", (port,)))
    options = DEFAULT.in_training() if train else DEFAULT
    found = _run(pair, options, tuple(expected), sides)
    if train or not found.is_called_mended or found.report is None:
        return found  # what trains draws: the gate `training` has judged the mended port, too
    is_proven = repaired.is_faithful(spec, port, found.report.changes, sides)
    return replace(found, is_proven=is_proven)


def _with_weights(entry: Entry, sides: Sides) -> tuple[Pair, State, State]:
    """The port holds Keras's weights, but for the mistake; what it should hold, and holds."""
    sides.keras.call(InKeras.open, KEY, Factory(KERAS, "build", (entry.spec,)))
    drawn = sides.keras.call(Models.weights, KEY)
    ours = probe.weights({n: a for n, a in drawn.items() if a.dtype.kind == "f"})
    moved = placed.move(entry.torch_spec, ours)
    held = weight_mistakes.spoil(entry.torch_spec, entry.layer, entry.weights, moved)
    assert held is not None, f"{entry.id}: {entry.weights} changes nothing"
    keras = Factory(KERAS, "build", (entry.spec,), ours)
    torch = Factory(TORCH, "build", (entry.torch_spec,), held)
    return Pair(entry.id, keras, torch), moved, held


def _run(pair: Pair, options: Options, expected: tuple[Expected, ...], sides: Sides) -> Trial:
    name = pair.name
    try:
        report = run.check(pair, sides, options)
    except ParityError as error:
        return Trial(name, expected, "incomplete", "", (), str(error))
    first = report.first_divergence
    named = tuple((_layer(finding), _causes(finding)) for finding in report.diagnosis)
    return Trial(
        name,
        expected,
        report.verdict,
        first.keras if first else "",
        named,
        said(report),
        report=report,
    )


def _causes(finding: Finding) -> tuple[str, ...]:
    return tuple(cause.cause for cause in finding.causes)


def _layer(finding: Finding) -> str:
    return finding.keras


def _is_of(layer: str, mistake: Expected) -> bool:
    """A finding about weights names a variable, model/fc2/kernel, or the port's own, fc2.bias."""
    parts = set(layer.replace(".", "/").split("/"))
    return any(name in parts or layer == name for name in mistake.layers)


def said(report: Report) -> str:
    gates = [gate for gate in report.gates if gate.verdict != "pass"]
    return "; ".join(f"{gate.name} {gate.dtype}: {gate.note}" for gate in gates)
