"""Places for weights that no rule placed: guessed by shape, order and name."""

from collections.abc import Mapping
from itertools import islice

import numpy as np
import pytest

from parity.mapping import guesses
from parity.mapping.layout_moves import DENSE
from parity.records.comparison import Ledger, LedgerLine, Step, Trace, Variable
from parity.records.parts import Part

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
EMPTY = Trace((), {}, {}, ())


def ledger(keras: Shapes, torch: Shapes) -> Ledger:
    def left(shapes: Shapes, mark: str) -> tuple[Variable, ...]:
        return tuple(
            Variable(name, name.rpartition(mark)[2], shape) for name, shape in shapes.items()
        )

    return Ledger((), keras_left=left(keras, "/"), torch_left=left(torch, "."))


def first(keras: Shapes, torch: Shapes) -> dict[str, str]:
    """Keras's name -> torch's, of the first guess."""
    found = next(guesses.of(ledger(keras, torch), EMPTY, EMPTY))
    return {line.keras.name: line.torch.name for line in found.lines}


def test_shapes_tell_most() -> None:
    keras = {"d/kernel": (6, 5), "d/bias": (5,)}
    torch = {"0.bias": (5,), "0.weight": (5, 6)}
    assert first(keras, torch) == {"d/kernel": "0.weight", "d/bias": "0.bias"}


def test_names_tell_what_shapes_do_not() -> None:
    keras = {"n/gamma": (8,), "n/beta": (8,)}
    torch = {"n.bias": (8, 1), "n.weight": (8, 1)}
    assert first(keras, torch) == {"n/gamma": "n.weight", "n/beta": "n.bias"}


def test_order_tells_the_rest() -> None:
    keras = {"a/kernel": (4, 4), "b/kernel": (4, 4)}
    torch = {"x.weight": (4, 4), "y.weight": (4, 4)}
    assert first(keras, torch) == {"a/kernel": "x.weight", "b/kernel": "y.weight"}


@pytest.mark.parametrize(
    ("keras", "torch"),
    [((3, 2), (2, 3)), ((3, 3, 2, 4), (4, 2, 3, 3)), ((8,), (8, 1)), ((5, 2, 3), (3, 2, 5))],
)
def test_every_move_goes_there_and_back(keras: Shape, torch: Shape) -> None:
    (line, *_) = next(guesses.of(ledger({"k/w": keras}, {"t.w": torch}), EMPTY, EMPTY)).lines
    weight = np.random.default_rng(0).normal(size=keras)
    moved = line.move.to_torch(weight)
    assert moved.shape == torch
    assert np.array_equal(line.move.to_keras(moved), weight)


@pytest.mark.parametrize(
    ("keras", "torch"),
    [
        ({}, {"t.w": (3,)}),
        ({"k/w": (3,)}, {}),
        ({"k/w": (3,)}, {"t.w": (4,)}),
    ],
)
def test_nothing_is_guessed_where_shapes_allow_nothing(keras: Shapes, torch: Shapes) -> None:
    assert list(guesses.of(ledger(keras, torch), EMPTY, EMPTY)) == []


def test_what_the_port_has_too_few_of_is_left_vectors_first() -> None:
    """A bias that a port lacks is one of two: either may be."""
    keras = {"k/w": (3, 3), "k/v": (3, 3), "k/b": (3,), "k/c": (3,)}
    torch = {"t.w": (3, 3), "t.v": (3, 3), "t.b": (3,)}
    found = [[v.name for v in x.keras_left] for x in guesses.of(ledger(keras, torch), EMPTY, EMPTY)]
    assert {*map(tuple, found)} == {("k/b",), ("k/c",)}


def test_there_are_only_so_many_guesses() -> None:
    names = [f"w{n}" for n in range(20)]
    sides = {f"k/{n}": (3,) for n in names}, {f"t.{n}": (3,) for n in names}
    many = guesses.of(ledger(*sides), EMPTY, EMPTY)
    assert len(list(many)) == guesses.MOST + 1  # by names


def test_what_comes_out_by_chance_leaves_time_for_what_comes_out_rightly() -> None:
    """A rule gave one layer the place of three of the same size; the rest comes out, too."""
    columns = {"q": 4, "k": 2, "v": 2, "up": 8, "gate": 8}
    q, k, v, up, gate = ours = [
        Variable(f"{name}/kernel", "kernel", (8, size)) for name, size in columns.items()
    ]
    qkv, both = Variable("qkv.weight", "weight", (8, 8)), Variable("both.weight", "weight", (16, 8))
    keras = Trace((Step("all", "Own", (1, 8), variables=tuple(ours)),), {}, {}, tuple(ours))
    torch = Trace((Step("all", "Own", (1, 8), variables=(qkv, both)),), {}, {}, (qkv, both))
    begun = Ledger((LedgerLine(up, DENSE, qkv),), keras_left=(q, k, v, gate), torch_left=(both,))
    right = {x.name: qkv.name for x in (q, k, v)} | {x.name: both.name for x in (up, gate)}
    found = [
        {line.keras.name: line.torch.name for line in one.lines}
        for one in islice(guesses.of(begun, keras, torch), 2)
    ]
    assert found[1] == right


def test_the_search_ends_where_the_last_weight_fits_nowhere() -> None:
    """A kernel of which no move makes this matrix, behind twenty that fit in any order."""
    ours = {**{f"k/{n}": (3,) for n in range(20)}, "k/last": (2, 3, 4)}
    theirs = {**{f"t.{n}": (3,) for n in range(20)}, "t.last": (3, 8)}
    assert list(guesses.of(ledger(ours, theirs), EMPTY, EMPTY)) == []


def test_the_axes_of_a_weight_may_stand_in_any_order() -> None:
    assert first({"b/w": (4, 5, 3)}, {"b.weight": (3, 4, 5)}) == {"b/w": "b.weight"}
    left = ledger({"b/w": (4, 4, 4)}, {"b.weight": (4, 4, 4)})
    found = [next(iter(guess.lines)).move.name for guess in guesses.of(left, EMPTY, EMPTY)]
    turned = {"transpose(0, 2, 1)", "transpose(1, 0, 2)", "transpose(2, 0, 1)"}
    assert turned <= set(found)


def test_of_a_longer_table_the_last_rows_are_the_first_guess() -> None:
    tables = {"p/embeddings": (5, 3)}, {"p.weight": (7, 3)}
    rows = [found.lines[0].torch_part for found in guesses.of(ledger(*tables), EMPTY, EMPTY)]
    assert rows == [Part(0, 2, 7), Part(0, 0, 5), Part(0, 1, 6)]


def test_a_matrix_with_more_rows_is_no_longer_table() -> None:
    assert list(guesses.of(ledger({"d/kernel": (5, 3)}, {"d.weight": (7, 3)}), EMPTY, EMPTY)) == []


def test_what_nothing_depends_on_keeps_its_order() -> None:
    keras = {"a/kernel": (4, 4), "a/bias": (4,), "b/kernel": (4, 4), "b/bias": (4,)}
    torch = {"x.weight": (4, 4), "x.bias": (4,), "y.weight": (4, 4), "y.bias": (4,)}
    found = guesses.in_order(ledger(keras, torch))
    assert found is not None
    assert {line.keras.name: line.torch.name for line in found.lines} == dict(
        zip(keras, torch, strict=True)
    )
    assert {line.by for line in found.lines} == {guesses.IN_ORDER}
    assert guesses.in_order(ledger(keras, {"x.weight": (4, 4)})) is None
