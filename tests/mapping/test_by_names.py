"""All weights at once by what they are called: where orders cross, words and numbers tell."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from parity.mapping import by_names, longer_tables
from parity.mapping.layout_moves import COPY, DENSE
from parity.records.comparison import Ledger, LedgerLine, Trace, Variable

Shape = tuple[int, ...]
EMPTY = Trace((), {}, {}, ())
BLOCK = {
    "self_attention/query/kernel": (8, 2, 4),
    "self_attention/key/kernel": (8, 2, 4),
    "self_attention/attention_output/kernel": (2, 4, 8),
    "cross_attention/key/kernel": (8, 2, 4),
    "self_attention_layer_norm/gamma": (8,),
    "feedforward_layer_norm/beta": (8,),
}
AS_MADE = ("encoder_attn.k_proj", "self_attn.out_proj", "self_attn.k_proj", "self_attn.q_proj")


def variables(shapes: Mapping[str, Shape], mark: str) -> tuple[Variable, ...]:
    return tuple(Variable(name, name.rpartition(mark)[2], x) for name, x in shapes.items())


def left(keras: Mapping[str, Shape], torch: Mapping[str, Shape]) -> Ledger:
    return Ledger((), keras_left=variables(keras, "/"), torch_left=variables(torch, "."))


def passes(ledger: Ledger) -> tuple[Trace, Trace]:
    """Of which no step is known, but in what order variables were made."""
    ours = (*(x.keras for x in ledger.lines), *ledger.keras_left)
    theirs = (*(x.torch for x in ledger.lines), *ledger.torch_left)
    return replace(EMPTY, variables=ours), replace(EMPTY, variables=theirs)


def places(ledger: Ledger) -> dict[str, str]:
    (found, *_) = by_names.placed(ledger, *passes(ledger), "tried")
    return {line.keras.name: line.torch.name for line in found.lines}


def test_words_and_numbers_of_blocks_tell_what_stands_in_another_order() -> None:
    keras = {f"decoder_layer_{n}/{name}": shape for n in (1, 2) for name, shape in BLOCK.items()}
    torch: dict[str, Shape] = {}
    for n in (1, 0):  # counted from zero, the last one first
        block = f"t5.layers.{n}"  # a model's own number is none of a block's
        torch |= {f"{block}.{name}.weight": (8, 8) for name in AS_MADE}
        torch |= {f"{block}.ffn_norm.bias": (8,), f"{block}.self_attn_norm.weight": (8,)}
    found = places(left(keras, torch))
    for n in (1, 2):
        ours, theirs = f"decoder_layer_{n}", f"t5.layers.{n - 1}"
        assert {name: found[f"{ours}/{name}"] for name in BLOCK} == {
            "self_attention/query/kernel": f"{theirs}.self_attn.q_proj.weight",
            "self_attention/key/kernel": f"{theirs}.self_attn.k_proj.weight",
            "self_attention/attention_output/kernel": f"{theirs}.self_attn.out_proj.weight",
            "cross_attention/key/kernel": f"{theirs}.encoder_attn.k_proj.weight",
            "self_attention_layer_norm/gamma": f"{theirs}.self_attn_norm.weight",
            "feedforward_layer_norm/beta": f"{theirs}.ffn_norm.bias",
        }


def test_heads_are_folded_behind_what_goes_in_and_in_front_of_what_goes_out() -> None:
    keras = {"query/kernel": (8, 2, 4), "attention_output/kernel": (2, 4, 8)}
    ledger = left(keras, {"q.weight": (8, 8), "o.weight": (8, 8)})
    (found,) = by_names.placed(ledger, *passes(ledger), "tried")
    axes = [line.move.to_torch(kernel(line.keras.shape)).tolist() for line in found.lines]
    ours = [kernel(line.keras.shape).reshape(8, 8).T.tolist() for line in found.lines]
    assert axes == ours


def kernel(shape: Shape) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.arange(64).reshape(shape)


def test_what_a_person_has_mapped_stays() -> None:
    kernels = variables({"a/kernel": (4, 4), "b/kernel": (4, 4)}, "/")
    weights = variables({"a.weight": (4, 4), "b.weight": (4, 4)}, ".")
    mapped = LedgerLine(kernels[0], DENSE, weights[1], by="mapped by hand")
    ledger = Ledger((mapped,), keras_left=kernels[1:], torch_left=weights[:1])
    assert places(ledger) == {"a/kernel": "b.weight", "b/kernel": "a.weight"}


def test_nothing_is_tried_where_all_is_placed_so() -> None:
    (ours,), (theirs,) = variables({"a/kernel": (4, 4)}, "/"), variables({"a.w": (4, 4)}, ".")
    ledger = Ledger((LedgerLine(ours, COPY, theirs),))
    assert not [*by_names.placed(ledger, *passes(ledger), "tried")]


def test_a_longer_table_is_the_one_that_is_called_so() -> None:
    keras = {"encoder_position_embedding/embeddings": (6, 8)}
    torch = {"encoder.q_proj.weight": (8, 8), "encoder.embed_positions.weight": (8, 8)}
    (found, *_) = longer_tables.placed(left(keras, torch), "tried")
    assert [line.torch.name for line in found.lines] == ["encoder.embed_positions.weight"]
