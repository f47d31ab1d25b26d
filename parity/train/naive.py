"""The naive translation beside the faithful one: what each unmatched convention costs.

The Keras model trains once; the port trains in step with it several times, from the same weights on
the same batches, each time with one convention of PyTorch's in place of Keras's.
"""

from collections.abc import Callable
from dataclasses import replace

from parity.mapping import ledger
from parity.mapping.plan import Plan, key
from parity.numerics import drift
from parity.records.comparison import Array, Dtype
from parity.records.training import Drift, Naive, Session
from parity.sides.process import AnyWorker, Sides
from parity.sides.training_verbs import Training, TrainingInTorch
from parity.sides.verbs import Models
from parity.train.lockstep import reported
from parity.train.session import start

Watch = Callable[[str], None]

# What is done otherwise -> the parts that the torch side replaces. "draws": its own generator.
VARIANTS: dict[str, tuple[str, ...]] = {
    "faithful": (),
    "torch's Adam, eps 1e-8": ("optimizer",),
    "torch's Adam, eps 1e-7": ("epsilon",),
    "textbook loss": ("loss",),
    "own dropout masks": ("draws",),
    "torch's initialisation": ("weights",),
    "all of these": ("optimizer", "loss", "draws", "weights"),
}


def run(
    plan: Plan,
    sides: Sides,
    raw: Array,
    labels: Array,
    shared: Session,
    dtype: Dtype,
    steps: int,
    watch: Watch = lambda variant: None,
) -> list[Naive]:
    """Train the Keras model once and the port in every variant that applies to this pair."""
    name = key(plan.pair, dtype)
    watch("Keras")
    start(plan, sides, dtype, raw, labels, shared)
    first = ledger.to_torch(plan.ledger, sides.keras.call(Models.weights, name))
    keras, losses = _train(sides.keras, name, steps)
    found = []
    for variant, parts in VARIANTS.items():
        if parts == ("draws",) and not shared.layers:
            continue
        watch(variant)
        sides.torch.call(Models.assign, name, first)
        own = replace(shared, layers=()) if "draws" in parts else shared
        sides.torch.call(Training.compile, name, own)
        sides.torch.call(TrainingInTorch.translate_naively, name, parts)
        torch, torch_losses = _train(sides.torch, name, steps)
        drifts = tuple(
            _drift(plan, step, keras[step], torch[step], losses[step], torch_losses[step])
            for step in reported(steps)
        )
        found.append(Naive(variant, drifts, torch_losses[steps], losses[steps]))
    return found


def _train(
    worker: AnyWorker, name: str, steps: int
) -> tuple[dict[int, dict[str, Array]], dict[int, float]]:
    """Weights and loss at every reported step."""
    weights: dict[int, dict[str, Array]] = {}
    losses: dict[int, float] = {}
    done = 0
    for step in reported(steps):
        block = worker.call(Training.advance, name, done + 1, step - done)
        weights[step], losses[step] = worker.call(Models.weights, name), float(block.losses[-1])
        done = step
    return weights, losses


def _drift(
    plan: Plan,
    step: int,
    keras: dict[str, Array],
    torch: dict[str, Array],
    loss: float,
    torch_loss: float,
) -> Drift:
    moved = ledger.to_keras(plan.ledger, torch)
    found = drift.between(step, {name: keras[name] for name in moved}, moved)
    return replace(found, loss=abs(torch_loss - loss))
