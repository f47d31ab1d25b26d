"""Recurrent layers and attention: the first hypothesis that mends a planted mistake names it."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.diagnose import attention_masks
from parity.diagnose.hypothesis import Case
from parity.records.comparison import Step
from parity.records.interventions import Lent
from parity.semantics import recurrent as semantics
from tests.diagnose.cases import Layer, Planted, diagnosis, image, planted

torch.manual_seed(0)
X = image(4, 5, 3)  # (N, T, features)
PADDED = torch.cat([X, X.new_full((4, 2, 3), 0.25)], dim=1)
PADDED[0, 3:] = 0.25
MASK = (PADDED != 0.25).any(-1)


def of(kind: str, **settings: Any) -> Layer:
    shared = {"activation": "tanh", "return_sequences": False}
    gated = {} if kind == "SimpleRNN" else {"recurrent_activation": "sigmoid"}
    after = {"reset_after": True} if kind == "GRU" else {}
    return (kind, {**shared, **gated, **after, **settings})


def one_bias(layer: nn.RNNBase) -> nn.RNNBase:
    nn.init.zeros_(layer.get_parameter("bias_hh_l0"))
    return layer


def last(module: Any, x: Tensor) -> Tensor:
    return module.rnn(x)[0][:, -1]  # type: ignore[no-any-return]


def by_keras(kind: str, mask: Tensor | None = None, **settings: Any) -> Any:
    """The layer of parity.semantics with the port's weights."""

    def faithful(module: Any, x: Tensor) -> Tensor:
        own = getattr(semantics, kind)(3, 4, **settings).double()
        weights = dict(module.rnn.named_parameters())
        if "bias_hh_l0" not in dict(own.named_parameters()):
            weights.pop("bias_hh_l0")
        own.load_state_dict(weights)
        return own(x, mask)  # type: ignore[no-any-return]

    return faithful


def in_order(*order: int, **settings: Any) -> Any:
    """The port's weights are Keras's, whose gates stand in another order."""

    def faithful(module: Any, x: Tensor) -> Tensor:
        own = type(module.rnn)(3, 4, batch_first=True).double()
        for name, tensor in module.rnn.named_parameters():
            blocks = tensor.chunk(len(order))
            getattr(own, name).data.copy_(torch.cat([blocks[place] for place in order]))
        return own(x)[0][:, -1]  # type: ignore[no-any-return]

    return faithful


def one_by_one(*functions: str) -> Any:
    """The layers of a stack, each with its own function."""

    def faithful(module: Any, x: Tensor) -> Tensor:
        for number, function in enumerate(functions):
            own = nn.RNN(x.shape[-1], 4, batch_first=True, nonlinearity=function).double()
            for name, tensor in own.named_parameters():
                tensor.data.copy_(module.rnn.get_parameter(name.replace("l0", f"l{number}")))
            x = own(x)[0]
        return x[:, -1]

    return faithful


def sequences(
    cause: str,
    keras: Layer,
    port: Any,
    faithful: Any,
    layer: nn.Module,
    note: str = "",
    x: Tensor = X,
    mask: Tensor | None = None,
) -> Planted:
    values = {} if mask is None else {"mask": mask.numpy()}
    return planted(
        cause, keras, port, faithful, x, is_sequence=True, note=note, values=values, rnn=layer
    )


