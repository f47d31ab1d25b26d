"""Which axis of torch's is which of Keras's: by what layers do, by shapes, by measuring."""

import numpy as np
import pytest

from parity.mapping import activation_layouts
from parity.mapping.activation_layouts import fitting
from parity.mapping.flow import outside
from parity.mapping.layout_moves import AS_IT_IS, CHANNELS, HEADS_SECOND, TIME_FIRST
from parity.mapping.moved_values import Measure
from parity.records.comparison import Alignment, Array, Layout, Match, Step

Shape = tuple[int, ...]


def names(layouts: list[Layout]) -> list[str]:
    return [layout.name for layout in layouts]


def match(
    keras: str,
    ours: Shape,
    torch: str,
    theirs: Shape,
    takes: str = "",
    name: str = "a",
    **settings: object,
) -> Match:
    return Match(
        Step(name, keras, ours, inputs=(takes,)),
        (Step(f"{name}_t", torch, theirs, inputs=(takes,), settings=settings),),
    )


def cannot(match: Match, ours: Array, theirs: Array) -> tuple[Array, Array]:
    raise AssertionError("nothing is to be measured here")


def layouts(
    *matches: Match,
    first: Layout = CHANNELS,
    measure: Measure = cannot,
    shape: Shape = (),
) -> dict[str, str]:
    shapes = {"": shape} | {m.keras.name: m.keras.shape for m in matches}
    found = activation_layouts.relate(Alignment(matches), {"": first}, shapes, measure)
    return {m.keras.name: found[m.keras.name][0].name for m in matches}


@pytest.mark.parametrize(
    ("keras", "torch", "wanted"),
    [
        ((2, 5), (2, 5), [AS_IT_IS.name]),
        ((2, 8, 9, 3), (2, 3, 8, 9), [CHANNELS.name]),
        ((2, 7, 3), (7, 2, 3), [TIME_FIRST.name]),
        ((4, 4, 4), (4, 4, 4), [AS_IT_IS.name, CHANNELS.name, TIME_FIRST.name]),
        ((2, 6), (2, 6, 1), ["axes regrouped"]),
        ((2, 4, 6), (2, 24), ["axes regrouped"]),
        ((2, 5), (2, 6), []),
    ],
)
def test_shapes_tell_which_layouts_fit(keras: Shape, torch: Shape, wanted: list[str]) -> None:
    assert names(fitting(keras, torch)) == wanted


def test_a_convolution_has_its_channels_second_where_shapes_leave_a_choice() -> None:
    cube = (2, 4, 4, 4)
    assert layouts(match("Conv2D", cube, "Conv2d", cube), first=AS_IT_IS) == {"a": CHANNELS.name}


def test_a_linear_has_its_features_last() -> None:
    cube = (2, 4, 4)
    assert layouts(match("Dense", cube, "Linear", cube)) == {"a": AS_IT_IS.name}


def test_torch_s_attention_has_its_heads_second() -> None:
    attended = match("Einsum", (2, 7, 4, 8), "scaled_dot_product_attention", (2, 4, 7, 8))
    assert layouts(attended, first=AS_IT_IS) == {"a": HEADS_SECOND.name}


def test_an_activation_keeps_the_layout_that_comes_in() -> None:
    cube = (2, 4, 4, 4)
    found = layouts(
        match("Conv2D", cube, "Conv2d", cube),
        match("ReLU", cube, "relu", cube, "a", "b"),
        first=AS_IT_IS,
    )
    assert found["b"] == CHANNELS.name


def test_a_permutation_turns_the_layout() -> None:
    cube = (2, 4, 4, 4)
    found = layouts(match("Identity", cube, "permute", cube))
    assert found == {"a": AS_IT_IS.name}


def test_a_recurrent_layer_has_the_time_first_unless_it_is_told_otherwise() -> None:
    cube = (4, 4, 4)
    time_first = match("LSTM", cube, "LSTM", cube, batch_first=False)
    batch_first = match("LSTM", cube, "LSTM", cube, batch_first=True)
    assert layouts(time_first, first=AS_IT_IS) == {"a": TIME_FIRST.name}
    assert layouts(batch_first, first=AS_IT_IS) == {"a": AS_IT_IS.name}


def flattening(match: Match, ours: Array, theirs: Array) -> tuple[Array, Array]:
    return ours.reshape(len(ours), -1), theirs.reshape(len(theirs), -1)


