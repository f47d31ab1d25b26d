"""What the stages hand on: frozen records of NumPy arrays, numbers and names. No framework here.

A *verdict* is "pass", "differ", "incomplete" (something was compared with nothing) or
"not run" (a gate whose foundations failed).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from numpy.typing import NDArray

from parity.records.interventions import Change
from parity.records.parts import Part
from parity.records.passes import Passes

Array = NDArray[Any]
Dtype = Literal["float32", "float64"]
LowPrecision = Literal["bfloat16", "float16"]
LOW = "low_precision"  # the setting of a Keras layer that its policy has computed in one
LOW_PRECISIONS: tuple[LowPrecision, ...] = ("bfloat16", "float16")
Verdict = Literal["pass", "differ", "incomplete", "not run"]


# The gates that tell where and why, and which the gate `output` overrules.
EXPLAINING = ("structure", "weights", "forward")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several verdicts come to: differ, else incomplete, else pass."""
    found = set(verdicts)
    if "differ" in found:
        return "differ"
    return "pass" if found <= {"pass"} else "incomplete"


@dataclass(frozen=True)
class Variable:
    """One Keras variable, or one torch parameter or buffer."""

    name: str  # Keras: its path, "mlp/fc1/kernel"; torch: its qualified name, "fc1.weight"
    role: str  # the last part of the name: "kernel", "weight"
    shape: tuple[int, ...]
    kind: str = "weight"  # "state": no weight (a generator's seed, a count); "part": of a weight
    trainable: bool = True  # False for a statistic, or for what is frozen
    owner: str = ""  # torch: the class of the module that it is an attribute of
    computed_by: str = ""  # torch: the functions that a weight is computed by: "_SpectralNorm"
    # Keras: the numbers of a constant of its graph, which stands in no variable
    held: Array | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Step:
    """One thing that a forward pass did: a Keras layer, or a torch module or function."""

    name: str  # "conv1"; a torch function: "relu_1"
    kind: str  # "Conv2D", "Conv2d", "relu"
    shape: tuple[int, ...]  # of the (first) output, batch axis included
    path: str = ""  # the module's qualified name, "" for a function; Keras: that of attributes
    activation: str = ""  # Keras: the activation fused into the layer
    inputs: tuple[str, ...] = ()  # the steps that feed this one; "" is the model's input
    variables: tuple[Variable, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)  # Keras: get_config(); torch: see tape
    is_narrow: bool = False  # Keras: in float32, in part at least, even in a float64 model
    where: str = ""  # the line that called or built it, "my/net.py:38"; "" where that is not known
    # torch: of the model's own tensors those that it is called on, beside `variables`
    given: tuple[str, ...] = ()
    base: str = ""  # Keras: the class of Keras's own that a person's comes from
    # Keras: numbers that its graph gives it, as they were when it was built
    constants: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class Trace:
    """A forward pass written down: the steps in order of execution, with inputs and outputs."""

    steps: tuple[Step, ...]
    inputs: dict[str, Array] = field(repr=False)  # step name -> its first input, where kept
    outputs: dict[str, Array] = field(repr=False)  # step name -> its output, where kept
    variables: tuple[Variable, ...]  # every one the model owns, used in the pass or not
    error: str = ""  # what the framework said if the pass broke off
    outside: tuple[str, ...] = ()  # torch: the steps that `prediction` made of the model's output
    results: tuple[str, ...] = ()  # what the pass gives: names of steps, "lstm:1" for a second leaf
    keys: tuple[str, ...] = ()  # under which they stand there; "" without a name
    # torch: the steps whose replay is not what the module did; of Keras: what no record holds
    unproven: tuple[str, ...] = ()
    dead: tuple[Step, ...] = ()  # torch: steps that no result depends on; they are not in `steps`
    order: tuple[str, ...] = ()  # torch: the names of both, in the order of execution
    # torch: what it said where a table has too few rows; the pass is told as it is with others
    short: str = ""

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def constants(self) -> tuple[Variable, ...]:
        """Those of all steps, in their order, each once."""
        return tuple({v.name: v for step in self.steps for v in step.constants}.values())

    def with_dead(self) -> "Trace":
        """The same with the steps that no result depends on among the others."""
        places = {name: place for place, name in enumerate(self.order)}
        steps = sorted((*self.steps, *self.dead), key=lambda step: places[step.name])
        return replace(self, steps=tuple(steps))


@dataclass(frozen=True)
class Match:
    """A Keras layer and the torch steps that answer it, in order of execution."""

    keras: Step
    torch: tuple[Step, ...]
    around: tuple[Step, ...] = ()  # the layer, and the Keras steps beside it that go with it
    leaf: int = 0  # which of what the last torch step gives: 1 for a recurrent module's states

    @property
    def theirs(self) -> str:
        """The port's value that answers what the Keras steps give."""
        name = self.torch[-1].name
        return f"{name}:{self.leaf}" if self.leaf else name

    @property
    def keras_steps(self) -> tuple[Step, ...]:
        return self.around or (self.keras,)


