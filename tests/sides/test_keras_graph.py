"""Any Keras model becomes one flat graph of layers and operations, however it is written."""

from typing import Any

import numpy as np
import pytest

from parity.errors import ModelError
from parity.sides.process import Sides

Steps = list[tuple[str, str, tuple[str, ...]]]  # name, class, what it takes


def graph(model: Any, inputs: Any) -> Any:
    """In the Keras worker."""
    import keras

    from parity.sides.keras_graph import Graph

    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    return Graph(model, inputs)


def steps(model: Any, inputs: Any) -> Steps:
    found = graph(model, inputs)
    return [(call.step.name, call.step.kind, call.step.inputs) for call in found.calls]


def zeros(*shape: int) -> Any:
    return np.zeros(shape, "float32")


def functional() -> Steps:
    from keras import Input, Model, layers

    x = Input((4,))
    y = layers.Dense(3, name="left")(x)
    z = layers.Add(name="sum")([layers.Dense(3, name="right")(x), y])
    return steps(Model(x, z), zeros(2, 4))


def test_a_functional_model_is_laid_out_in_the_order_of_its_data(sides: Sides) -> None:
    assert sides.keras.run(functional) == [
        ("right", "Dense", ("",)),
        ("left", "Dense", ("",)),
        ("sum", "Add", ("right", "left")),
    ]


def of_another_rank() -> Steps:
    from keras import Sequential, layers

    model = Sequential([layers.Input((6, 1)), layers.Dense(2, name="dense")])
    flat = Sequential([layers.Input((6,)), layers.Dense(2, name="dense")])
    return [*steps(model, zeros(2, 6)), *steps(flat, zeros(2, 6, 1))]


def test_a_last_axis_that_keras_adds_or_takes_away_is_a_step(sides: Sides) -> None:
    found = sides.keras.run(of_another_rank)
    kinds = [(kind, takes) for _, kind, takes in found]
    assert kinds == [
        *(("ExpandDims", ("",)), ("Dense", ("expand_dims",))),
        *(("Squeeze", ("",)), ("Dense", ("squeeze",))),
    ]


