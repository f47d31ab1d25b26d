"""The plot and the graph: where things stand."""

import math
from dataclasses import replace

import pytest

from parity.api import Report
from parity.checking.show.page import graph, lines, plot
from parity.numerics.noise import LIMIT
from parity.records.comparison import GateResult, LayerCheck
from parity.records.passes import INPUT, Row
from tests.checking.show.page import reports


def rows(*sources: tuple[int, ...], torch: tuple[tuple[int, ...], ...] = ()) -> list[Row]:
    return [
        Row((), (), ours, theirs) for ours, theirs in zip(sources, torch or sources, strict=True)
    ]


def test_a_chain_has_no_lines_beside_it() -> None:
    keras, torch = graph.sides(rows((INPUT,), (0,), (1,)), frozenset())
    assert keras.jumps == torch.jumps == ()
    assert keras.fed == {1, 2, 3}
    assert keras.lanes == 0


def test_lines_that_overlap_run_in_lanes_of_their_own() -> None:
    nested = rows((INPUT,), (0,), (1,), (2, 1), (3, 0), (4, 3))
    keras, _ = graph.sides(nested, frozenset())
    lanes = {(jump.start, jump.end): jump.lane for jump in keras.jumps}
    assert set(lanes) == {(2, 4), (1, 5), (4, 6)}
    assert lanes[2, 4] != lanes[1, 5]
    assert lanes[1, 5] != lanes[4, 6]


def test_more_lines_than_lanes_share_the_last_one() -> None:
    dense = rows(*(tuple(range(INPUT, row)) for row in range(12)))
    keras, _ = graph.sides(dense, frozenset())
    assert keras.lanes == graph.LANES


def test_only_where_a_row_differs_a_line_is_marked_that_the_other_model_lacks() -> None:
    ours, theirs = ((INPUT,), (0,), (1, 0)), ((INPUT,), (0,), (1, INPUT))
    keras, torch = graph.sides(rows(*ours, torch=theirs), frozenset({3}))
    assert [jump.is_odd for jump in (*keras.jumps, *torch.jumps)] == [True, True]
    keras, torch = graph.sides(rows(*ours, torch=theirs), frozenset())
    assert not any(jump.is_odd for jump in (*keras.jumps, *torch.jumps))


def drawn(found: Report) -> plot.Plot:
    made = plot.of(lines.of(found))
    assert made is not None
    return made


def test_larger_differences_stand_higher_and_bands_reach_from_noise_to_limit() -> None:
    made = drawn(reports.faulty())
    wide, narrow = made.series
    assert (wide.dtype, narrow.dtype) == ("float64", "float32")
    before, after = (
        next(p.y for p in wide.points if p.number == number and not p.alone)
        for number in (reports.FAULT, reports.FAULT + 1)
    )
    assert after < before, "the page's y grows downwards"
    ticks = dict(made.ticks)
    low, high = min(ticks), max(ticks)
    decade = (ticks[low] - ticks[high]) / (high - low)
    start, height = map(float, (wide.band.split()[1].partition("h")[0],
                                wide.band.partition("V")[2].partition("h")[0]))  # fmt: skip
    assert start - height == pytest.approx(math.log10(LIMIT) * decade, abs=0.2)
    assert made.first == dict(made.places)[reports.FAULT + 1]


def test_equal_and_endless_values_stand_on_lines_of_their_own() -> None:
    found = reports.faulty()
    gate = found.gates[1]
    odd = replace(gate.layers[50], max_abs=float("inf"))
    gate = replace(gate, layers=(*gate.layers[:50], odd, *gate.layers[51:]))
    made = drawn(replace(found, gates=(found.gates[0], gate, *found.gates[2:])))
    assert made.has_zeros
    assert made.has_endless
    heights = {point.y for one in made.series for point in one.points}
    assert {plot.ZERO, plot.ENDLESS} <= heights
    assert all(plot.ENDLESS <= y <= plot.ZERO for y in heights)


def test_what_agrees_only_as_one_with_its_neighbours_is_not_drawn() -> None:
    found = reports.passing()
    gate = found.gates[0]
    inside = replace(gate.layers[2], max_abs=3.0, noise_ratio=1e15, note="compared as one with x")
    gate = replace(gate, layers=(*gate.layers[:2], inside, *gate.layers[3:]))
    made = drawn(replace(found, gates=(gate, *found.gates[1:])))
    assert 3 not in {point.number for point in made.series[0].points}
    assert 3 in {point.number for point in made.series[1].points}


def test_without_figures_there_is_no_plot() -> None:
    assert plot.of(lines.of(reports.incomplete())) is None


def test_two_hundred_layers_are_drawn() -> None:
    made = drawn(reports.faulty(rows=200))
    assert len(made.places) == 201
    assert all(plot.LEFT < x < plot.RIGHT for _, x in made.places)


def test_a_weight_that_differs_first_marks_its_layer() -> None:
    found = reports.passing()
    held = LayerCheck("w/kernel", "w.weight", "differ", max_abs=1.0, note="holds other values")
    row = found.passes.rows[2]
    node = replace(row.keras[0], weights=("w/kernel",))
    rows = (*found.passes.rows[:2], replace(row, keras=(node,)), *found.passes.rows[3:])
    gates = (GateResult("weights", "differ", (held,)), *found.gates)
    drawn_rows = lines.of(replace(found, gates=gates, passes=replace(found.passes, rows=rows)))
    assert [line.is_first for line in drawn_rows] == [False, False, True, False, False]
    assert "holds other values" in drawn_rows[2].notes
