"""Names win over order where layers of equal shape were matched crosswise."""

from parity.mapping import namesakes
from parity.mapping.layout_moves import COPY
from parity.records.comparison import LedgerLine, Variable


def line(keras: str, torch: str, size: int = 3, by: str = "") -> LedgerLine:
    ours = Variable(keras, keras.rpartition("/")[2], (size,))
    return LedgerLine(ours, COPY, Variable(torch, torch.rpartition(".")[2], (size,)), by=by)


def placed(*lines: LedgerLine) -> dict[str, str]:
    return {found.keras.name: found.torch.name for found in namesakes.uncrossed(lines)}


CROSSED = ("m/a/kernel", "n.b.weight"), ("m/a/bias", "n.b.bias"), ("m/b/kernel", "n.a.weight")
LAST = "m/b/bias", "n.a.bias"


def test_two_layers_each_with_the_others_namesake_are_exchanged() -> None:
    assert placed(*(line(*names) for names in (*CROSSED, LAST))) == {
        "m/a/kernel": "n.a.weight",
        "m/a/bias": "n.a.bias",
        "m/b/kernel": "n.b.weight",
        "m/b/bias": "n.b.bias",
    }


def test_others_stay_where_they_are() -> None:
    unlike = line(*LAST, size=4)  # shapes tell them apart
    by_hand = line(*LAST, by="mapped by hand")
    for last in (unlike, by_hand):
        lines = [*(line(*names) for names in CROSSED), last]
        assert placed(*lines) == {x.keras.name: x.torch.name for x in lines}
    one_sided = line("m/a/bias", "n.b.bias"), line("m/c/bias", "n.a.bias")
    assert placed(*one_sided) == {x.keras.name: x.torch.name for x in one_sided}


def test_layers_in_a_ring_those_of_a_list_and_cells() -> None:
    ring = line("m/f1/kernel", "f.2.w"), line("m/f2/kernel", "f.3.w"), line("m/f3/kernel", "f.1.w")
    assert placed(*ring) == {"m/f1/kernel": "f.1.w", "m/f2/kernel": "f.2.w", "m/f3/kernel": "f.3.w"}
    cells = line("m/a/lstm_cell/kernel", "b.w"), line("m/b/lstm_cell/kernel", "a.w")
    assert placed(*cells) == {"m/a/lstm_cell/kernel": "a.w", "m/b/lstm_cell/kernel": "b.w"}
    begun = line("m/f1/kernel", "f.0.w"), line("m/f2/kernel", "f.1.w")  # counted from zero
    assert placed(*begun) == {"m/f1/kernel": "f.0.w", "m/f2/kernel": "f.1.w"}


def test_weights_of_one_layer_and_those_of_several_blocks() -> None:
    own = line("m/a/scale", "a.shift"), line("m/a/shift", "a.scale")
    assert placed(*own) == {"m/a/scale": "a.scale", "m/a/shift": "a.shift"}
    blocks = [
        line(f"m/{n}/{ours}/kernel", f"{n}.{theirs}.w")
        for n in ("first", "second")
        for ours, theirs in (("q", "k"), ("k", "q"))
    ]
    assert placed(*blocks) == {
        f"m/{n}/{name}/kernel": f"{n}.{name}.w" for n in ("first", "second") for name in "qk"
    }


def test_any_two_layers_of_the_same_shapes_may_be_exchanged() -> None:
    lines = line("m/a/kernel", "a.w"), line("m/b/kernel", "b.w"), line("m/c/kernel", "c.w", size=4)
    (found,) = namesakes.exchanges(lines)
    assert [x.torch.name for x in found] == ["b.w", "a.w", "c.w"]
