"""What the terminal shows of a check: the answer first, and no more than what matters."""

from dataclasses import replace

import pytest

from parity.checking.show import figures, gates
from parity.checking.show.console import Detail
from parity.records.comparison import GateResult, LayerCheck, Report, Tried
from tests.checking.show.reports import (
    AGREES,
    DIFFERS,
    HOSTILE,
    INHERITS,
    finding,
    of_layers,
    shown,
)

UNET = [*[AGREES] * 5, DIFFERS, *[INHERITS] * 30, DIFFERS]


def test_verdict_causes_and_fixes_come_before_gates_and_rows() -> None:
    text = shown(of_layers(UNET, finding("k5"), finding("k36", "1e-06")))
    marks = ("pair: differ: first at k5", "cause bn-epsilon", "eps=0.001",
             "with these changes the port agrees", "forward  ", "k5  ")  # fmt: skip
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_of_all_rows_the_first_that_differs_is_shown_with_its_neighbours() -> None:
    text = shown(of_layers(UNET, finding("k5")))
    rows = [line.split()[0] for line in text.splitlines() if line.strip().startswith("k")]
    assert rows == ["k4", "k5", "k6"], "once, for both float types"
    assert "34 more layers: 4 agreeing, 29 only handing the difference on" in text
    assert "1 differing by themselves, too" in text
    assert "inherited" not in text
    assert len(text.splitlines()) < 25


def test_a_gate_whose_layers_were_not_run_by_themselves_has_no_column_for_it() -> None:
    whole = replace(AGREES, isolated_max_abs=None, isolated_ratio=None)
    found = []
    for line in (AGREES, whole):
        gate = GateResult("forward", "pass", (line,), "float64")
        found.append([column.title for column in figures.table(gate, [[line]]).columns])
    assert found[0][-3:] == ["isolated", "x noise", ""]
    assert found[1] == [*found[0][:-3], ""]


def test_all_rows_are_there_where_they_are_asked_for() -> None:
    text = shown(of_layers(UNET), "all")
    assert all(text.count(f" k{n} ") >= 2 for n in range(len(UNET)))


def test_the_verdict_alone_is_a_line() -> None:
    assert shown(of_layers(UNET), "answer") == "pair: differ: first at k5\n"


def test_a_pass_shows_no_rows_and_says_what_was_not_checked() -> None:
    text = shown(of_layers([AGREES] * 3))
    assert "k1" not in text
    limits = text[text.index("not checked") :]
    assert "what both models return, which decides: check without --gate" in limits
    for word in ("training mode", "--train", "optimizer", "--loaded", "bfloat16", "2 samples"):
        assert word in limits
    assert "not checked" not in shown(of_layers(UNET))


@pytest.mark.parametrize(
    ("settings", "dtypes", "is_said"),
    [
        ({"loaded": True}, ("float64", "float32"), set()),
        ({"torch_weights": "a.pt"}, ("float64", "float32"), set()),
        ({}, ("float64",), {"--loaded", "float32: check without a dtype"}),
    ],
)
def test_what_was_asked_for_is_not_said_to_be_unchecked(
    settings: dict[str, object], dtypes: tuple[str, ...], is_said: set[str]
) -> None:
    every = [GateResult("lockstep", "pass", dtype=dtype) for dtype in dtypes]
    text = shown(Report("pair", tuple(every), {"settings": settings}))
    assert "--train" not in text, "lock-step trains"
    for words in ("--loaded", "float32: check without a dtype"):
        assert (words in text) is (words in is_said)


def test_what_is_missing_comes_first_and_once() -> None:
    line = LayerCheck("dense", "", "incomplete", note="no torch step answers this Keras layer")
    report = Report("pair", (GateResult("structure", "incomplete", (line,)),), {})
    text = shown(report)
    assert text.index("what is missing") < text.index("no torch step") < text.index("structure")
    assert text.count("no torch step") == 1
    assert "no torch step" in shown(report, "all")


def test_two_float_types_that_say_the_same_share_a_line() -> None:
    twins = [GateResult("loss", "pass", dtype=d, note="4 figures") for d in ("float64", "float32")]
    others = [GateResult("output", "pass", dtype=d, note=f"of {d}") for d in ("float64", "float32")]
    text = shown(Report("pair", (*twins, *others), {}))
    assert text.count("4 figures") == 1
    assert "of float64" in text
    assert "of float32" in text


def test_of_a_long_model_what_tells_nothing_is_folded() -> None:
    text = shown(of_layers([*[AGREES] * figures.LONG, DIFFERS, *[INHERITS] * 5]), "all")
    assert f"... {figures.LONG} layers" in text
    assert f"k{figures.LONG} " in text, "what differs by itself has its line"
    assert "... 5 layers" in text
    assert "inherited" not in text


def test_of_a_long_model_what_was_not_compared_is_folded() -> None:
    waiting = LayerCheck("", "", "incomplete", note="not compared")
    text = shown(of_layers([AGREES, *[waiting] * figures.LONG]), "all")
    assert f"... {figures.LONG} layers" in text


def test_a_search_that_was_cut_says_that_there_was_more() -> None:
    tried = (Tried("stride", "says", 1.0),)
    cut = replace(finding("a"), causes=(), tried=tried, unfinished="the budget was spent")
    assert "others were not tried: the budget was spent" in shown(of_layers([DIFFERS], cut))


def test_a_cause_of_several_layers_is_told_once() -> None:
    found = (finding("a"), finding("b", "1e-06"), finding("c"))
    text = shown(of_layers([DIFFERS], *found))
    assert text.count("epsilon is 1e-05") == 1
    assert "the same at 1 more: c" in text
    assert "epsilon is 1e-06" in text


def test_many_lines_of_words_are_cut_off() -> None:
    many = [replace(INHERITS, note=f"note {i}") for i in range(gates.NEWS + 3)]
    text = shown(of_layers(many), "all")
    assert f"note {gates.NEWS - 1}" in text
    assert f"note {gates.NEWS}" not in text
    assert "... and 3 more" in text


@pytest.mark.parametrize("detail", ["short", "all", "answer"])
def test_names_give_no_orders_to_the_terminal(detail: Detail) -> None:
    report = replace(of_layers([DIFFERS], finding(HOSTILE)), pair=HOSTILE)
    text = shown(report, detail)
    assert "a[/b]`|<i>" in text
    assert "\x1b" not in text
    assert "\x00" not in text


def test_weights_that_do_not_fit_are_told_before_what_may_come_of_them() -> None:
    failed = LayerCheck("", "", "differ", note="`a.weight`: is (3, 2), need (4, 2)")
    left = LayerCheck("", "", "incomplete", note="what is left can be placed by hand")
    layers = (replace(AGREES, verdict="incomplete", note="fed by what was not moved"),)
    gates = [
        GateResult("weights", "incomplete", (failed, left)),
        GateResult("forward", "incomplete", layers),
    ]
    text = shown(Report("pair", tuple(gates), {}))
    first, second = (text.index(note) for note in (failed.note, left.note))
    assert first < second
    assert text.count(failed.note) == 1


def test_what_is_special_of_a_layer_that_only_hands_on_is_a_note() -> None:
    special = "Keras's tensorflow backend computes this Dense in float32; " + INHERITS.note
    text = shown(of_layers([AGREES, DIFFERS, replace(INHERITS, note=special)], finding("k1")))
    assert f"note k2 against t2: {special}" in text
    assert f"differ k2 against t2: {special}" not in text
