"""What both models return in low precision on the draws of a check; Keras is asked once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from parity.checking import draws, keras_answers
from parity.checking.draws import Draw
from parity.checking.keras_answers import KerasAnswers
from parity.checking.options import Options
from parity.gates.low_precision import EPSILON, LowRun, is_number, judge
from parity.gates.returned_values import Run
from parity.mapping.plan import DTYPES, Inputs, Plan, key
from parity.records.answers import Answer
from parity.records.comparison import Dtype, LowPrecision
from parity.records.interventions import Change
from parity.sides.calls import TwoSides
from parity.sides.verbs import InTorch, Models

LARGE = 128.0  # times the ordinary values of an input: float16 ends where their squares are summed
MARGIN = 2.0  # that Keras's own numbers still have there, so that no rounding decides

OfKeras = tuple[Answer, Answer]  # the truth, and in low precision
Name = tuple[str, int | None]  # of a draw


@dataclass(frozen=True)
class LowRuns:
    """exact: what both models returned on the first draw in float64 and float32; answers: what
    Keras did on the others."""

    plan: Plan
    sides: TwoSides
    options: Options
    dtype: LowPrecision
    exact: Run
    answers: KerasAnswers
    _keras: dict[Name, OfKeras] = field(default_factory=dict)
    _shifted: dict[Name, tuple[Answer, ...]] = field(default_factory=dict)

    @property
    def best(self) -> Dtype:
        """The widest type in which both sides can be run."""
        return self.exact.dtypes()[0]

    @property
    def name(self) -> str:
        return key(self.plan.pair, "float32")

    def draws(self) -> Iterator[Draw]:
        """Those of the gate `output`; zeros, where an epsilon is all there is to divide by; and
        large inputs, as far as Keras's own numbers reach. The last two as far as the port can tell
        them in float32."""
        yield from draws.every(self.plan, self.sides, self.options)
        if not draws.is_scaled(self.plan, self.options):
            return
        zeros, large, larger = _further(self.plan)
        for draw in (zeros, large) if is_number(self._low(larger.keras)) else (zeros,):
            truth, low = self._of_keras(draw)
            exact = self.sides.torch.call(Models.answer, self.name, draw.torch, "float32")[0]
            found = judge(self.exact, [LowRun(draw.about, truth, (low,), exact)], self.dtype)
            if found.verdict == "pass":
                yield draw

    def on(self, draw: Draw, changes: Sequence[Change] = ()) -> LowRun | None:
        """None where the port cannot hold the draw's weights."""
        with draws.weights_of(draw, self.plan, self.sides) as is_held:
            if not is_held:
                return None
            truth, low = self._of_keras(draw)
            asked = self.name, draw.torch, self.dtype, changes
            torch = self.sides.torch.call(InTorch.low_answer, *asked)
        return LowRun(draw.about, truth, (low,), torch)

    def with_noise(self, run: LowRun, draw: Draw) -> LowRun:
        """With what Keras returns when the input is moved by a rounding."""
        name = draw.about, draw.weights
        if name not in self._shifted:
            given = _shifted(self.plan, draw, self.dtype)
            with draws.weights_of(draw, self.plan, self.sides):
                self._shifted[name] = tuple(map(self._low, given))
        return replace(run, keras=(*run.keras, *self._shifted[name]))

    def lost(self, draw: Draw) -> tuple[str, ...]:
        """The port's steps that make what is no number on a draw."""
        with draws.weights_of(draw, self.plan, self.sides):
            asked = self.name, draw.torch, self.dtype
            return self.sides.torch.call(InTorch.watch_low, *asked).lost

    def _of_keras(self, draw: Draw) -> OfKeras:
        name = draw.about, draw.weights
        if name not in self._keras:
            known = self.answers.known(draw)
            asked = self.name, draw.keras, self.best
            truth = known[self.best] if known else self.sides.keras.call(Models.answer, *asked)
            self._keras[name] = truth[0], self._low(draw.keras)
        return self._keras[name]

    def _low(self, inputs: Inputs) -> Answer:
        return self.sides.keras.call(Models.low_answer, self.name, inputs, self.dtype)


def foresee(plan: Plan, sides: TwoSides, options: Options, dtype: LowPrecision) -> None:
    """Ask Keras all that a check of a port in this low precision may come to ask."""
    further = _further(plan) if draws.is_scaled(plan, options) else ()
    ask, name = sides.keras.call, key(plan.pair, "float32")
    for draw in (*draws.every(plan, sides, options), *further):
        with draws.weights_of(draw, plan, sides):
            for wide in DTYPES:
                ask(Models.answer, name, draw.keras, wide)
            for given in (draw.keras, *_shifted(plan, draw, dtype)):
                ask(Models.low_answer, name, given, dtype)


def _further(plan: Plan) -> tuple[Draw, Draw, Draw]:
    """Zeros, large inputs, and such as are larger yet."""
    sizes = {"inputs of zeros": 0.0, "large inputs": LARGE, "larger inputs": LARGE * MARGIN}
    zeros, large, larger = (draws.scaled(plan, about, scale) for about, scale in sizes.items())
    return zeros, large, larger


def _shifted(plan: Plan, draw: Draw, dtype: LowPrecision) -> list[Inputs]:
    """The inputs moved by a rounding of this type."""
    return [
        keras_answers.rounded(plan, draw.keras, EPSILON[dtype] / 2, seed)
        for seed in range(keras_answers.SHIFTS)
    ]