def subclassed() -> Steps:
    from keras import Model, layers, ops

    class Net(Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(3, name="inner")

        def call(self, x: Any) -> Any:
            return ops.relu(self.inner(x)) + 1

    return steps(Net(), zeros(2, 4))


def test_a_subclassed_model_is_entered_and_operations_are_steps(sides: Sides) -> None:
    found = sides.keras.run(subclassed)
    assert [(kind, len(takes)) for _, kind, takes in found] == [
        ("Dense", 1),
        ("Relu", 1),
        ("Add", 1),
    ]
    assert found[0][0] == "inner"


def nested() -> Steps:
    from keras import Input, Model, Sequential, layers

    class Block(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = layers.Dense(3, name="block_fc")

        def call(self, x: Any) -> Any:
            return self.fc(x)

    x = Input((4,))
    inner = Sequential([Input((4,)), layers.Dense(5, name="first"), layers.Dense(4, name="last")])
    return steps(Model(x, Block()(inner(x))), zeros(2, 4))


def test_models_and_own_layers_inside_are_looked_into(sides: Sides) -> None:
    assert sides.keras.run(nested) == [
        ("first", "Dense", ("",)),
        ("last", "Dense", ("first",)),
        ("block_fc", "Dense", ("last",)),
    ]


def shared() -> Steps:
    from keras import Input, Model, layers

    a, b = Input((4,)), Input((4,))
    tower = layers.Dense(3, name="tower")
    return steps(Model([a, b], layers.Subtract(name="d")([tower(a), tower(b)])), [zeros(2, 4)] * 2)


def test_a_shared_layer_is_a_step_for_each_call(sides: Sides) -> None:
    assert sides.keras.run(shared) == [
        ("tower", "Dense", ("",)),
        ("tower (2)", "Dense", (":1",)),
        ("d", "Subtract", ("tower", "tower (2)")),
    ]


def dictionaries() -> tuple[Steps, list[str]]:
    from keras import Input, Model, layers

    from parity.sides.program import name_of

    x = {"a": Input((4,), name="a"), "b": Input((3,), name="b")}
    y = {"b": layers.Dense(2, name="of_b")(x["b"]), "a": layers.Dense(2, name="of_a")(x["a"])}
    model = Model(x, y)
    found = graph(model, {"a": zeros(2, 4), "b": zeros(2, 3)})
    listed = [(call.step.name, call.step.kind, call.step.inputs) for call in found.calls]
    return listed, [name_of(ref, found.calls) for ref in found.outputs]


def test_dictionaries_go_in_and_come_out_in_the_order_of_their_names(sides: Sides) -> None:
    listed, results = sides.keras.run(dictionaries)
    assert sorted(listed) == [("of_a", "Dense", ("",)), ("of_b", "Dense", (":1",))]
    assert results == ["of_a", "of_b"]


def masked() -> tuple[Steps, float]:
    from keras import Input, Model, layers

    x = Input((5,), dtype="int32")
    y = layers.Embedding(9, 4, mask_zero=True, name="words")(x)
    model = Model(x, layers.LSTM(3, name="lstm")(y))
    words = np.array([[3, 4, 0, 0, 0]], "int32")
    found = graph(model, words)
    values: list[Any] = [words]
    for number in range(len(found.calls)):
        lookup = lambda ref: values[ref.call + 1]  # noqa: E731
        values.append(found.execute(number, lookup, "float32")[0])
    gap = np.abs(np.asarray(values[-1]) - np.asarray(model(words))).max()
    return [(c.step.name, c.step.kind, c.step.inputs) for c in found.calls], float(gap)


def test_a_mask_is_data_that_flows_beside_the_values(sides: Sides) -> None:
    listed, gap = sides.keras.run(masked)
    lstm = next(step for step in listed if step[0] == "lstm")
    assert "words" in lstm[2]
    assert len(lstm[2]) == 2, "and the mask"
    assert gap == 0


def masked_by_a_layer_of_ones_own() -> dict[str, float]:
    """How far the pass is from the model, by what takes the mask that the layer hands on."""
    from keras import Input, Model, layers, ops

    from parity.sides.program import MODEL_INPUT, Ref, run

    class Words(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.table = layers.Embedding(9, 4, mask_zero=True)

        def compute_mask(self, *args: Any, **kwargs: Any) -> Any:
            return self.table.compute_mask(*args, **kwargs)

        def call(self, x: Any) -> Any:
            return self.table(x) * 3.0

    def attended(x: Any) -> Any:  # what it attends to has no mask any more
        y = layers.Add()([x, layers.MultiHeadAttention(2, 2)(x, x)])
        return layers.MultiHeadAttention(2, 2)(y, y)

    takers = {
        "attention": attended,
        "lstm": layers.LSTM(3),
        "dropped": lambda x: layers.LSTM(3)(layers.Dropout(0.5)(x)),
    }
    tokens = np.array([[3, 1, 0, 0], [1, 2, 3, 4]], "int32")
    gaps = {}
    for name, take in takers.items():
        x = Input((4,), dtype="int32")
        model = Model(x, take(Words()(x)))
        found = graph(model, tokens)
        given = {Ref(MODEL_INPUT, 0): ops.convert_to_tensor(tokens)}
        numbers = list(range(len(found.calls)))
        value = run(found, numbers, given, found.outputs[0], "float32")
        gaps[name] = float(ops.max(ops.abs(value - model(tokens))))
    return gaps


def test_a_mask_that_a_layer_of_ones_own_hands_on_is_data(sides: Sides) -> None:
    gaps = sides.keras.run(masked_by_a_layer_of_ones_own)
    assert max(gaps.values()) < 1e-6, gaps


def wide() -> tuple[list[str], str, list[bool]]:
    import keras
    from keras import Input, Sequential, layers

    model = Sequential([Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    before = [np.asarray(v.value).copy() for v in model.variables]
    found = graph(model, zeros(2, 4))
    x = keras.ops.convert_to_tensor(np.ones((2, 4)))
    first = found.execute(0, lambda ref: x, "float64")
    second = found.execute(1, lambda ref: first[0], "float64")
    kept = [
        np.array_equal(old, np.asarray(v.value)) and v.dtype == "float32"
        for old, v in zip(before, model.variables, strict=True)
    ]
    kinds = [keras.backend.standardize_dtype(value[0].dtype) for value in (first, second)]
    return kinds, model.layers[0].dtype_policy.name, kept


def test_a_float32_model_computes_in_float64_and_stays_as_it_was(sides: Sides) -> None:
    kinds, policy, kept = sides.keras.run(wide)
    assert kinds == ["float64", "float64"]
    assert policy == "float32"
    assert all(kept)


def narrow() -> list[bool]:
    from keras import Input, Model, Variable, ops

    third = np.full(4, 1 / 3, "float32")
    rounded = ops.cast(0.1, "float32"), np.float32(0.7), third, Variable(third, trainable=False)
    exact = ops.cast(0.125, "float32"), np.float32(-1e9), np.full(4, 1 / 3), 1 / 3
    taken = Input((4,))
    outputs = [taken * held for held in (*rounded, *exact)]
    limited = ops.clip(taken, np.float32(0.1), 1)
    found = graph(Model(taken, [*outputs, limited]), zeros(2, 4))
    return [call.step.is_narrow for call in found.calls]


def test_a_constant_that_is_rounded_to_float32_makes_a_step_narrow(sides: Sides) -> None:
    assert sides.keras.run(narrow) == [True] * 4 + [False] * 4 + [True]


def broken() -> None:
    from keras import Input, Sequential, layers

    graph(Sequential([Input((4,)), layers.Dense(3)], name="net"), zeros(2, 7))


def test_inputs_that_do_not_fit_are_one_clear_error(sides: Sides) -> None:
    with pytest.raises(ModelError, match="Keras cannot run 'net' on these inputs"):
        sides.keras.run(broken)


def of_open_sizes() -> Steps:
    from keras import Input, Model, layers, ops

    class Half(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x / 2

    class Bent(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return ops.maximum(x, 0.0)

    x = Input((None, 4))
    heads = layers.EinsumDense("btm,mhd->bthd", (None, 2, 3))(x)  # it forgets how long x is
    return steps(Model(x, Bent()(Half()(heads))), zeros(2, 5, 4))


def test_an_own_layer_may_take_what_keras_tells_no_size_of(sides: Sides) -> None:
    found = sides.keras.run(of_open_sizes)
    assert [kind for _, kind, _ in found] == ["EinsumDense", "Half", "Activation"]


def of_sizes_left_open() -> list[tuple[str, tuple[int | None, ...], tuple[int, ...]]]:
    """An attention's heads, of which EinsumDense tells no length, reshaped with that length."""
    from keras import Input, Model, layers, ops

    class Heads(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="heads")
            self.split = layers.EinsumDense("btd,dnh->btnh", (None, 2, 3), name="split")

        def call(self, x: Any) -> Any:
            y = self.split(x)
            return ops.reshape(y, (*ops.shape(y)[:-2], 6))

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], 6)

    x = Input((5, 4))
    found = graph(Model(x, Heads()(x)), zeros(2, 5, 4))
    results = [zeros(2, 5, 4)]

    def given(ref: Any) -> Any:
        return results[ref.call + 1]

    for number in range(len(found.calls)):
        results += found.execute(number, given, "float32")
    return [
        (c.step.kind, c.step.shape, tuple(y.shape))
        for c, y in zip(found.calls, results[1:], strict=True)
    ]


def test_what_a_layer_leaves_open_of_known_sizes_is_found(sides: Sides) -> None:
    assert sides.keras.run(of_sizes_left_open) == [
        ("EinsumDense", (2, 5, 2, 3), (2, 5, 2, 3)),
        ("Reshape", (2, 5, 6), (2, 5, 6)),
    ]


def of_what_is_taken_to_be_sparse() -> Steps:
    """Keras says so of what is multiplied by a number, and cannot run an own norm on it."""
    from keras import Input, Model, layers, ops

    class Norm(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-6)

    class Block(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="block")
            self.norm = Norm(name="norm")

        def call(self, x: Any) -> Any:
            return self.norm(x)

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    x = Input((4,))
    return steps(Model(x, Block()(x * ops.cast(2.0, x.dtype))), zeros(2, 4))


def test_a_multiplied_value_is_not_sparse(sides: Sides) -> None:
    assert [kind for _, kind, _ in sides.keras.run(of_what_is_taken_to_be_sparse)] == [
        "Multiply",
        "Norm",
    ]


def of_a_wrong_declaration() -> Steps:
    """What Keras never asks: the outer layer declares its own shape."""
    from keras import Input, Model, layers

    class Inner(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + 1.0

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[0], 3)

    class Outer(layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="outer")
            self.inner, self.dense = Inner(name="inner"), layers.Dense(4, name="dense")

        def call(self, x: Any) -> Any:
            return self.dense(self.inner(x))

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    inputs = Input((4,))
    return steps(Model(inputs, Outer()(inputs)), zeros(2, 4))


def test_a_layer_inside_may_declare_a_wrong_shape(sides: Sides) -> None:
    assert sides.keras.run(of_a_wrong_declaration) == [
        ("inner", "Inner", ("",)),
        ("dense", "Dense", ("inner",)),
    ]
