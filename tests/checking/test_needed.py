"""Which causes are kept: those without which the port does not agree."""

from dataclasses import replace

from parity.checking import needed
from parity.checking.forward import Compared
from parity.diagnose.search import Explained, Proof
from parity.mapping.layout_moves import AS_IT_IS
from parity.records.comparison import Cause, Finding
from parity.records.interventions import Change


def explained(layer: str, *causes: str, before: float = 1.0) -> Explained:
    """Each cause is mended by a change of its own, at a step of its name."""
    proofs = tuple(
        Proof(Cause(name, "", f"{name} at {layer}", "", "", 1.0), (change(name, layer),))
        for name in causes
    )
    each = tuple(proof.cause for proof in proofs)
    return Explained((Finding(layer, "", "forward", each, before, 0.0),), AS_IT_IS, proofs)


def change(cause: str, layer: str) -> Change:
    return Change(f"{cause} at {layer}", "call", "identity")


def compared(**why: Explained) -> Compared:
    return Compared({}, why, {}, ())


def causes(found: Compared) -> list[tuple[str, str]]:
    return [
        (x.keras, y.cause) for why in found.why.values() for x in why.findings for y in x.causes
    ]


def agreeing(*names: tuple[str, str], broken_by: tuple[tuple[str, str], ...] = ()) -> needed.Agrees:
    """Does a port that takes these changes, and breaks at those."""
    wanted, wrong = {change(*name) for name in names}, {change(*name) for name in broken_by}
    return lambda changes: wanted <= {*changes} and wrong.isdisjoint(changes)


EPSILON, EXTRA = ("layernorm-epsilon", "a"), ("layer-extra", "b")


def test_what_is_not_needed_is_left_out() -> None:
    found = compared(a=explained("a", "layernorm-epsilon"), b=explained("b", "layer-extra"))
    assert causes(needed.needed(found, agreeing(EPSILON))) == [("a", "layernorm-epsilon")]


def test_of_one_kind_each_is_tried() -> None:
    found = compared(a=explained("a", "layernorm-epsilon"), b=explained("b", "layernorm-epsilon"))
    assert causes(needed.needed(found, agreeing(EPSILON))) == [("a", "layernorm-epsilon")]


def test_what_is_needed_stays() -> None:
    found = compared(a=explained("a", "layernorm-epsilon"), b=explained("b", "layer-extra"))
    assert causes(needed.needed(found, agreeing(EPSILON, EXTRA))) == causes(found)


def test_of_two_that_do_as_well_the_one_that_settings_tell_stays() -> None:
    found = compared(b=explained("b", "layer-extra"), a=explained("a", "layernorm-epsilon"))
    assert causes(needed.needed(found, bool)) == [("a", "layernorm-epsilon")]


def test_what_nothing_was_changed_for_is_left_out() -> None:
    unchanged = replace(explained("b", "axis-order"), proofs=())
    found = compared(a=explained("a", "layernorm-epsilon"), b=unchanged)
    assert causes(needed.mended(found)) == [("a", "layernorm-epsilon")]


def test_causes_that_break_the_port_are_left_out() -> None:
    found = compared(a=explained("a", "layernorm-epsilon"), b=explained("b", "layer-extra"))
    some = needed.sufficient(found, agreeing(EPSILON, broken_by=(EXTRA,)))
    assert some is not None
    assert causes(some) == [("a", "layernorm-epsilon")]


def test_those_of_rows_without_a_shape_to_compare_are_doubted_first() -> None:
    shapeless = explained("b", "dilation", before=float("inf"))
    found = compared(a=explained("a", "layer-extra"), b=shapeless)
    breaks = agreeing(("layer-extra", "a"), broken_by=(("dilation", "b"),))
    some = needed.sufficient(found, breaks)
    assert some is not None
    assert causes(some) == [("a", "layer-extra")]


def test_causes_of_one_doubted_kind_may_do_alone() -> None:
    kinds = ("feature-order", "layer-missing", "wiring")
    found = compared(**{kind[:1]: explained(kind[:1], kind) for kind in kinds})
    others = ("layer-missing", "l"), ("wiring", "w")
    some = needed.sufficient(found, agreeing(("feature-order", "f"), broken_by=others))
    assert some is not None
    assert causes(some) == [("f", "feature-order")]


def test_where_none_do_nothing_is_left_out() -> None:
    found = compared(a=explained("a", "layernorm-epsilon"), b=explained("b", "layer-extra"))
    assert needed.sufficient(found, lambda changes: False) is None
