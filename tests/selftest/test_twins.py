"""Ports that are faithful agree with Keras, and each mistake of the bank makes a difference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.diagnose.causes import CAUSES
from parity.records.comparison import Array
from parity.selftest import weights
from parity.selftest.bank import BANK, Entry
from parity.selftest.draw import draw
from parity.selftest.mistakes import MISTAKES, TRAINING_MISTAKES
from parity.selftest.plant import plant
from parity.selftest.rounding import through_float32
from parity.selftest.spec import Spec
from parity.selftest.weight_mistakes import WEIGHT_MISTAKES, spoil
from parity.sides.process import Sides
from tests.selftest import answers

EXACT, FLOAT32 = 1e-10, 1e-5
SEEDS = st.integers(0, 100_000)


def distance(one: Array, other: Array) -> float:
    """The greatest difference, as a share of the greatest number; infinite for NaN."""
    assert one.shape == other.shape
    found = float(np.abs(one - other).max() / np.abs(other).max())
    return np.inf if np.isnan(found) else found


def ported(sides: Sides, port: Spec, keras: answers.Answer) -> Array | str:
    state = weights.move(port, keras.weights)
    found: Array | str = sides.torch.run(answers.torch, port, state, keras.inputs)
    return found


@settings(max_examples=12, derandomize=True, deadline=None)
@given(seed=SEEDS)
def test_a_faithful_port_of_any_architecture_agrees(sides: Sides, seed: int) -> None:
    spec = draw(seed)
    keras = sides.keras.run(answers.keras, spec)
    output = ported(sides, spec, keras)
    assert not isinstance(output, str), output
    assert distance(output, keras.output) < (FLOAT32 if through_float32(spec) else EXACT)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(seed=SEEDS, count=st.integers(1, 3))
def test_mistakes_are_planted_at_layers_of_their_own(seed: int, count: int) -> None:
    spec = draw(seed)
    port, planted = plant(spec, np.random.default_rng(seed), count)
    names = {node.name for node in spec.nodes}
    assert 1 <= len(planted) <= count  # as many as there is room for
    assert {each.node for each in planted} <= names
    assert len({each.node for each in planted}) == len(planted)
    assert {each.cause for each in planted} <= set(CAUSES)
    assert port != spec


def test_the_same_seed_draws_the_same() -> None:
    assert draw(7) == draw(7) != draw(8)
    one, other = (plant(draw(7), np.random.default_rng(1), 2) for _ in range(2))
    assert one == other


# An entry in five: the self-test runs them all, through the whole check.
@pytest.mark.parametrize(
    "entry",
    [each for each in BANK if each.gate in ("forward", "weights")][::5],
    ids=lambda entry: entry.id,
)
def test_a_mistake_of_the_bank_changes_the_output(sides: Sides, entry: Entry) -> None:
    keras = sides.keras.run(answers.keras, entry.spec)
    if entry.weights:
        moved = spoil(
            entry.spec, entry.layer, entry.weights, weights.move(entry.spec, keras.weights)
        )
        assert moved is not None
        output = sides.torch.run(answers.torch, entry.spec, moved, keras.inputs)
    else:
        output = ported(sides, entry.torch_spec, keras)
    assert not isinstance(output, str), output
    assert distance(output, keras.output) > FLOAT32


def test_the_bank_names_known_causes_and_its_own_layers() -> None:
    assert len({entry.id for entry in BANK}) == len(BANK)
    for entry in BANK:
        names = {node.name for node in entry.spec.nodes}
        assert {entry.layer, *entry.also} <= names, entry.id
        assert entry.row == CAUSES[entry.cause].entry, entry.id


def test_every_kind_of_mistake_is_in_the_bank() -> None:
    causes = {each.cause for each in (*MISTAKES.values(), *TRAINING_MISTAKES.values())}
    causes |= {each.cause for each in WEIGHT_MISTAKES.values()}
    assert causes <= {entry.cause for entry in BANK}
