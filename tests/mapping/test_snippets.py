"""What a person can paste to place what is left runs, and places it."""

from dataclasses import replace
from typing import Any

import numpy as np

import parity
from parity.mapping import overrides, snippets
from parity.mapping.rules import registry
from parity.mapping.rules.registry import Context
from parity.records.comparison import Ledger, Step, Trace, Variable

OWN = "my.nets.Normalised"


def kept(name: str, shape: tuple[int, ...], owner: str = "") -> Variable:
    mark = "." if owner else "/"
    return Variable(name, name.rpartition(mark)[2], shape, owner=owner)


def told(*ours: Variable, theirs: tuple[Variable, ...], is_unknown: bool = True) -> str:
    step = Step("own", "OwnLayer", (2, 8), variables=ours)
    unknown = (("own", "no rule"),) if is_unknown else ()
    ledger = Ledger((), keras_left=ours, torch_left=theirs, unknown=unknown)
    return snippets.of(ledger, Trace((step,), {}, {}, ours), Trace((), {}, {}, theirs))


def test_a_rule_for_a_layer_of_ones_own_runs_when_it_is_pasted() -> None:
    gamma, matrix = kept("m/own/gamma", (8,)), kept("m/own/matrix", (4, 8))
    theirs = kept("n.m", (8, 4), OWN), kept("n.gamma", (1, 8), OWN)
    text = told(gamma, matrix, theirs=theirs)
    try:
        exec(text, {})
        (rule,) = registry.RULES["OwnLayer"]
        context = Context("OwnLayer", {}, {"gamma": (8,), "matrix": (4, 8)}, "Normalised", {})
        places = {place.keras: place for place in rule.places(context).lines}
    finally:
        registry.RULES.pop("OwnLayer", None)
    assert rule.torch == ("Normalised",)
    assert places["gamma"].torch == "gamma"
    assert places["gamma"].move.to_torch(np.zeros(8)).shape == (1, 8)
    assert places["matrix"].torch == "m"
    assert places["matrix"].move.to_torch(np.zeros((4, 8))).shape == (8, 4)


def test_what_fits_nowhere_is_left_to_be_completed() -> None:
    text = told(kept("m/own/w", (3, 8)), theirs=(kept("n.w", (4, 6), OWN),))
    assert "# (3, 8), one of w (4, 6)" in text
    try:
        exec(text.replace('"..."', '"w"').replace("parity.COPY", MOVE), {})
        (place,) = registry.RULES["OwnLayer"][0].places(CONTEXT).lines
    finally:
        registry.RULES.pop("OwnLayer", None)
    assert (place.torch, place.move.to_torch(np.zeros((3, 8))).shape) == ("w", (4, 6))


MOVE = "parity.moves.reshaped((3, 8), (4, 6))"
CONTEXT = Context("OwnLayer", {}, {"w": (3, 8)}, "Normalised", {"w": (4, 6)})


def test_where_the_port_has_no_class_for_it_there_is_a_mapping() -> None:
    ours = kept("m/own/kernel", (4, 8)), kept("m/own/bias", (8,))
    linear = "torch.nn.modules.linear.Linear"
    theirs = kept("fc.weight", (8, 4), linear), kept("fc.bias", (8,), linear)
    found: dict[str, Any] = {}
    exec(told(*ours, theirs=theirs), found)
    weights = overrides.parse(found["mapping"]).weights
    assert weights["m/own/kernel"] == overrides.Weight("fc.weight", (1, 0))
    assert weights["m/own/bias"] == overrides.Weight("fc.bias")


def test_nothing_left_is_nothing_to_paste() -> None:
    assert told(theirs=(kept("n.w", (4,), OWN),)) == ""
    assert parity.rule is registry.rule


def test_of_a_longer_table_the_rows_are_left_to_be_completed() -> None:
    text = told(kept("m/w", (5, 3)), theirs=(kept("n.w", (7, 3), OWN),), is_unknown=False)
    wanted = "mapping = " + text.partition("mapping = ")[2].replace("[n, n + 5]", "[2, 2 + 5]")
    held: dict[str, Any] = {}
    exec(wanted, held)
    assert overrides.parse(held["mapping"]).weights == {"m/w": overrides.Weight("n.w", (), (2, 7))}


def test_layers_of_a_class_that_differ_in_sizes_alone_need_one_rule() -> None:
    ours = [kept(f"m/{name}/kernel", shape) for name, shape in (("a", (6, 8)), ("b", (8, 3)))]
    theirs = tuple(kept(f"{n}.weight", v.shape[::-1], OWN) for n, v in enumerate(ours))
    steps = [Step(f"own_{n}", "OwnLayer", (2, 8), variables=(v,)) for n, v in enumerate(ours)]
    unknown = tuple((step.name, "no rule") for step in steps)
    ledger = Ledger((), keras_left=(*ours,), torch_left=theirs, unknown=unknown)
    passes = Trace((*steps,), {}, {}, (*ours,)), Trace((), {}, {}, theirs)
    assert snippets.of(ledger, *passes).count("@parity.rule('OwnLayer'") == 1


def test_a_bias_that_torch_holds_twice_is_left_to_be_completed() -> None:
    cell = [("kernel", (3, 12)), ("recurrent_kernel", (4, 12)), ("bias", (2, 12))]
    ours = tuple(replace(kept(f"m/{n}", s), role=f"gru_cell/{n}") for n, s in cell)
    held = [("weight_ih", (12, 3)), ("weight_hh", (12, 4)), ("bias_ih", (12,)), ("bias_hh", (12,))]
    theirs = tuple(kept(f"r.{name}_l0", shape, "torch.nn.GRU") for name, shape in held)
    unseen = tuple(v.name for v in theirs)
    step = Step("gru", "GRU", (2, 4), variables=ours, settings={"reset_after": True})
    ledger = Ledger((), keras_left=ours, torch_left=theirs, uncalled=unseen)
    text = snippets.of(ledger, Trace((step,), {}, {}, ours), Trace((), {}, {}, theirs))
    assert '"m/bias": {"torch": "..."}' in text
