"""What one side holds packed and the other apart."""

import numpy as np
import pytest

from parity.mapping import joins, ledger
from parity.mapping.joins import Bunch, Unit, Way
from parity.records.comparison import Array, Ledger, Trace, Variable
from parity.records.parts import Part

EMPTY = Trace((), {}, {}, ())
Shape = tuple[int, ...]


def unit(name: str, kernel: Shape, bias: Shape | None = None) -> Unit:
    mark = "/" if "/" in name else "."
    roles = ("kernel", "bias") if mark == "/" else ("weight", "bias")
    variables = [
        Variable(f"{name}{mark}{role}", role, shape)
        for role, shape in zip(roles, (kernel, bias), strict=True)
        if shape is not None
    ]
    return Unit(*variables)


def dense(name: str, rows: int = 8, columns: int = 4) -> Unit:
    return unit(name, (rows, columns), (columns,))


def linear(name: str, rows: int, columns: int = 8) -> Unit:
    return unit(name, (rows, columns), (rows,))


def values(units: tuple[Unit, ...]) -> dict[str, Array]:
    generator = np.random.default_rng(0)
    both = [v for one in units for v in (one.kernel, one.bias) if v is not None]
    return {v.name: generator.normal(size=v.shape) for v in both}


def test_layers_are_a_kernel_with_or_without_a_bias() -> None:
    shapes = {"m/a/kernel": (3, 2), "m/a/bias": (2,), "m/n/gamma": (2,), "m/n/beta": (2,)}
    found = [Variable(name, name.rpartition("/")[2], shape) for name, shape in shapes.items()]
    assert joins.units(EMPTY, found, "/") == [Unit(found[0], found[1])]


def test_a_multihead_attention_has_two_layers() -> None:
    shapes = {"a.in_proj_weight": (24, 8), "a.in_proj_bias": (24,), "a.out_proj.weight": (8, 8)}
    found = [Variable(name, name.rpartition(".")[2], shape) for name, shape in shapes.items()]
    assert [one.kernel.shape for one in joins.units(EMPTY, found, ".")] == [(24, 8), (8, 8)]


def test_both_sides_are_cut_where_as_much_has_gone_by() -> None:
    ours = [dense("k/q"), dense("k/k"), dense("k/v"), dense("k/o", 4, 8)]
    theirs = [linear("t.q", 4), linear("t.kv", 8), linear("t.o", 8, 4)]
    cut = joins.bunches(ours, theirs)
    assert [(len(one.keras), len(one.torch)) for one in cut] == [(1, 1), (2, 1), (1, 1)]
    assert joins.bunches(ours, theirs[:-1]) == []


BUNCHES = {
    "three Dense in a Linear": Bunch(
        (dense("k/q"), dense("k/k"), dense("k/v")), (linear("t.qkv", 12),)
    ),
    "heads in a Linear": Bunch(
        (unit("k/q", (8, 2, 2), (2, 2)), unit("k/k", (8, 2, 2), (2, 2))), (linear("t.qk", 8),)
    ),
    "two convolutions in one": Bunch(
        (unit("k/a", (3, 3, 2, 4), (4,)), unit("k/b", (3, 3, 2, 4), (4,))),
        (unit("t.c", (8, 2, 3, 3), (8,)),),
    ),
    "heads in a matrix as Keras has it": Bunch(
        (unit("k/q", (6, 2, 2), (2, 2)), unit("k/k", (6, 2, 2), (2, 2))),
        (unit("t.qk", (6, 8), (8,)),),
    ),
    "three Dense, stacked": Bunch(
        (dense("k/a", 4, 2), dense("k/b", 4, 2), dense("k/c", 4, 2)),
        (unit("t.abc", (3, 2, 4), (3, 2, 1)),),
    ),
    "three Dense, stacked as Keras has them": Bunch(
        (dense("k/a", 4, 2), dense("k/b", 4, 2), dense("k/c", 4, 2)),
        (unit("t.abc", (3, 4, 2), (3, 2)),),
    ),
    "one Dense in three Linears": Bunch(
        (dense("k/qkv", 8, 12),), (linear("t.q", 4), linear("t.k", 4), linear("t.v", 4))
    ),
    "one Dense in a sum of two Linears": Bunch(
        (dense("k/d", 7, 2),), (linear("t.a", 2, 4), unit("t.b", (2, 3)))
    ),
}


@pytest.mark.parametrize("bunch", BUNCHES.values(), ids=BUNCHES)
def test_every_way_goes_there_and_back(bunch: Bunch) -> None:
    weights = values(bunch.keras)
    count = 0
    for way in joins.ways(bunch):
        for lines in joins.lines(bunch, way):
            count += 1
            moved = ledger.to_torch(Ledger(lines), weights)
            back = ledger.to_keras(Ledger(lines), moved)
            assert all(np.array_equal(weights[name], back[name]) for name in weights)
    assert count > 1


def test_where_the_parts_stand() -> None:
    bunch = BUNCHES["three Dense in a Linear"]
    weights = values(bunch.keras)
    q, k, v = (weights[f"k/{name}/kernel"].T for name in "qkv")

    def packed(way: Way) -> Array:
        return ledger.to_torch(Ledger(next(joins.lines(bunch, way))), weights)["t.qkv.weight"]

    assert np.array_equal(packed(Way((0, 1, 2))), np.concatenate([q, k, v]))
    assert np.array_equal(packed(Way((2, 0, 1))), np.concatenate([v, q, k]))
    heads = [part[2 * n : 2 * n + 2] for n in range(2) for part in (q, k, v)]
    assert np.array_equal(packed(Way((0, 1, 2), 2)), np.concatenate(heads))


def test_kernels_of_other_ranks_are_packed_too() -> None:
    apart = unit("k/heads", (8, 2, 2)), unit("k/gate", (8, 4))
    (lines, *_) = joins.lines(Bunch(apart, (unit("t.both", (8, 8)),)), Way((0, 1)))
    assert [line.torch_part for line in lines] == [Part(0, 0, 4), Part(0, 4, 8)]


def test_stacked_matrices_have_a_bias_each() -> None:
    bunch = BUNCHES["three Dense, stacked"]
    weights = values(bunch.keras)
    moved = ledger.to_torch(Ledger(next(joins.lines(bunch, Way((0, 1, 2))))), weights)
    for place, name in enumerate("abc"):
        assert np.array_equal(moved["t.abc.weight"][place], weights[f"k/{name}/kernel"].T)
        assert np.array_equal(moved["t.abc.bias"][place, :, 0], weights[f"k/{name}/bias"])
    for bias in ((2, 3), (3, 3)):
        packed = unit("t.abc", (3, 2, 4), bias)
        assert list(joins.lines(Bunch(bunch.keras, (packed,)), Way((0, 1, 2)))) == []


def test_shapes_that_do_not_fit_make_no_lines() -> None:
    bunch = Bunch((dense("k/a", 8, 4), dense("k/b", 4, 8)), (linear("t.c", 8),))
    assert list(joins.lines(bunch, Way((0, 1)))) == []


def test_a_part_is_read_and_written() -> None:
    whole = np.arange(12).reshape(2, 6)
    part = Part(1, 1, 3, period=3)
    assert part.of(whole).tolist() == [[1, 2, 4, 5], [7, 8, 10, 11]]
    part.put(whole, np.zeros((2, 4), int))
    assert whole.tolist() == [[0, 0, 0, 3, 0, 0], [6, 0, 0, 9, 0, 0]]
    assert Part(0, 1, 2).of(whole).tolist() == [[6, 0, 0, 9, 0, 0]]