RECURRENT = [
    sequences(
        "gru-reset-after", of("GRU", reset_after=False), last, by_keras("GRU", reset_after=False),
        one_bias(nn.GRU(3, 4, batch_first=True)),
    ),
    sequences(
        "rnn-activations", of("LSTM", recurrent_activation="hard_sigmoid"), last,
        by_keras("LSTM", recurrent_activation="hard_sigmoid"),
        one_bias(nn.LSTM(3, 4, batch_first=True)),
    ),
    sequences(
        "rnn-activations", of("SimpleRNN", activation="relu"), last,
        by_keras("SimpleRNN", activation="relu"), one_bias(nn.RNN(3, 4, batch_first=True)),
        "simple",
    ),
    sequences(
        "rnn-layout", of("GRU"), last, by_keras("GRU"), nn.GRU(3, 4),
    ),
    sequences(
        "rnn-last-step", of("LSTM"), lambda m, x: m.rnn(x)[0][:, 0], by_keras("LSTM"),
        one_bias(nn.LSTM(3, 4, batch_first=True)),
    ),
    sequences(
        "rnn-last-step", of("LSTM"), lambda m, x: m.rnn(x)[0], by_keras("LSTM"),
        one_bias(nn.LSTM(3, 4, batch_first=True)), "all steps",
    ),
    sequences(
        "rnn-state", of("LSTM"), lambda m, x: m.rnn(x)[1][1][-1], by_keras("LSTM"),
        one_bias(nn.LSTM(3, 4, batch_first=True)), "of the cells",
    ),
    sequences(
        "rnn-state", of("GRU"), lambda m, x: m.rnn(x)[1][0], lambda m, x: m.rnn(x)[1][1],
        nn.GRU(3, 4, 2, batch_first=True), "of the first layer",
    ),
    sequences(
        "rnn-state",
        ("Bidirectional", {"layer": {"config": of("LSTM")[1]}, "merge_mode": "concat"}),
        lambda m, x: (lambda h: torch.cat([h[1], h[0]], 1))(m.rnn(x)[1][0]),
        lambda m, x: torch.cat(tuple(m.rnn(x)[1][0]), 1),
        nn.LSTM(3, 4, batch_first=True, bidirectional=True), "halves",
    ),
    sequences(
        "rnn-backwards", of("LSTM", go_backwards=True), last, by_keras("LSTM", go_backwards=True),
        one_bias(nn.LSTM(3, 4, batch_first=True)),
    ),
    sequences(
        "bidirectional-last",
        ("Bidirectional", {"layer": {"config": of("GRU")[1]}, "merge_mode": "concat"}),
        last, lambda m, x: torch.cat(tuple(m.rnn(x)[1]), 1),
        nn.GRU(3, 4, batch_first=True, bidirectional=True),
    ),
    sequences(
        "mask-zero", of("LSTM"), last, by_keras("LSTM", MASK),
        one_bias(nn.LSTM(3, 4, batch_first=True)), x=PADDED, mask=MASK,
    ),
    sequences("bias-doubled", of("LSTM"), last, by_keras("LSTM"), nn.LSTM(3, 4, batch_first=True)),
    sequences(
        "bias-doubled", of("GRU", reset_after=False), last, by_keras("GRU", reset_after=False),
        nn.GRU(3, 4, batch_first=True), "and reset_after",
    ),
    sequences("gate-order", of("GRU"), last, in_order(1, 0, 2), nn.GRU(3, 4, batch_first=True)),
    sequences(
        "gate-order", of("LSTM"), last, in_order(0, 1, 3, 2),
        one_bias(nn.LSTM(3, 4, batch_first=True)), "LSTM",
    ),
    planted(
        "mask-zero", ("GlobalAveragePooling1D", {}), lambda m, x: x.mean(1),
        lambda m, x: (x * MASK[..., None]).sum(1) / MASK.sum(1, keepdim=True),
        PADDED, is_sequence=True, note="mean", values={"mask": MASK.numpy()},
    ),
    planted(
        "rnn-activations",
        [(*of("SimpleRNN", activation="relu"), (4, 5, 4)), of("SimpleRNN")],
        last, one_by_one("relu", "tanh"), X, is_sequence=True, note="of one layer of a stack",
        rnn=nn.RNN(3, 4, 2, batch_first=True),
    ),
]  # fmt: skip

BLOCKED = torch.ones(5, 5, dtype=torch.bool).tril()
attend = F.scaled_dot_product_attention


def attention(cause: str, port: Any, faithful: Any, note: str = "", **settings: Any) -> Planted:
    keras = ("Attention", settings)
    inputs = (image(2, 5, 4), image(2, 5, 5)[..., :4], image(2, 5, 6)[..., :4])
    return planted(cause, keras, lambda m, *x: port(*x), lambda m, *x: faithful(*x), *inputs,
                   is_sequence=True, note=note)  # fmt: skip


def by_hand(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(1, 2) / 3.0).softmax(-1) @ v


def projected(module: Any, x: Tensor, how: tuple[str, ...]) -> Tensor:
    """Attention of one head in a port's own steps."""
    q, k, v = module.q(x), module.k(x), module.v(x)
    k, v = (v, k) if "exchanged" in how else (k, v)
    scores = q @ k.transpose(1, 2) / 2.0
    if "causal" in how:
        later = torch.ones(5, 5, dtype=torch.bool).triu(1)
        later = later.roll(1, 0) if "rolled" in how else later  # then no row is all blocked
        scores = scores.masked_fill(~later if "inverted" in how else later, -torch.inf)
    return scores.softmax(-1) @ v  # type: ignore[no-any-return]


def written_out(cause: str, port: tuple[str, ...], faithful: tuple[str, ...]) -> Planted:
    keras = ("MultiHeadAttention", {"key_dim": 4, "num_heads": 1})
    return planted(
        cause, keras, lambda m, x: projected(m, x, port), lambda m, x: projected(m, x, faithful),
        image(2, 5, 4), is_sequence=True, note="written out",
        q=nn.Linear(4, 4), k=nn.Linear(4, 4), v=nn.Linear(4, 4),
    )  # fmt: skip


