"""A trainable Embedding: what each occurrence of a row does, against Keras's optimizers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from parity import semantics
from parity.records.comparison import Array
from parity.sides.process import Sides
from tests.semantics.closeness import EXACT, assert_close
from tests.semantics.keras_answers import optimizers as keras_answers
from tests.semantics.steps import Options, make

SidesOn = Callable[[str], Sides]
ROWS, COLUMNS, STEPS = 9, 3, 6
CASES: list[tuple[str, Options]] = [
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.01}),
    ("AdamW", {}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("Adagrad", {}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Adafactor", {}),
    ("Adam", {"clipnorm": 0.3}),
    ("Adam", {"clipvalue": 0.1}),
    ("Adam", {"global_clipnorm": 0.3}),
    ("Adam", {"gradient_accumulation_steps": 2}),
]
NAMES = [f"{name}-{'-'.join(options) or 'plain'}" for name, options in CASES]


def lookups(dtype: str = "float64") -> tuple[Array, list[Array], list[Array]]:
    """A table; the rows of six batches, each of two lookups; and their gradients."""
    draw = np.random.default_rng(0)
    ids = [draw.integers(0, ROWS - 2, (2, 5)) for _ in range(STEPS)]
    upstream = [draw.standard_normal((2, 5, COLUMNS)).astype(dtype) for _ in range(STEPS)]
    return draw.standard_normal((ROWS, COLUMNS)).astype(dtype), ids, upstream


def walk(
    optimizer: torch.optim.Optimizer,
    table: torch.nn.Embedding,
    ids: list[Array],
    upstream: list[Array],
) -> list[Array]:
    path = []
    for each, gradient in zip(ids, upstream, strict=True):
        optimizer.zero_grad()
        rows = torch.stack([table(numbers) for numbers in torch.tensor(each)])
        (rows * torch.tensor(gradient)).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        path.append(table.weight.detach().numpy().copy())
    return path


def ours(name: str, options: Options, backend: str, gradients_of: str | None = None) -> list[Array]:
    weights, ids, upstream = lookups()
    optimizer, (weight,) = make(name, options, [weights], backend)
    table = semantics.Embedding(ROWS, COLUMNS, keras_backend=gradients_of or backend)
    table.weight = weight
    return walk(optimizer, table, ids, upstream)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_follows_keras_step_by_step(
    sides_on: SidesOn, backend: str, name: str, options: Options
) -> None:
    answer = sides_on(backend).keras.run(keras_answers.embedding_path, name, options, *lookups())
    narrow = backend != "tensorflow" and name == "Adafactor"  # whose means are of float32 there
    for one, other in zip(ours(name, options, backend), answer, strict=True):
        assert_close(one, other, 10 * EXACT, floor=5e-7 if narrow else EXACT)


def test_the_first_step_of_adam_is_longer_where_a_row_comes_twice() -> None:
    """By sqrt(2): the root of the sum of two squares, where torch takes that of the sum."""
    table = semantics.Embedding(2, 1, keras_backend="tensorflow")
    optimizer = semantics.Adam(table.parameters(), lr=0.01, epsilon=0.0, keras_backend="tensorflow")
    before = table.weight.detach().clone()
    table(torch.tensor([0, 1, 1])).sum().backward()
    optimizer.step()
    moved = (before - table.weight).detach().flatten().tolist()
    assert moved == pytest.approx([0.01, 0.01 * 2**0.5], rel=1e-4)


@pytest.mark.parametrize("name", ["Adam", "Adamax", "Adagrad", "RMSprop", "Adadelta", "Nadam"])
def test_a_dense_gradient_is_seen_to_differ(name: str) -> None:
    options: Options = {"learning_rate": 1.0} if name == "Adadelta" else {}
    whole = ours(name, options, "tensorflow", gradients_of="jax")[-1]
    assert np.abs(ours(name, options, "tensorflow")[-1] - whole).max() > 1e-4


def test_torch_merges_rows_of_two_lookups_that_lie_side_by_side() -> None:
    """If this fails, torch no longer does, and semantics.Embedding can be simpler."""
    table = torch.nn.Embedding(3, 2, sparse=True)
    ones = torch.ones(1, 2)
    ((table(torch.tensor([1])) * ones).sum() + (table(torch.tensor([1])) * ones).sum()).backward()
    assert table.weight.grad is not None
    assert len(table.weight.grad._values()) == 1
