"""Where weights go: moves that can be undone, orders of gates and heads, rows of a stack."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity.mapping.rules import Context, Places, find, moves, operations, registry, rule
from parity.mapping.rules.registry import RULES, Shape
from parity.records.comparison import Array, Move


def places(
    keras: str, torch: str, ours: Mapping[str, Shape], theirs: Mapping[str, Shape], **config: Any
) -> Places:
    found = find(keras, torch)
    assert found is not None
    return found.places(Context(keras, config, dict(ours), torch, dict(theirs)))


def numbered(*shape: int) -> Array:
    return np.arange(np.prod(shape)).reshape(shape)


def moved(found: Places, role: str, value: Array) -> Array:
    (line,) = (line for line in found.lines if line.keras == role)
    return line.move.to_torch(value)


@pytest.mark.parametrize(
    ("move", "shape", "there"),
    [
        (moves.kernel(1), (3, 2, 5), (5, 2, 3)),
        (moves.kernel(2), (3, 4, 2, 5), (5, 2, 3, 4)),
        (moves.kernel(3), (3, 4, 6, 2, 5), (5, 2, 3, 4, 6)),
        (moves.depthwise((3, 4, 2, 5)), (3, 4, 2, 5), (10, 1, 3, 4)),
        (moves.pointwise(2), (1, 1, 2, 5), (5, 2)),
        (moves.dense_as_convolution(1), (2, 5), (5, 2, 1)),
        (moves.matrix((2, 3, 4, 5), (2, 3), (0, 1)), (2, 3, 4, 5), (20, 6)),
        (moves.matrix((2, 3, 4), (2, 0), (1,)), (2, 3, 4), (8, 3)),
        (moves.reshaped((2, 3), (6,)), (2, 3), (6,)),
        (moves.per_feature((4, 5, 3), (3, 4, 5)), (4, 5, 3), (3, 4, 5)),
        (moves.per_feature((1, 1, 3), (3,)), (1, 1, 3), (3,)),
        (moves.gates((1, 0, 2), 2), (2, 12), (12, 2)),
        (moves.gates((1, 0, 2), 1), (12,), (12,)),
    ],
    ids=lambda value: value.name if isinstance(value, Move) else "",
)
def test_a_move_fits_and_its_inverse_undoes_it(move: Move, shape: Shape, there: Shape) -> None:
    value = numbered(*shape)
    out = move.to_torch(value)
    assert out.shape == there
    assert np.array_equal(move.to_keras(out), value)


def test_a_square_weight_of_a_sequence_stays_and_that_of_maps_turns() -> None:
    assert moves.per_feature((3, 3), (3, 3)).name == "as it is"
    assert moves.per_feature((3, 3, 3), (3, 3, 3)) is moves.CHANNELS_FIRST


def test_a_depthwise_kernel_keeps_the_multiples_of_a_channel_together() -> None:
    value = numbered(3, 4, 2, 5)
    out = moves.depthwise(value.shape).to_torch(value)
    assert np.array_equal(out[1 * 5 + 3, 0], value[:, :, 1, 3])


def test_a_gru_has_its_first_two_gates_swapped_in_kernels_and_both_biases() -> None:
    found = places(
        "GRU",
        "GRU",
        {"gru_cell/kernel": (3, 6), "gru_cell/recurrent_kernel": (2, 6), "gru_cell/bias": (2, 6)},
        dict.fromkeys(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), ()),
    )
    kernel = numbered(3, 6)
    z, r, h = np.split(kernel, 3, axis=1)
    assert np.array_equal(moved(found, "gru_cell/kernel", kernel), np.hstack([r, z, h]).T)
    biases = {line.keras_at: line for line in found.lines if line.keras == "gru_cell/bias"}
    assert {at: line.torch for at, line in biases.items()} == {0: "bias_ih_l0", 1: "bias_hh_l0"}
    assert biases[1].move.to_torch(numbered(6)).tolist() == [2, 3, 0, 1, 4, 5]
    assert found.zero == ()


def test_an_lstm_s_second_bias_is_zero() -> None:
    ours = {"lstm_cell/kernel": (3, 8), "lstm_cell/recurrent_kernel": (2, 8)}
    theirs: dict[str, Shape] = {"weight_ih_l0": (8, 3), "weight_hh_l0": (8, 2)}
    with_bias = places(
        "LSTM",
        "LSTM",
        ours | {"lstm_cell/bias": (8,)},
        theirs | {"bias_ih_l0": (8,), "bias_hh_l0": (8,)},
    )
    assert with_bias.zero == ("bias_hh_l0",)
    assert [line.torch for line in with_bias.lines] == [
        "weight_ih_l0",
        "weight_hh_l0",
        "bias_ih_l0",
    ]
    assert np.array_equal(moved(with_bias, "lstm_cell/kernel", numbered(3, 8)), numbered(3, 8).T)
    assert places("LSTM", "LSTM", ours, theirs).zero == ()


def test_directions_and_stacked_layers_are_matched_by_order() -> None:
    ours = {
        f"{way}_enc/simple_rnn_cell/{part}": shape
        for way in ("forward", "backward")
        for part, shape in (("kernel", (3, 2)), ("recurrent_kernel", (2, 2)))
    }
    one = {f"weight_{part}_l0{way}": () for way in ("", "_reverse") for part in ("ih", "hh")}
    two = {f"{step}.weight_{part}_l0": () for step in (0, 1) for part in ("ih", "hh")}
    for theirs in (one, two):
        found = places("Bidirectional", "RNN", ours, theirs)
        assert [line.keras for line in found.lines] == list(ours)
        assert [line.torch for line in found.lines] == list(theirs)


PARTS = ("query", "key", "value", "attention_output")
HEADS: dict[str, Shape] = {
    **{f"{part}/kernel": (6, 2, 3) for part in PARTS[:3]},
    **{f"{part}/bias": (2, 3) for part in PARTS[:3]},
    "attention_output/kernel": (2, 3, 6),
    "attention_output/bias": (6,),
}


def test_attention_is_stacked_in_rows_of_one_weight() -> None:
    theirs: dict[str, Shape] = {
        "in_proj_weight": (18, 6),
        "in_proj_bias": (18,),
        "out_proj.weight": (6, 6),
        "out_proj.bias": (6,),
    }
    found = places("MultiHeadAttention", "MultiheadAttention", HEADS, theirs)
    assert {line.keras: (line.torch, line.torch_rows) for line in found.lines} == {
        "query/kernel": ("in_proj_weight", (0, 6)),
        "query/bias": ("in_proj_bias", (0, 6)),
        "key/kernel": ("in_proj_weight", (6, 12)),
        "key/bias": ("in_proj_bias", (6, 12)),
        "value/kernel": ("in_proj_weight", (12, 18)),
        "value/bias": ("in_proj_bias", (12, 18)),
        "attention_output/kernel": ("out_proj.weight", None),
        "attention_output/bias": ("out_proj.bias", None),
    }
    value = numbered(6, 2, 3)
    assert np.array_equal(moved(found, "query/kernel", value), value.reshape(6, 6).T)


def test_attention_of_other_sizes_or_of_linears() -> None:
    apart = dict.fromkeys(("q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias"), ())
    found = places("MultiHeadAttention", "MultiheadAttention", HEADS, apart)
    kernels = [line for line in found.lines if line.keras.endswith("kernel")]
    assert [line.torch for line in kernels[:3]] == list(apart)[:3]
    assert [line.torch_rows for line in kernels] == [None] * 4
    four = {f"{step}.{part}": () for step in range(4) for part in ("weight", "bias")}
    found = places("MultiHeadAttention", "Linear", HEADS, four)
    assert [line.torch for line in found.lines] == list(four)
    two = {f"{step}.{part}": () for step in range(2) for part in ("weight", "bias")}
    found = places("MultiHeadAttention", "Linear", HEADS, two)
    assert [line.torch_rows for line in found.lines[::2]] == [(0, 6), (6, 12), (12, 18), None]


def test_a_matrix_of_a_person_s_own_is_moved_as_its_shape_says() -> None:
    ours: dict[str, Shape] = {"kernel": (2, 3), "bias": (3,)}
    value = numbered(2, 3)
    as_keras = places("Dense", "matmul", ours, {"0.other": (2, 3), "1.other": (3,)})
    assert [line.torch for line in as_keras.lines] == ["0.other", "1.other"]
    assert moved(as_keras, "kernel", value).shape == (2, 3)
    as_torch = places("Dense", "matmul", ours, {"weight": (3, 2), "bias": (3,)})
    assert moved(as_torch, "kernel", value).shape == (3, 2)
    square = places("Dense", "matmul", {"kernel": (2, 2)}, {"weight": (2, 2)})
    assert np.array_equal(moved(square, "kernel", numbered(2, 2)), numbered(2, 2))


def test_a_dense_on_maps_may_be_a_convolution_and_the_other_way_round() -> None:
    dense = places("Dense", "Conv2d", {"kernel": (2, 3)}, {"weight": (3, 2, 1, 1)})
    assert moved(dense, "kernel", numbered(2, 3)).shape == (3, 2, 1, 1)
    conv = places("Conv2D", "Linear", {"kernel": (1, 1, 2, 3)}, {"weight": (3, 2)})
    assert moved(conv, "kernel", numbered(1, 1, 2, 3)).shape == (3, 2)


@pytest.mark.parametrize(
    ("equation", "kernel", "bias", "there"),
    [
        ("abc,cd->abd", (3, 4), (4,), (4, 3)),
        ("...x,xy->...y", (3, 4), None, (4, 3)),
        ("abcd,cdef->abef", (3, 2, 4, 5), (4, 5), (20, 6)),
        ("abc,dec->abde", (4, 5, 3), (4, 5), (20, 3)),
        ("abc,bcd->abd", (2, 3, 4), None, (2, 3, 4)),  # b runs over both: no Linear does that
    ],
)
def test_an_einsum_dense_is_a_linear_over_flat_features(
    equation: str, kernel: Shape, bias: Shape | None, there: Shape
) -> None:
    ours = {"kernel": kernel} | ({"bias": bias} if bias else {})
    found = places("EinsumDense", "Linear", ours, {"weight": (), "bias": ()}, equation=equation)
    out = moved(found, "kernel", numbered(*kernel))
    assert out.shape == there
    if bias:
        assert moved(found, "bias", numbered(*bias)).shape == there[:1]


def test_an_einsum_s_features_are_counted_in_the_order_of_input_and_output() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 4)), rng.normal(size=(5, 4, 3, 6))
    found = places(
        "EinsumDense", "Linear", {"kernel": w.shape}, {"weight": ()}, equation="abc,dcbe->aed"
    )
    expected = np.einsum("abc,dcbe->aed", x, w).reshape(2, -1)
    assert np.allclose(x.reshape(2, -1) @ moved(found, "kernel", w).T, expected)


@pytest.mark.parametrize(
    ("kind", "keras", "torch", "is_turned"),
    [
        ("Dense", "", "btd,ed->bte", True),
        ("Dense", "", "ed,...d->...e", True),
        ("Dense", "", "btd,de->bte", False),
        ("EinsumDense", "abc,cd->abd", "btd,ed->bte", True),
        ("EinsumDense", "abc,dc->abd", "btd,ed->bte", False),
        ("EinsumDense", "abc,dc->abd", "btd,de->bte", True),
    ],
)
def test_of_a_square_matrix_the_equation_tells_how_it_stands(
    kind: str, keras: str, torch: str, is_turned: bool
) -> None:
    rule = find(kind, "einsum")
    assert rule is not None
    shapes: tuple[dict[str, Shape], dict[str, Shape]] = {"kernel": (3, 3)}, {"weight": (3, 3)}
    context = Context(kind, {"equation": keras}, shapes[0], "einsum", shapes[1])
    found = rule.places(replace(context, settings={"equation": torch}))
    w = numbered(3, 3)
    assert np.array_equal(moved(found, "kernel", w), w.T if is_turned else w)


@pytest.mark.parametrize(
    ("shape", "there", "axes"),
    [
        ((3, 2, 5), (5, 2, 1, 3), (2, 1, 0)),  # a sequence as an image of one row
        ((1, 3, 2, 5), (5, 2, 3), (3, 2, 0, 1)),
        ((3, 2, 5), (5, 1, 3, 2), (2, 0, 1)),  # features as columns
        ((3, 2, 5), (5, 1, 2, 3), (2, 1, 0)),  # as rows
        ((3, 4, 1, 5), (5, 4, 3), (3, 1, 0, 2)),  # columns as features
        ((3, 2, 5), (5, 3, 2), (2, 1, 0)),  # it does not fit
    ],
)
def test_a_convolution_may_have_another_rank(
    shape: Shape, there: Shape, axes: tuple[int, ...]
) -> None:
    found = places("Conv2D", "conv2d", {"kernel": shape}, {"weight": there})
    value = numbered(*shape)
    out = moved(found, "kernel", value)
    assert np.array_equal(out, value.transpose(axes).reshape(out.shape))
    assert (out.shape == there) == (there != (5, 3, 2))


def test_a_separable_convolution_is_two_steps() -> None:
    ours: dict[str, Shape] = {
        "depthwise_kernel": (3, 3, 2, 4),
        "pointwise_kernel": (1, 1, 8, 5),
        "bias": (5,),
    }
    theirs: dict[str, Shape] = {"0.weight": (8, 1, 3, 3), "1.weight": (5, 8, 1, 1), "1.bias": (5,)}
    found = places("SeparableConv2D", "Conv2d", ours, theirs)
    assert [line.torch for line in found.lines] == list(theirs)
    for line in found.lines:
        assert line.move.to_torch(numbered(*ours[line.keras])).shape == theirs[line.torch]


def test_a_normalisation_without_scale_or_center_leaves_torch_s_ones_and_zeros() -> None:
    theirs: dict[str, Shape] = dict.fromkeys(
        ("weight", "bias", "running_mean", "running_var"), (3,)
    )
    moving: dict[str, Shape] = {"moving_mean": (3,), "moving_variance": (3,)}
    unscaled = places("BatchNormalization", "BatchNorm2d", {"beta": (3,), **moving}, theirs)
    assert (unscaled.one, unscaled.zero) == (("weight",), ())
    own: dict[str, Shape] = {"weight": (3,), "bias": (3,)}
    uncentered = places("LayerNormalization", "LayerNorm", {"gamma": (3,)}, own)
    assert (uncentered.one, uncentered.zero) == ((), ("bias",))
    by_batch = places("LayerNormalization", "BatchNorm2d", {"gamma": (3,)}, theirs)
    assert (by_batch.one, by_batch.zero) == (("running_var",), ("bias", "running_mean"))
    plain = places("BatchNormalization", "BatchNorm2d", moving, theirs)
    assert (plain.one, plain.zero) == ((), ())
    assert [line.torch for line in plain.lines] == ["running_mean", "running_var"]


def test_prelu_has_a_slope_a_channel_or_one_for_each_place() -> None:
    shared = places("PReLU", "PReLU", {"alpha": (1, 1, 3)}, {"weight": (3,)})
    assert moved(shared, "alpha", numbered(1, 1, 3)).shape == (3,)
    own = places("PReLU", "mul", {"alpha": (4, 5, 3)}, {"other": (3, 4, 5)})
    assert own.lines[0].torch == "other"
    assert moved(own, "alpha", numbered(4, 5, 3)).shape == (3, 4, 5)


def test_what_is_not_known_has_no_rule() -> None:
    assert find("Mystery", "Linear") is None
    assert find("LSTM", "GRU") is None


def test_a_rule_of_a_person_s_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RULES", {kind: list(found) for kind, found in RULES.items()})

    @rule("Dense", torch=("Linear",), operation="own")
    def own(context: Context) -> Places:
        return Places()

    found = find("Dense", "Linear")
    assert found is not None
    assert found.places is own


def test_operations_have_one_name_on_both_sides() -> None:
    for keras, torch in (
        ("MaxPooling2D", "max_pool2d_with_indices"),
        ("GlobalAveragePooling1D", "mean"),
        ("Relu", "relu"),
        ("Reshape", "view"),
        ("SpatialDropout1D", "dropout1d"),
        ("Subtract", "rsub"),
    ):
        assert operations.KERAS[keras] == operations.TORCH[torch]
    assert operations.ACTIVATIONS["swish"] == operations.TORCH["SiLU"]
    known = set(operations.KERAS.values()) | set(operations.TORCH.values())
    assert {other for others in operations.ALSO.values() for other in others} <= known


TABLE = {"embeddings": (20, 6)}


@pytest.mark.parametrize(
    ("keras", "torch", "ours", "theirs", "placed"),
    [
        ("ReversibleEmbedding", "Embedding", TABLE, {"weight": (20, 6)}, "embeddings"),
        ("ReversibleEmbedding", "Linear", TABLE, {"weight": (20, 6)}, "embeddings"),
        (
            *("ReversibleEmbedding", "Linear"),
            TABLE | {"reverse_embeddings": (6, 20)},
            {"weight": (20, 6)},
            "reverse_embeddings",
        ),
        (
            *("PositionEmbedding", "Embedding"),
            {"position_embeddings": (7, 6)},
            {"weight": (7, 6)},
            "position_embeddings",
        ),
    ],
)
def test_tables_of_keras_hub_have_their_places(
    keras: str, torch: str, ours: dict[str, Shape], theirs: dict[str, Shape], placed: str
) -> None:
    found = places(keras, torch, ours, theirs)
    assert moved(found, placed, numbered(*ours[placed])).shape == theirs["weight"]
