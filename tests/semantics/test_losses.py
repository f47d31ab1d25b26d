"""Every loss and its gradient against Keras's own, compiled, in float64."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity import semantics
from parity.records.comparison import Array
from parity.sides.process import Sides
from tests.semantics.closeness import EXACT, assert_close
from tests.semantics.keras_answers import losses as keras_answers

SidesOn = Callable[[str], Sides]
Options = dict[str, Any]
BACKENDS = ["tensorflow", "jax", "torch"]
ALL = pytest.mark.parametrize("backend", BACKENDS)

draw = np.random.default_rng(0)
CLASSES = draw.integers(0, 5, 6)
ONE_HOT = np.eye(5)[CLASSES]
SOFT = draw.dirichlet(np.ones(5), 6)
UNNORMALISED = draw.uniform(0, 1, (6, 5))
LOGITS = draw.standard_normal((6, 5)) * 3
LOGITS[0], LOGITS[1] = [40, -40, 0, 0, 1], [-40, 40, 40, 0, -1]
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
PROBABILITIES[2], PROBABILITIES[3] = [0, 1, 0, 0, 0], [0, 0, 0.5, 0.5, 0]
PROBABILITIES[4] *= 2.5  # they need not sum to 1
INDEPENDENT = draw.uniform(0, 1, (6, 5))
INDEPENDENT[0] = [0, 1, 1e-7, 1 - 1e-7, 1e-9]  # at the bounds of the clip, and beyond
IMAGE, IMAGE_TARGET = draw.uniform(-1, 2, (4, 3, 3, 5)), draw.uniform(0, 1, (4, 3, 3, 5))
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]


def ours(
    name: str, options: Options, output: Array, target: Array, backend: str
) -> tuple[Array, Array]:
    leaf = torch.tensor(output, requires_grad=True)
    loss = getattr(semantics, name)(keras_backend=backend, **options)
    value = loss(leaf, torch.tensor(target))
    value.sum().backward()
    assert leaf.grad is not None
    return value.detach().numpy(), leaf.grad.numpy()


def compare(
    sides_on: SidesOn,
    backend: str,
    name: str,
    options: Options,
    output: Array,
    target: Array,
    activation: str | None = None,
    mode: str = "compiled",
) -> None:
    run = sides_on(backend).keras.run
    keras = run(keras_answers.loss_and_gradient, name, options, output, target, activation, mode)
    extra = {"activation": activation} if activation else {}
    value, gradient = ours(name, options | extra, output, target, backend)
    assert_close(value, keras[0], value_tolerance(name, backend, output.shape[-1]))
    # What a saturated softmax leaves is a difference of much larger numbers.
    assert_close(gradient, keras[1], floor=4 * float(np.finfo("float64").eps))


def value_tolerance(name: str, backend: str, length: int) -> float:
    """On jax a mean over more than two is a sum in float32, in an order of XLA's own.

    Two orders of `length` additions differ by at most this share of a sum of positive numbers.
    """
    averaged = name not in ("CategoricalCrossentropy", "SparseCategoricalCrossentropy")
    if backend == "jax" and averaged and name != "KLDivergence" and length > 2:
        return 2 * (length + 1) * 2.0**-24
    return EXACT


@ALL
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("target", [ONE_HOT, UNNORMALISED], ids=["one-hot", "soft"])
def test_categorical_crossentropy_of_probabilities(
    sides_on: SidesOn, backend: str, smoothing: float, target: Array
) -> None:
    options = {"label_smoothing": smoothing}
    compare(sides_on, backend, "CategoricalCrossentropy", options, PROBABILITIES, target)


@ALL
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("target", [ONE_HOT, UNNORMALISED], ids=["one-hot", "soft"])
def test_categorical_crossentropy_of_logits(
    sides_on: SidesOn, backend: str, smoothing: float, target: Array
) -> None:
    options = {"label_smoothing": smoothing, "from_logits": True}
    compare(sides_on, backend, "CategoricalCrossentropy", options, LOGITS, target)


@ALL
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("CategoricalCrossentropy", ONE_HOT),
        ("CategoricalCrossentropy", UNNORMALISED),
        ("SparseCategoricalCrossentropy", CLASSES),
        ("BinaryCrossentropy", ONE_HOT),
        ("BinaryCrossentropy", UNNORMALISED),
    ],
    ids=["one-hot", "soft", "sparse", "binary", "binary-soft"],
)
def test_a_model_that_ends_in_an_activation(
    sides_on: SidesOn, backend: str, activation: str, name: str, target: Array
) -> None:
    """Even where it is not the activation that belongs to the loss."""
    compare(sides_on, backend, name, {}, LOGITS, target, activation)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_keras_eager_finds_the_logits_too(sides_on: SidesOn, backend: str) -> None:
    compare(sides_on, backend, "CategoricalCrossentropy", {}, LOGITS, ONE_HOT, "softmax", "eager")


@ALL
@pytest.mark.parametrize("ignored", [None, int(CLASSES[0]), -1])
@pytest.mark.parametrize(
    ("ending", "reduction"),
    [
        ("probabilities", "sum_over_batch_size"),
        ("logits", "sum_over_batch_size"),
        ("softmax", "mean_with_sample_weight"),
        ("softmax", "none"),
    ],
)
def test_sparse_categorical_crossentropy(
    sides_on: SidesOn, backend: str, ignored: int | None, ending: str, reduction: str
) -> None:
    target = CLASSES.copy()
    if ignored == -1:
        target[3] = -1
    options: Options = {"ignore_class": ignored, "reduction": reduction}
    options["from_logits"] = ending == "logits"
    output = PROBABILITIES if ending == "probabilities" else LOGITS
    activation = "softmax" if ending == "softmax" else None
    compare(sides_on, backend, "SparseCategoricalCrossentropy", options, output, target, activation)


@ALL
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("target", [ONE_HOT, UNNORMALISED], ids=["one-hot", "soft"])
@pytest.mark.parametrize("logits", [False, True], ids=["probabilities", "logits"])
def test_binary_crossentropy(
    sides_on: SidesOn, backend: str, smoothing: float, target: Array, logits: bool
) -> None:
    options = {"label_smoothing": smoothing, "from_logits": logits}
    output = LOGITS if logits else INDEPENDENT
    compare(sides_on, backend, "BinaryCrossentropy", options, output, target)


@ALL
@pytest.mark.parametrize("target", [ONE_HOT[:, :1], ONE_HOT[:, 0]], ids=["(N,1)", "(N,)"])
def test_binary_crossentropy_of_one_channel_is_exact(
    sides_on: SidesOn, backend: str, target: Array
) -> None:
    """A mean over one channel rounds to float32 on jax, value and gradient, to the same bits."""
    compare(sides_on, backend, "BinaryCrossentropy", {}, LOGITS[:, :1], target, "sigmoid")


@ALL
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_every_reduction(sides_on: SidesOn, backend: str, reduction: str | None) -> None:
    options = {"reduction": reduction}
    compare(sides_on, backend, "MeanSquaredError", options, IMAGE, IMAGE_TARGET)


@ALL
@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "Huber"])
def test_differences_of_784_pixels(sides_on: SidesOn, backend: str, name: str) -> None:
    output, target = draw.uniform(0, 1, (2, 32, 784))
    compare(sides_on, backend, name, {}, output, target)


@ALL
def test_huber_with_another_delta(sides_on: SidesOn, backend: str) -> None:
    compare(sides_on, backend, "Huber", {"delta": 0.3}, IMAGE, IMAGE_TARGET)


@ALL
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "none"])
def test_kl_divergence_with_values_beyond_its_bounds(
    sides_on: SidesOn, backend: str, reduction: str
) -> None:
    target = IMAGE_TARGET.copy()
    target[0, 0, 0] = [0, 1, 1e-7, 2, -1]
    compare(sides_on, backend, "KLDivergence", {"reduction": reduction}, IMAGE, target)


CHANNELS_FIRST = [
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, IMAGE_TARGET),
    ("SparseCategoricalCrossentropy", {}, IMAGE_TARGET.argmax(-1)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 0}, IMAGE_TARGET.argmax(-1)),
    ("BinaryCrossentropy", {}, IMAGE_TARGET),
    ("MeanSquaredError", {}, IMAGE_TARGET),
    ("MeanAbsoluteError", {}, IMAGE_TARGET),
    ("Huber", {}, IMAGE_TARGET),
    ("KLDivergence", {}, IMAGE_TARGET),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("name", "options", "target"), CHANNELS_FIRST, ids=[name for name, _, _ in CHANNELS_FIRST]
)
def test_axis_1_is_the_last_axis_of_keras(
    name: str, options: Options, target: Array, backend: str
) -> None:
    """Channels last is compared with Keras above; here channels first with channels last."""
    options = options | {"reduction": "none"}
    value, gradient = ours(name, options, IMAGE, target, backend)
    turned = np.moveaxis(target, -1, 1) if target.ndim == 4 else target
    output = np.ascontiguousarray(np.moveaxis(IMAGE, -1, 1))
    first, first_gradient = ours(name, options | {"axis": 1}, output, turned, backend)
    assert value.shape == (4, 3, 3)
    assert_close(first, value, value_tolerance(name, backend, 5))
    assert_close(np.moveaxis(first_gradient, 1, -1), gradient)


@pytest.mark.parametrize(
    ("name", "options", "fault"),
    [
        ("BinaryCrossentropy", {"activation": "sigmoid"}, {"activation": None}),
        ("CategoricalCrossentropy", {"activation": "softmax"}, {"keras_backend": "jax"}),
        ("MeanSquaredError", {}, {"keras_backend": "jax"}),
    ],
)
def test_the_wrong_convention_is_seen_to_differ(
    name: str, options: Options, fault: Options
) -> None:
    arguments = {"keras_backend": "tensorflow"} | options
    output = torch.tensor(LOGITS)
    target = torch.tensor(ONE_HOT)
    right = getattr(semantics, name)(**arguments)(output, target)
    wrong = getattr(semantics, name)(**(arguments | fault))(output, target)
    with pytest.raises(AssertionError):
        assert_close(wrong.numpy(), right.numpy())


def test_torchs_binary_crossentropy_is_seen_to_differ(sides_on: SidesOn) -> None:
    keras, _ = sides_on("tensorflow").keras.run(
        keras_answers.loss_and_gradient,
        "BinaryCrossentropy", {}, INDEPENDENT, ONE_HOT, None, "compiled",
    )  # fmt: skip
    loss = torch.nn.functional.binary_cross_entropy(
        torch.tensor(INDEPENDENT), torch.tensor(ONE_HOT)
    )
    with pytest.raises(AssertionError):
        assert_close(loss.numpy(), keras)


def test_shapes_are_not_broadcast() -> None:
    with pytest.raises(ValueError, match=r"prediction \(4, 3\) and target \(4, 1\)"):
        semantics.MeanSquaredError()(torch.zeros(4, 3), torch.zeros(4, 1))


def test_class_indices_must_fit_the_prediction() -> None:
    with pytest.raises(ValueError, match=r"class indices of shape \(4,\)"):
        semantics.SparseCategoricalCrossentropy()(torch.zeros(4, 3), torch.zeros(3))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("MeanSquaredError", {"reduction": "batchmean"}, "reduction='batchmean'"),
        ("Huber", {"delta": 0.0}, "delta=0.0"),
        ("BinaryCrossentropy", {"label_smoothing": 1.5}, "label_smoothing=1.5"),
        ("BinaryCrossentropy", {"activation": "relu"}, "activation='relu'"),
        (
            "CategoricalCrossentropy",
            {"activation": "softmax", "from_logits": True},
            "from_logits=True, activation='softmax'",
        ),
    ],
)
def test_a_wrong_option_is_named(name: str, options: Options, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        getattr(semantics, name)(**options)


def test_the_gradient_from_logits_can_be_derived_again() -> None:
    loss = semantics.CategoricalCrossentropy(from_logits=True, keras_backend="tensorflow")
    logits = torch.tensor(LOGITS, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: loss(x, torch.tensor(SOFT)), logits)
