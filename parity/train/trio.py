"""The three models of a lock-step run: the Keras model, its port, and a perturbed reference.

The reference is the Keras model itself with other weights, so that it is built and compiled once.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import numpy as np

from parity.mapping import ledger
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import drift, noise
from parity.numerics.noise import perturbed
from parity.records.comparison import Array, Dtype, Ledger
from parity.records.optimizers import GLOBAL, in_keras_terms, in_terms_of
from parity.records.training import Drift, Session, Steps
from parity.sides.calls import Side, TwoSides
from parity.sides.training_verbs import Training, TrainingInKeras
from parity.sides.verbs import Models, SteppingInKeras
from parity.train.session import start

Block = tuple[Steps, Steps, Steps]  # Keras's, the port's, the reference's
Weights = dict[str, Array]


@contextmanager
def as_reference(keras: Side[SteppingInKeras], name: str) -> Iterator[None]:
    """Within it, the Keras model is the perturbed reference."""
    keras.call(TrainingInKeras.swap, name)
    try:
        yield
    finally:
        keras.call(TrainingInKeras.swap, name)


class Trio:
    """The models under one key, on their sides. All answers are in Keras's names and layouts."""

    def __init__(
        self, plan: Plan, sides: TwoSides, dtype: Dtype, shared: Session, is_narrow: bool = False
    ) -> None:
        """is_narrow: Keras computes layers in float32 even in a float64 model, so that the
        reference is one ULP of float32 away."""
        self.is_narrow = is_narrow
        self.plan, self.sides, self.dtype, self.shared = plan, sides, dtype, shared
        self.name = key(plan.pair, dtype)
        self.loss_epsilon = 0.0

    def start(self, raw: Array, labels: Array) -> None:
        """Start all three from the same draw of weights, one ULP apart for the reference."""
        count = self.shared.batch_size
        self.loss_epsilon = self._loss_epsilon(raw[:count], labels[:count])
        start(self.plan, self.sides, self.dtype, raw, labels, self.shared)
        keras = self.sides.keras
        weights = keras.call(Models.weights, self.name)
        with self._as_reference():
            given = perturbed(weights, self.shared.seed, self.is_narrow)
            keras.call(Models.assign, self.name, given)

    def advance(self, first: int, count: int) -> Block:
        """Train all three, one at a time: two at once would share the cores, and take longer."""
        keras = self.sides.keras.call(Training.advance, self.name, first, count)
        torch = self.sides.torch.call(Training.advance, self.name, first, count)
        with self._as_reference():
            reference = self.sides.keras.call(Training.advance, self.name, first, count)
        return keras, torch, reference

    def mark(self) -> None:
        self._all(Training.mark)

    def restore(self) -> None:
        self._all(Training.restore)

    def _all(self, verb: Callable[[Training, str], None]) -> None:
        self.sides.both(verb, self.name)
        with self._as_reference():
            self.sides.keras.call(verb, self.name)

    def _as_reference(self) -> AbstractContextManager[None]:
        return as_reference(self.sides.keras, self.name)

    def weights(self) -> tuple[Weights, Weights]:
        """Keras's and the port's."""
        keras, torch = self.sides.both(Models.weights, self.name)
        moved = ledger.to_keras(self.plan.ledger, torch)
        return {name: keras[name] for name in moved}, moved

    def resynchronise(self, step: int) -> None:
        """Give the port Keras's weights and state, and the reference those one ULP away."""
        keras, slots = self.begin_port()
        with self._as_reference():
            given = perturbed(keras, step, self.is_narrow), slots
            self.sides.keras.call(Training.adopt, self.name, *given)

    def begin_port(self) -> tuple[Weights, drift.Slots]:
        """Give the port Keras's weights and state, which are returned."""
        keras = self.sides.keras.call(Models.weights, self.name)
        slots, torch = self.sides.both(Training.slots, self.name)
        names = in_terms_of(slots, torch)
        state = {theirs: self._to_torch(slots[role]) for role, theirs in names.items()}
        weights = ledger.to_torch(self.plan.ledger, keras)
        self.sides.torch.call(Training.adopt, self.name, weights, state)
        return keras, slots

    def drifts(self, step: int, block: Block | None) -> tuple[Drift, Drift]:
        """How far the port is from the Keras model after a step, and how far the reference is.

        The reference's is at least one rounding of the largest value.
        """
        keras, torch = self.weights()
        states = self.sides.both(Training.slots, self.name)
        with self._as_reference():
            every = self.sides.keras.call(Models.weights, self.name)
            state = self.sides.keras.call(Training.slots, self.name)
        reference = {name: every[name] for name in keras}
        slots, torch_slots, reference_slots = self._slots(*states, state)
        port = drift.between(step, keras, torch, slots, torch_slots)
        yardstick = drift.between(step, keras, reference, slots, reference_slots)
        loss = 0.0
        if block is not None:
            loss = float(np.abs(block[0].losses).max())
            port = _with_figures(port, block[0], block[1])
            yardstick = _with_figures(yardstick, block[0], block[2])
        floor = drift.rounding(step, keras, slots, loss, self.loss_epsilon)
        return port, drift.larger(yardstick, floor)

    def _loss_epsilon(self, raw: Array, labels: Array) -> float:
        """One rounding of the loss of a batch, as a share of it: what averaging costs Keras.

        The reference adds up in the same order as the model, so it shows nothing of that. Measured
        where it is largest: on a model that knows nothing yet, whose predictions are all alike.
        Equal numbers are rounded alike at every addition, and before 0.10.2 jax adds up in few rows
        on a CPU: a float32 mean of 100,000 equal losses is off by 400 roundings there.
        """
        keras, pair = self.sides.keras, self.plan.pair
        unsure = np.zeros((len(raw), *self.plan.keras.steps[-1].shape[1:]))
        found: list[Array] = []
        for dtype in DTYPES:
            name = key(pair, dtype)
            if pair.has_twin_files:
                given = name, unsure.astype(dtype), raw, labels
                loss = keras.call(TrainingInKeras.losses, *given)["loss"]
            else:
                keras.call(Training.compile, name, self.shared)  # wherever training has come to
                loss = keras.call(Training.whole_loss, name, raw, labels)
            found.append(np.array(loss, dtype))
        wide, narrow = found
        share = float(np.finfo("float32").eps)
        if wide:
            share = noise.level(narrow, wide) / abs(float(wide))
        # A float64 loss that Keras averages in float32 is rounded as in float32.
        is_narrow = keras.call(TrainingInKeras.loss_leak, self.name)
        return noise.scaled(share, "float32" if is_narrow else self.dtype)

    def _slots(
        self, keras: drift.Slots, torch: drift.Slots, reference: drift.Slots
    ) -> tuple[drift.Slots, drift.Slots, drift.Slots]:
        moved = {
            role: self._to_keras(of)
            for role, of in in_keras_terms(torch).items()
            if GLOBAL not in of and role in keras
        }
        moved = {role: of for role, of in moved.items() if of and of.keys() <= keras[role].keys()}
        own = {role: {name: keras[role][name] for name in of} for role, of in moved.items()}
        return own, moved, {role: reference[role] for role in moved}

    def _to_keras(self, of: Weights) -> Weights:
        """Of what one of several optimizers moves."""
        return ledger.to_keras(self._given(of), of)

    def _to_torch(self, of: Weights) -> Weights:
        return of if GLOBAL in of else ledger.to_torch(self._given(of), of)

    def _given(self, of: Weights) -> Ledger:
        return ledger.of_given(ledger.trained(self.plan.ledger), of.keys())


def _with_figures(found: Drift, keras: Steps, other: Steps) -> Drift:
    """Add how far this block's losses and gradient norms are apart at most."""
    if len(keras.losses) != len(other.losses):
        return found
    return replace(
        found,
        loss=float(np.abs(keras.losses - other.losses).max()),
        norm=float(np.abs(keras.norms - other.norms).max()),
    )