def test_the_order_of_flat_features_is_measured() -> None:
    flat = match("Flatten", (2, 24), "flatten", (2, 24))
    found = activation_layouts.relate(
        Alignment((flat,)), {"": CHANNELS}, {"": (2, 2, 3, 4)}, flattening
    )
    (layout,) = found["a"]
    assert layout.name == "HWC -> CHW of 2x3x4"
    x = np.random.default_rng(0).normal(size=(2, 2, 3, 4))
    theirs = CHANNELS.to_torch(x).reshape(2, -1)
    assert np.array_equal(layout.to_keras(theirs), x.reshape(2, -1))


def test_the_order_is_measured_through_what_changes_each_value_by_itself() -> None:
    """A port may flatten in front of an activation."""
    step = Step("b", "ReLU", (2, 2, 3, 4), inputs=("",))
    flat = Step("a", "Flatten", (2, 24), inputs=("b",))
    torch = (
        Step("flatten_1", "flatten", (2, 24), inputs=("",)),
        Step("tanh_1", "tanh", (2, 24), inputs=("flatten_1",)),
    )

    def measure(match: Match, ours: Array, theirs: Array) -> tuple[Array, Array]:
        ours, theirs = flattening(match, ours, theirs)
        return np.maximum(ours, 0), np.tanh(theirs)

    found = activation_layouts.relate(
        Alignment((Match(flat, torch, (step, flat)),)), {"": CHANNELS}, {"": (2, 2, 3, 4)}, measure
    )
    assert names(found["a"]) == ["HWC -> CHW of 2x3x4"]


def test_features_that_are_joined_keep_their_orders() -> None:
    flat = match("Flatten", (2, 24), "flatten", (2, 24))
    both = Match(
        Step("c", "Concatenate", (2, 27), inputs=("a", ":1")),
        (Step("cat_1", "cat", (2, 27), inputs=("flatten_1", ":1")),),
    )
    shapes = {"": (2, 2, 3, 4), ":1": (2, 3), "a": (2, 24)}
    inputs = {"": CHANNELS, ":1": AS_IT_IS}
    found = activation_layouts.relate(Alignment((flat, both)), inputs, shapes, flattening)
    (layout,) = found["c"]
    image, more = np.random.default_rng(0).normal(size=(2, 2, 3, 4)), np.ones((2, 3))
    theirs = np.concatenate([CHANNELS.to_torch(image).reshape(2, -1), more], 1)
    assert np.array_equal(layout.to_keras(theirs), np.concatenate([image.reshape(2, -1), more], 1))


def test_a_port_that_flattens_as_keras_does_needs_no_order() -> None:
    flat = match("Flatten", (2, 24), "flatten", (2, 24))
    keras_order = lambda match, ours, theirs: (ours.reshape(2, -1), ours.reshape(2, -1))  # noqa: E731
    assert layouts(flat, measure=keras_order, shape=(2, 2, 3, 4)) == {"a": AS_IT_IS.name}


def test_what_does_not_mix_features_keeps_their_order() -> None:
    found = layouts(
        match("Flatten", (2, 24), "flatten", (2, 24)),
        match("Dropout", (2, 24), "Dropout", (2, 24), "a", "b"),
        measure=flattening,
        shape=(2, 2, 3, 4),
    )
    assert found["b"] == "HWC -> CHW of 2x3x4"


def test_flat_features_that_the_model_gives_are_compared_as_they_are() -> None:
    """Whoever uses the model reads them in Keras's order: another one is a difference."""
    flat = match("Flatten", (2, 24), "flatten", (2, 24))
    shapes = {"": (2, 2, 3, 4), "a": (2, 24)}
    found = activation_layouts.relate(Alignment((flat,)), {"": CHANNELS}, shapes, cannot, {"a"})
    assert names(found["a"])[0] == AS_IT_IS.name


def test_what_steps_take_from_elsewhere_is_named_once() -> None:
    inside = Step("b", "relu", (2, 3), inputs=("a",))
    steps = (inside, Step("c", "add", (2, 3), inputs=("b", "a", "lstm:1", "")))
    assert outside(steps) == ["a", "lstm:1", ""]


def test_values_of_a_shape_that_no_layout_fits_stay_as_they_are() -> None:
    order = Layout("order", lambda x: x[:, [2, 0, 1]], lambda x: x[:, [1, 2, 0]])
    assert activation_layouts.to_keras(order, np.zeros((2, 2))).shape == (2, 2)
    assert activation_layouts.to_torch(order, np.zeros((2, 2))).shape == (2, 2)
