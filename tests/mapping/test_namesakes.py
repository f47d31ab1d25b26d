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
