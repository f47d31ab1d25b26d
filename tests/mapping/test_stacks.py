"""Recurrent layers of Keras that a port computes in one module."""

from parity.mapping import stacks
from parity.records.comparison import Match, Step, Trace, Variable


def recurrent(name: str, source: str, kind: str = "LSTM") -> Step:
    return Step(name, kind, (2, 6, 5), inputs=(source,))


def trace(*steps: Step) -> Trace:
    return Trace(steps, {}, {}, ())


STACK = Step("r", "LSTM", (2, 6, 5), "r", settings={"num_layers": 2})


def test_the_last_layer_stands_for_the_stack_whichever_was_answered() -> None:
    keras = trace(recurrent("a", ""), recurrent("b", "a"))
    for answered in ("a", "b"):
        found, inner = stacks.joined(keras, {answered: [STACK]})
        assert found == {"b": [STACK]}
        assert inner == {"a": "b"}


def test_a_dropout_may_stand_between() -> None:
    dropout = Step("drop", "Dropout", (2, 6, 5), inputs=("a",))
    keras = trace(recurrent("a", ""), dropout, recurrent("b", "drop"))
    assert stacks.joined(keras, {"b": [STACK]})[1] == {"a": "b"}


def test_layers_of_another_kind_or_with_answers_of_their_own_are_no_stack() -> None:
    mixed = trace(recurrent("a", "", "GRU"), recurrent("b", "a"))
    assert stacks.joined(mixed, {"b": [STACK]}) == ({"b": [STACK]}, {})
    own = {"a": [Step("s", "LSTM", (2, 6, 5))], "b": [STACK]}
    assert stacks.joined(trace(recurrent("a", ""), recurrent("b", "a")), own) == (own, {})


def test_each_layer_has_the_tensors_of_its_number() -> None:
    layers = recurrent("a", ""), recurrent("b", "a")
    match = Match(layers[1], (STACK,), layers)
    roles = ("weight_ih_l0", "weight_ih_l0_reverse", "weight_ih_l1", "bias_hh_l1")
    tensors = {role: Variable(f"r.{role}", role, (20, 5)) for role in roles}
    assert list(stacks.own(layers[0], match, tensors)) == ["weight_ih_l0", "weight_ih_l0_reverse"]
    assert list(stacks.own(layers[1], match, tensors)) == ["weight_ih_l1", "bias_hh_l1"]


def test_a_module_that_is_one_layer_keeps_all() -> None:
    layer = recurrent("a", "")
    tensors = {"weight_ih_l0": Variable("r.weight_ih_l0", "weight_ih_l0", (20, 5))}
    assert stacks.own(layer, Match(layer, (STACK,), (layer,)), tensors) == tensors
