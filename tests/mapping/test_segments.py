"""Every step stands in a segment that is compared: which one, tells what is compared with what."""

from parity.mapping.align import align
from parity.mapping.segments import segments
from parity.records.comparison import Alignment, Match, Step, Trace, Variable

IMAGE, FLAT = (2, 8, 8, 3), (2, 10)
KERNEL = (Variable("w", "w", (5, 5)),)


def trace(*steps: Step, results: tuple[str, ...] = ()) -> Trace:
    return Trace(steps, {}, {}, (), results=results or (steps[-1].name,))


def step(name: str, kind: str, *inputs: str, shape: tuple[int, ...] = FLAT) -> Step:
    """A step without weights, on the model's input where nothing else is said."""
    return Step(name, kind, shape, inputs=inputs or ("",))


def weighted(name: str, kind: str, *inputs: str, size: int = 5) -> Step:
    variables = (Variable(f"{name}.w", "w", (5, size)),)
    return Step(name, kind, FLAT, name, inputs=inputs or ("",), variables=variables)


def torch_of(found: Alignment) -> dict[str, list[str]]:
    return {match.keras.name: [s.name for s in match.torch] for match in found.matches}


def keras_of(found: Alignment) -> dict[str, list[str]]:
    return {match.keras.name: [s.name for s in match.keras_steps] for match in found.matches}


def test_a_padding_goes_with_the_layer_behind_it() -> None:
    keras = trace(step("a", "Conv2D"), step("b", "Conv2D", "a"))
    torch = trace(step("x", "Conv2d"), step("pad_1", "pad", "x"), step("y", "Conv2d", "pad_1"))
    assert torch_of(align(keras, torch)) == {"a": ["x"], "b": ["pad_1", "y"]}


def test_an_activation_goes_with_the_layer_before_it() -> None:
    keras = trace(step("a", "Dense"), step("b", "Dense", "a"))
    torch = trace(step("x", "Linear"), step("tanh_1", "tanh", "x"), step("y", "Linear", "tanh_1"))
    assert torch_of(align(keras, torch)) == {"a": ["x", "tanh_1"], "b": ["y"]}


def test_arithmetic_on_the_input_goes_with_the_first_layer() -> None:
    keras = trace(step("a", "Dense"))
    torch = trace(step("div_1", "div"), step("x", "Linear", "div_1"))
    assert torch_of(align(keras, torch)) == {"a": ["div_1", "x"]}


def test_what_only_shapes_goes_where_it_makes_shapes_fit() -> None:
    flat = (2, 192)
    keras = trace(step("p", "MaxPooling2D", shape=IMAGE), step("d", "Dense", "p"))
    torch = trace(
        step("m", "MaxPool2d", shape=(2, 3, 8, 8)),
        step("flatten_1", "flatten", "m", shape=flat),
        step("y", "Linear", "flatten_1"),
    )
    assert torch_of(align(keras, torch)) == {"p": ["m"], "d": ["flatten_1", "y"]}


def test_steps_between_two_of_one_segment_belong_to_it() -> None:
    keras = trace(step("a", "Dense"))
    torch = trace(
        step("matmul_1", "matmul"),
        step("mul_1", "mul", "matmul_1"),
        step("add_1", "add", "mul_1"),
    )
    found = segments(keras, torch, {"a": [torch.steps[0], torch.steps[2]]}, {})
    assert torch_of(found) == {"a": ["matmul_1", "mul_1", "add_1"]}


def test_a_branch_with_two_exits_is_not_taken_in() -> None:
    """Behind a convolution its value is taken twice, bare and rectified: what rectifies it goes
    with what takes it."""
    keras = trace(
        step("c", "Conv2D"), step("d", "Conv2D", "c"), step("join", "Concatenate", "c", "d")
    )
    torch = trace(
        step("x", "Conv2d"),
        step("relu_1", "relu", "x"),
        step("y", "Conv2d", "relu_1"),
        step("cat_1", "cat", "x", "y"),
    )
    assert torch_of(align(keras, torch)) == {"c": ["x"], "d": ["relu_1", "y"], "join": ["cat_1"]}


def test_branches_that_are_joined_in_another_order_are_matched_all_the_same() -> None:
    keras = trace(
        weighted("a", "Dense", size=3),
        weighted("b", "Dense", size=4),
        step("sum", "Add", "a", "b"),
    )
    torch = trace(
        weighted("x", "Linear", size=4),
        weighted("y", "Linear", size=3),
        step("add_1", "add", "x", "y"),
    )
    assert torch_of(align(keras, torch)) == {"a": ["y"], "b": ["x"], "sum": ["add_1"]}


def test_a_shared_module_answers_as_often_as_it_is_called() -> None:
    first = Step("d", "Dense", FLAT, inputs=("",), variables=KERNEL)
    again = Step("d (2)", "Dense", FLAT, inputs=("d",), variables=KERNEL)
    one = Step("fc", "Linear", FLAT, "fc", inputs=("",), variables=KERNEL)
    two = Step("fc_1", "Linear", FLAT, "fc", inputs=("fc",), variables=KERNEL)
    assert torch_of(align(trace(first, again), trace(one, two))) == {"d": ["fc"], "d (2)": ["fc_1"]}


def test_a_keras_layer_without_weights_or_answer_goes_with_its_neighbour() -> None:
    keras = trace(step("a", "Dense"), step("r", "Rescaling", "a"), step("b", "Dense", "r"))
    torch = trace(step("x", "Linear"), step("y", "Linear", "x"))
    found = align(keras, torch)
    assert keras_of(found) == {"a": ["a", "r"], "b": ["b"]}
    assert found.keras_left == ()


def test_a_keras_layer_with_weights_and_no_answer_is_left() -> None:
    keras = trace(weighted("a", "Dense"), weighted("n", "BatchNormalization", "a"))
    found = align(keras, trace(weighted("x", "Linear")))
    assert found.keras_left == ("n (BatchNormalization)",)


def test_a_branch_that_the_port_has_not_goes_with_the_layer_behind_which_it_is_taken() -> None:
    wide = [step("sum", "Sum", "a", "b", shape=(2,)), step("square", "Square", "sum", shape=(2,))]
    last = step("add", "Add", "c", "square")
    layers = [weighted("a", "Dense"), weighted("b", "Dense"), weighted("c", "Dense", "a", "b")]
    keras = trace(*layers, *wide, last)
    torch = trace(*(weighted(x, "Linear") for x in "xy"), weighted("z", "Linear", "x", "y"))
    assert keras_of(align(keras, torch)) == {
        "a": ["a"],
        "b": ["b"],
        "c": ["c", "sum", "square", "add"],
    }


def test_a_torch_step_that_nothing_comes_of_is_not_missed() -> None:
    torch = trace(step("x", "Linear"), step("mean_1", "std"), results=("x",))
    assert align(trace(step("a", "Dense")), torch).torch_left == ()


def test_a_dropout_that_never_drops_is_not_missed() -> None:
    never = Step("drop", "Dropout", FLAT, "drop", inputs=("x",), settings={"p": 0.0})
    found = align(trace(step("a", "Dense")), trace(step("x", "Linear"), never))
    assert found.training_left == ()


def test_the_layer_itself_is_its_segment_where_nothing_stands_around_it() -> None:
    layer = step("a", "Dense")
    assert Match(layer, (step("x", "Linear"),)).keras_steps == (layer,)