ATTENTION = [
    attention(
        "mha-mask", lambda q, k, v: attend(q, k, v, attn_mask=~BLOCKED.roll(1, 0)),
        lambda q, k, v: attend(q, k, v, attn_mask=BLOCKED.roll(1, 0)),
    ),
    attention("mha-mask-missing", attend, lambda q, k, v: attend(q, k, v, is_causal=True)),
    attention(
        "mha-mask-extra", lambda q, k, v: attend(q, k, v, attn_mask=BLOCKED), attend,
    ),
    attention(
        "mha-mask-replaced", lambda q, k, v: attend(q, k, v, attn_mask=BLOCKED.roll(1, 1)),
        lambda q, k, v: attend(q, k, v, is_causal=True),
    ),
    attention("mha-order", attend, lambda q, k, v: attend(q, v, k)),
    attention("mha-scale", attend, lambda q, k, v: attend(q, k, v, scale=1.0), use_scale=False),
    attention(
        "mha-scale", by_hand, attend, "written out", key_dim=4,
    ),
    written_out("mha-mask-missing", (), ("causal",)),
    written_out("mha-mask-extra", ("causal",), ()),
    written_out("mha-mask", ("causal", "rolled", "inverted"), ("causal", "rolled")),
    written_out("mha-mask-replaced", ("causal", "rolled"), ("causal",)),
    written_out("mha-order", ("exchanged",), ()),
    planted(
        "mha-mask-missing", ("MultiHeadAttention", {"key_dim": 2, "num_heads": 2}),
        lambda m, x: m.mha(x, x, x, need_weights=False)[0],
        lambda m, x: m.mha(x, x, x, attn_mask=~BLOCKED)[0],
        image(2, 5, 4), is_sequence=True, note="a module",
        mha=nn.MultiheadAttention(4, 2, batch_first=True),
    ),
    planted(
        "mha-batch-first", ("MultiHeadAttention", {"key_dim": 2, "num_heads": 2}),
        lambda m, x: m.mha(x, x, x)[0],
        lambda m, x: m.mha(*[x.transpose(0, 1)] * 3)[0].transpose(0, 1),
        image(2, 5, 4), is_sequence=True, note="a module",
        mha=nn.MultiheadAttention(4, 2),
    ),
    planted(
        "mha-order", ("MultiHeadAttention", {"key_dim": 2, "num_heads": 2}),
        lambda m, q, k, v: m.mha(q, v, k)[0], lambda m, q, k, v: m.mha(q, k, v)[0],
        image(2, 5, 4), image(2, 5, 5)[..., :4], image(2, 5, 6)[..., :4],
        is_sequence=True, note="a module", mha=nn.MultiheadAttention(4, 2, batch_first=True),
    ),
]  # fmt: skip


FAITHFUL = [
    sequences("", of("LSTM"), last, last, one_bias(nn.LSTM(3, 4, batch_first=True)), "LSTM"),
    sequences("", of("GRU"), last, last, nn.GRU(3, 4, batch_first=True), "GRU"),
    sequences(
        "", of("SimpleRNN", activation="relu"), last, last,
        one_bias(nn.RNN(3, 4, nonlinearity="relu", batch_first=True)), "SimpleRNN",
    ),
    RECURRENT[7],
]  # fmt: skip


@pytest.mark.parametrize("one", [*RECURRENT, *ATTENTION], ids=str)
def test_a_planted_mistake_is_named(one: Planted) -> None:
    found = diagnosis(one)
    assert found is not None
    assert found.cause == one.cause


@pytest.mark.parametrize(
    ("masks", "says"),
    [
        ({}, "the port attends to padded steps"),
        ({"masks": ["key_padding_mask"]}, "the port's key_padding_mask masks otherwise"),
    ],
)
def test_a_port_that_masks_padded_keys_is_not_said_to_attend_to_them(
    masks: dict[str, Any], says: str
) -> None:
    layer = Step("a", "MultiHeadAttention", (4, 7, 3))
    step = Step("b", "MultiheadAttention", (4, 7, 3), settings={"num_heads": 1, **masks})
    values = {"mask": Lent("mask", MASK.numpy(), is_weight=False)}
    case = Case((layer,), (step,), layer.shape, layer.shape, (0, 1, 2), values)
    found = list(attention_masks.padded(case, step))  # padded steps attend to all, or to nothing
    assert len(found) == 2
    assert all(hypothesis.says.startswith(says) for hypothesis in found)
