"""A text classifier with a trainable table, step by step with Keras's, under Adamax."""

import numpy as np
import torch
from torch import Tensor, nn

from parity import semantics
from parity.records.comparison import Array
from parity.sides.process import Sides
from tests.semantics.keras_answers import layers as keras_answers

WORDS, COLUMNS, UNITS, CLASSES = SIZES = (40, 5, 4, 3)
STEPS, SAMPLES, LENGTH = 8, 6, 7
GATES = [1, 0, 2]  # torch's reset, update, new; Keras has update first


class Classifier(nn.Module):
    def __init__(self, backend: str) -> None:
        super().__init__()
        self.table = semantics.Embedding(WORDS, COLUMNS, keras_backend=backend)
        self.forwards = semantics.GRU(COLUMNS, UNITS)
        self.backwards = semantics.GRU(COLUMNS, UNITS, go_backwards=True)
        self.fc = nn.Linear(2 * UNITS, CLASSES)

    def forward(self, words: Tensor) -> Tensor:
        """Logits."""
        rows, mask = self.table(words), words != 0
        both = [layer(rows, mask) for layer in (self.forwards, self.backwards)]
        found: Tensor = self.fc(torch.cat(both, dim=1))
        return found

    def take(self, weights: list[Array]) -> None:
        for parameter, value in zip(self.parameters(), in_torch(weights), strict=True):
            parameter.data.copy_(torch.tensor(value))


def in_torch(weights: list[Array]) -> list[Array]:
    """Keras's weights in the order and layout of the classifier's parameters."""
    table, *recurrent, kernel, bias = weights
    found = [table]
    for start in (0, 3):
        inward, state, biases = recurrent[start : start + 3]
        found += [of_gates(inward.T), of_gates(state.T), *map(of_gates, biases)]
    return [*found, kernel.T, bias]


def of_gates(values: Array) -> Array:
    return np.concatenate([np.split(values, 3)[gate] for gate in GATES])


def drawn() -> tuple[list[Array], Array, Array]:
    """Weights in Keras's order; sentences of common and rare words, padded; labels."""
    draw = np.random.default_rng(0)
    gates = 3 * UNITS
    recurrent = [(COLUMNS, gates), (UNITS, gates), (2, gates)]
    shapes = [(WORDS, COLUMNS), *recurrent, *recurrent, (2 * UNITS, CLASSES), (CLASSES,)]
    weights = [draw.normal(0, 0.3, shape) for shape in shapes]
    batches = np.minimum(draw.zipf(1.5, (STEPS, SAMPLES, LENGTH)), WORDS - 1)
    lengths = draw.integers(2, LENGTH + 1, (STEPS, SAMPLES, 1))
    batches[np.arange(LENGTH) >= lengths] = 0
    return weights, batches, draw.integers(0, CLASSES, (STEPS, SAMPLES))


def largest_drift(gradients_of: str, path: list[list[Array]]) -> float:
    """From Keras on tensorflow; gradients_of: the backend whose gradient the table has."""
    weights, batches, labels = drawn()
    model = Classifier(gradients_of).double()
    model.take(weights)
    optimizer = semantics.Adamax(model.parameters(), lr=0.01, keras_backend="tensorflow")
    loss = semantics.SparseCategoricalCrossentropy(activation="softmax", keras_backend="tensorflow")
    drift = 0.0
    for x, y, keras in zip(batches, labels, path, strict=True):
        optimizer.zero_grad()
        loss(model(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer.step()
        for parameter, value in zip(model.parameters(), in_torch(keras), strict=True):
            drift = max(drift, float(np.abs(parameter.detach().numpy() - value).max()))
    return drift


def test_it_stays_in_step(sides: Sides) -> None:
    """On jax Keras computes a GRU's tanh in float32, whatever the optimizer does."""
    path = sides.keras.run(keras_answers.text_training, SIZES, *drawn())
    assert largest_drift("tensorflow", path) < 1e-12
    assert largest_drift("jax", path) > 1e-3  # the dense gradient that nn.Embedding makes