@dataclass(frozen=True)
class Alignment:
    """Which torch steps answer which Keras layer, and what was left over on either side."""

    matches: tuple[Match, ...]
    keras_left: tuple[str, ...] = ()
    torch_left: tuple[str, ...] = ()
    training_left: tuple[str, ...] = ()  # what draws in training, and the other side has not


@dataclass(frozen=True)
class Layout:
    """How a torch activation stands to the Keras one: two functions, inverse to each other."""

    name: str
    to_keras: Callable[[Array], Array] = field(repr=False)
    to_torch: Callable[[Array], Array] = field(repr=False)
    order: Array | None = field(default=None, repr=False)  # flat: Keras's place of each feature
    rows: Array | None = field(default=None, repr=False)  # of positions folded otherwise: as order


@dataclass(frozen=True)
class Move:
    """A named layout move of a weight: two functions, inverse to each other."""

    name: str  # "(in, out) -> (out, in)"
    to_torch: Callable[[Array], Array] = field(repr=False)
    to_keras: Callable[[Array], Array] = field(repr=False)


@dataclass(frozen=True)
class LedgerLine:
    """One Keras variable and the torch parameter or buffer that holds the same numbers.

    Either may hold more than that: keras_part is of the moved variable, torch_part of the tensor.
    """

    keras: Variable
    move: Move
    torch: Variable
    keras_at: int | None = None  # this entry of Keras's first axis alone
    torch_part: Part | None = None
    keras_part: Part | None = None
    by: str = ""  # who placed it, if no rule did

    def moved(self, keras: Array) -> Array:
        """What torch's place should hold, of Keras's variable."""
        found = self.move.to_torch(keras if self.keras_at is None else keras[self.keras_at])
        return found if self.keras_part is None else self.keras_part.of(found)

    def held(self, torch: Array) -> Array:
        """What torch's place holds, of the whole tensor."""
        return torch if self.torch_part is None else self.torch_part.of(torch)


@dataclass(frozen=True)
class Ledger:
    """Every Keras variable and every torch parameter and buffer, each in exactly one place."""

    lines: tuple[LedgerLine, ...]
    set_aside: tuple[tuple[str, str], ...] = ()  # (name, why it has no counterpart)
    constant: tuple[tuple[Variable, float], ...] = ()  # of torch: what Keras has not; its value
    keras_left: tuple[Variable, ...] = ()
    torch_left: tuple[Variable, ...] = ()
    uncalled: tuple[str, ...] = ()  # those of torch_left that no step of the pass has
    failures: tuple[str, ...] = ()  # one line each: thing, value, remedy
    unfit: tuple[LedgerLine, ...] = ()  # where weights would go whose shape is another there
    unknown: tuple[tuple[str, str], ...] = ()  # Keras layers that no rule is for; what to do
    tried: int = 0  # placements of what is left under which the two models do not agree
    snippet: str = ""  # what a person can paste to place what is left
    # The lines as the passes lead to them, where names on both sides say otherwise.
    crossed: tuple[LedgerLine, ...] = ()

    @property
    def has_used(self) -> bool:
        """Has torch parameters left that the pass uses, and that may be anything of Keras's?"""
        others = {*self.uncalled, *(line.torch.name for line in self.unfit)}
        return any(v.trainable and v.name not in others for v in self.torch_left)


@dataclass(frozen=True)
class Evidence:
    """What one layer gave on both sides in one dtype, all in Keras's layout.

    isolated: the torch layer, fed with the Keras layer's own input; None where it was not run so.
    """

    match: Match
    keras: Array = field(repr=False)
    torch: Array = field(repr=False)
    isolated: Array | None = field(repr=False)
    noise: float
    isolated_noise: float
    is_narrow: bool = False  # Keras computes the layer in float32, whatever the dtype


@dataclass(frozen=True)
class Measured:
    """One thing that both sides gave in one dtype, in Keras's layout, and its rounding noise."""

    keras_name: str
    torch_name: str
    keras: Array = field(repr=False)
    torch: Array = field(repr=False)
    noise: float
    note: str = ""


@dataclass(frozen=True)
class Setting:
    """A hyperparameter of both optimizers. None: that side has no such setting."""

    name: str  # Keras's
    keras: Any
    torch: Any
    note: str = ""  # what a difference does
    groups: tuple[int, ...] = ()  # of the port's parameters, by their places; none for all

    @property
    def equal(self) -> bool:
        # None, False and 0 all mean that a thing is not done.
        return bool(self.keras == self.torch or (not self.keras and not self.torch))


@dataclass(frozen=True)
class LayerCheck:
    """One line of a gate's table. A figure that was not measured, or has no meaning, is None.

    max_abs            largest |torch - keras| over all elements, accumulated from the model's input
    index              where it stands, in Keras's layout
    rel                the L2 norm of the difference over the L2 norm of Keras's values
    ulp                max_abs in units of the spacing of floats at the value it was found at
    noise              the measured rounding noise of the layer, in the units of max_abs
    noise_ratio        max_abs over it
    isolated_max_abs   as max_abs, with the Keras layer's own input fed to the torch layer
    isolated_ratio     isolated_max_abs over its own measured noise
    keras_where        the line that built the layer, "my/net.py:38"; "" where that is not known
    torch_where        the line of the port that called the step
    """

    keras: str
    torch: str
    verdict: Verdict
    keras_shape: tuple[int, ...] | None = None
    torch_shape: tuple[int, ...] | None = None
    max_abs: float | None = None
    index: tuple[int, ...] | None = None
    rel: float | None = None
    ulp: float | None = None
    noise_ratio: float | None = None
    isolated_max_abs: float | None = None
    isolated_ratio: float | None = None
    note: str = ""
    keras_where: str = ""
    torch_where: str = ""
    noise: float | None = None


@dataclass(frozen=True)
class GateResult:
    """What one gate found. `dtype` is "" for a gate that looks at no values."""

    name: str
    verdict: Verdict
    layers: tuple[LayerCheck, ...] = ()
    dtype: str = ""
    note: str = ""

    @property
    def first_divergence(self) -> LayerCheck | None:
        return next((layer for layer in self.layers if layer.verdict == "differ"), None)


@dataclass(frozen=True)
class Cause:
    """A cause that was shown by intervention."""

    cause: str  # a key of parity.diagnose.causes.CAUSES
    about: str  # what it is, in general
    says: str  # what this port does
    fix: str  # the line of PyTorch that mends it
    entry: str  # of the catalogue of differences; "" for a plain slip
    removed: float  # the share of the difference that goes away with it
    # The activation that it is about, by Keras's name; what the port takes and what Keras does.
    subject: str = ""
    where: str = ""  # the line of the port that it is about; "" where that is not known


@dataclass(frozen=True)
class Tried:
    """A hypothesis, and the largest difference that is left under it."""

    cause: str
    says: str
    left: float


@dataclass(frozen=True)
class Finding:
    """Why a layer differs: its causes, one after the other; none, where nothing explains it."""

    keras: str
    torch: str
    gate: str
    causes: tuple[Cause, ...]
    before: float  # the largest difference, float64
    after: float  # with all causes mended
    tried: tuple[Tried, ...] = ()
    unfinished: str = ""  # why not all was tried
    keras_where: str = ""  # as of a LayerCheck
    torch_where: str = ""


@dataclass(frozen=True)
class Report:
    """All gates of one pair, why they differ, and what it takes to run them again.

    mended: does the port return what Keras does, with all causes mended? None where that was not
    tried. remains: where it does not, what is left, and at which layer. changes: what of the
    causes is done otherwise in the port as it runs, by the names of its steps; in_training: what
    is, further, in training mode; whole: the classes that are a step each; inputs: where the port
    takes which, in their order. passes: what the two
    models do, layer by layer, and where weights went.
    """

    pair: str
    gates: tuple[GateResult, ...]
    provenance: dict[str, Any]
    diagnosis: tuple[Finding, ...] = ()
    mended: bool | None = None
    remains: str = ""
    changes: "tuple[Change, ...]" = field(default=(), repr=False)
    in_training: "tuple[Change, ...]" = field(default=(), repr=False)
    whole: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    passes: Passes = field(default=Passes(), repr=False)

    @property
    def verdict(self) -> Verdict:
        """Differ, else incomplete, else pass. Without any gate, or with one not run: no pass.

        What both models return decides over structure, weights and layers: if it differs, so does
        the pair, provided that all weights were moved, or that a cause was proven; if not, the
        pair passes where all weights are accounted for.
        """
        returned = [gate.verdict for gate in self.gates if gate.name == "output"]
        if not self.gates or not returned:
            return worst(gate.verdict for gate in self.gates) if self.gates else "incomplete"
        decided = worst(returned)
        if self._unplaced(explained=decided == "differ"):
            decided = "incomplete"
        others = (g.verdict for g in self.gates if g.name not in (*EXPLAINING, "output"))
        return worst((decided, *others))

    def _unplaced(self, explained: bool) -> bool:
        """Is a weight left that has no place on the other side? One that the port holds another
        value of has a name on both. explained: but for those of a layer whose cause was proven."""
        lines = [
            line
            for gate in self.gates
            for line in gate.layers
            if gate.name == "weights" and line.verdict != "pass" and not (line.keras and line.torch)
        ]
        if not explained:
            return bool(lines)
        if self.mended:
            return False
        names = {
            name
            for finding in self.diagnosis
            if finding.causes
            for name in re.split(r" \+ |, | and ", f"{finding.keras} + {finding.torch}")
            if name
        }
        about = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?![\w])" for name in names))
        texts = (f"{line.keras} {line.torch} {line.note}" for line in lines)
        return any(not names or not about.search(text) for text in texts)

    @property
    def first_divergence(self) -> LayerCheck | None:
        """In weights that were held, else in values, else in structure: shapes tell least."""
        order = sorted(self.gates, key=lambda gate: gate.name == "structure")
        lines = [x for gate in order for x in gate.layers if x.verdict == "differ"]
        # A line on a weight that fits nowhere names no layer: one that does comes first.
        named = (line for line in lines if line.keras or line.torch)
        return next(named, lines[0] if lines else None)
