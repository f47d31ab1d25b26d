"""More live models that are trained in one process, and what is said: a script, as live_training.

It prints as JSON what it found of the cases that are named.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import torch._dynamo  # in front of TensorFlow, as torch's optimizers need it

from torch import Tensor, nn  # isort: skip

import keras
import numpy as np

import parity
from parity import semantics
from tests.live_training import told

layers = keras.layers
draw = np.random.default_rng(0)
Case = tuple[Any, nn.Module, dict[str, Any]]  # both models, and how they are trained


class Pictures(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.out = nn.Linear(64, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(self.conv(x).relu().permute(0, 2, 3, 1).flatten(1))
        return found


def adafactor() -> Iterator[tuple[str, Case]]:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    model.compile(
        keras.optimizers.Adafactor(0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    x, y = draw.random((32, 6, 6, 3)).astype("float32"), draw.integers(0, 3, 32)
    given = {"x": x, "y": y, "loss": nn.CrossEntropyLoss()}
    ours, theirs = semantics.Adafactor, torch.optim.Adafactor
    for name, optimizer in {
        "Adafactor": lambda p: ours(p, 0.01),
        "Adafactor's threshold": lambda p: ours(p, 0.01, clip_threshold=2.0),
        "Adafactor of windows": lambda p: ours(p, 0.01, dims=(-2, -1)),
        "torch's Adafactor": lambda p: theirs(p, 0.01),
        "torch's Adafactor's threshold": lambda p: theirs(p, 0.01, d=2.0),
    }.items():
        yield name, (model, Pictures(), {**given, "optimizer": optimizer})


def metrics() -> Iterator[tuple[str, Case]]:
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=["accuracy", keras.metrics.Precision()])
    x = draw.standard_normal((64, 6)).astype("float32")
    y = (x[:, :1] + draw.standard_normal((64, 1)) > 0).astype("float32")

    def optimizer(parameters: Any) -> torch.optim.Optimizer:
        return semantics.SGD(parameters, lr=0.01)

    def precision(threshold: float) -> Any:
        def function(output: Tensor, target: Tensor) -> Tensor:
            hits = output > threshold
            return (hits * target).sum() / hits.sum()

        return function

    given = {"x": x, "y": y, "loss": nn.MSELoss(), "optimizer": optimizer}
    accuracy = semantics.metrics.BinaryAccuracy()
    for name, own in {
        "metrics": {"Accuracy": accuracy, "precision": precision(0.5)},
        "another metric": {"accuracy": accuracy, "precision": precision(0.3)},
        "unknown metrics": {"f1": precision(0.3)},
    }.items():
        port = nn.Sequential(nn.Linear(6, 1), nn.Sigmoid())
        yield name, (model, port, {**given, "metrics": own})


def of_terms(target: Any, output: Any) -> Any:
    """A loss of three terms."""
    ops = keras.ops
    gap = target - output
    return ops.mean(gap**2) + 0.3 * ops.mean(abs(gap)) + 0.1 * ops.mean(output**2)


def terms() -> Iterator[tuple[str, Case]]:
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    model.compile("sgd", of_terms)
    x, y = (draw.standard_normal((32, n)).astype("float32") for n in (6, 3))

    def loss(*weights: float) -> Any:
        def function(output: Tensor, target: Tensor) -> Tensor:
            gap = target - output
            each = (gap**2).mean(), abs(gap).mean(), (output**2).mean(), output.abs().mean()
            total: Tensor = sum(w * x for w, x in zip(weights, each, strict=True) if w)  # type: ignore
            return total

        return function

    given = {"x": x, "y": y, "optimizer": lambda p: semantics.SGD(p, lr=0.01)}
    for name, weights in {
        "terms": (1.0, 0.3, 0.1, 0.0),
        "a term lost": (1.0, 0.0, 0.1, 0.0),
        "a term more": (1.0, 0.3, 0.1, 0.01),
    }.items():
        yield name, (model, nn.Linear(6, 3), {**given, "loss": loss(*weights)})


def quantile(q: float) -> Any:
    def loss(output: Tensor, target: Tensor) -> Tensor:
        gap = target - output
        return torch.maximum(q * gap, (q - 1) * gap).mean()

    return loss


def overlap(output: Tensor, target: Tensor) -> Tensor:
    """Dice of a batch as one."""
    found: Tensor = 1 - 2 * (output * target).sum() / (output.sum() + target.sum() + 1)
    return found


def written() -> Iterator[tuple[str, Case]]:
    """What people write in losses of their own."""
    ops = keras.ops

    def of_quantile(target: Any, output: Any) -> Any:
        gap = target - output
        return ops.mean(ops.maximum(0.9 * gap, -0.1 * gap), axis=-1)

    def of_overlap(target: Any, output: Any) -> Any:
        both = ops.sum(target, axis=-1) + ops.sum(output, axis=-1) + 1
        return 1 - 2 * ops.sum(target * output, axis=-1) / both

    x, y = draw.standard_normal((32, 6)).astype("float32"), draw.random((32, 3)).astype("float32")
    given = {"x": x, "y": y, "optimizer": lambda p: semantics.SGD(p, lr=0.01)}
    dense = layers.Dense(3, activation="sigmoid")
    for name, of_keras, loss in (
        ("a quantile", of_quantile, quantile(0.8)),
        ("a batch as one", of_overlap, overlap),
    ):
        model = keras.Sequential([keras.Input((6,)), dense])
        model.compile("sgd", of_keras)
        port = nn.Sequential(nn.Linear(6, 3), nn.Sigmoid())
        yield name, (model, port, {**given, "loss": loss})
    clips = {**given, "optimizer": lambda p: semantics.SGD(p, lr=0.01, clipnorm=0.01)}
    yield "a clip", (model, port, {**clips, "keras_loss": "mse", "loss": nn.MSELoss()})


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.out = semantics.Embedding(5, 4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.mask = x != 0
        found: Tensor = self.out(self.table(x))
        return found


def masked() -> Iterator[tuple[str, Case]]:
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            layers.Embedding(5, 4, mask_zero=True),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    ignoring = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    plain = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    plain.compile("sgd", ignoring)
    x, y = draw.integers(0, 5, (32, 6)), draw.integers(0, 3, (32, 6))
    optimizer: Any = lambda p: semantics.SGD(p, lr=0.01)  # noqa: E731

    def loss(port: Tagger, how: str) -> Any:
        def function(output: Tensor, target: Tensor) -> Tensor:
            each = nn.functional.cross_entropy(output.mT, target, reduction="none")
            if how == "all counted":
                return each.mean()
            each = each * port.mask
            return each.sum() / port.mask.sum() if how == "masked" else each.mean()

        return function

    for name in ("masked", "all counted", "divided by all"):
        port = Tagger()
        given = {"x": x, "y": y, "optimizer": optimizer, "loss": loss(port, name)}
        yield name, (model, port, given)
    figures = {"x": draw.random((32, 6)), "y": y[:, 0], "optimizer": optimizer}
    yield "none ignored", (plain, nn.Linear(6, 3), {**figures, "loss": nn.CrossEntropyLoss()})


class Stacked(nn.Module):
    """Drops ahead of two recurrent layers that are one module."""

    def __init__(self, drop: nn.Module) -> None:
        super().__init__()
        self.drop, self.both = drop, nn.GRU(3, 4, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.both(self.drop(x))[0][:, -1]
        return found


def dropping() -> Iterator[tuple[str, Case]]:
    x, y = draw.standard_normal((32, 5, 3)).astype("float32"), draw.random((32, 4))
    given = {"x": x, "y": y, "loss": nn.MSELoss()}
    given["optimizer"] = lambda p: semantics.SGD(p, lr=0.01)
    for name, kind in (
        ("dropped alike", layers.Dropout),
        ("dropped by the step", layers.SpatialDropout1D),
    ):
        drop = kind(0.4)
        gru = [layers.GRU(4, return_sequences=True), layers.GRU(4)]
        model = keras.Sequential([keras.Input((5, 3)), drop, *gru])
        model.compile("sgd", "mse")
        yield name, (model, Stacked(nn.Dropout(0.4)), given)


class Normed(nn.Module):
    """is_kept: does its own train() leave the normalisation as it is?"""

    def __init__(self, is_kept: bool = False) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 4), nn.Linear(4, 1)
        self.norm = semantics.BatchNorm1d(4)
        self.is_kept = is_kept

    def train(self, mode: bool = True) -> "Normed":
        super().train(mode)
        if self.is_kept:
            self.norm.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(self.norm(self.hidden(x)))
        return found


def frozen() -> Iterator[tuple[str, Case]]:
    """A normalisation that stays in evaluation mode."""

    def model(is_trained: bool) -> Any:
        norm = layers.BatchNormalization(trainable=is_trained)
        found = keras.Sequential([keras.Input((6,)), layers.Dense(4), norm, layers.Dense(1)])
        found.compile("sgd", "mse")
        return found

    def step(module: Any, batch: Any) -> Tensor:
        x, y = batch
        module.train()
        module.norm.eval()
        found: Tensor = nn.functional.mse_loss(module(x), y)
        return found

    x, y = (draw.standard_normal((32, n)).astype("float32") for n in (6, 1))
    given = {"x": x, "y": y, "optimizer": lambda p: semantics.SGD(p, lr=0.01)}
    usual = {**given, "loss": nn.MSELoss()}
    still = Normed(is_kept=True)
    still.norm.requires_grad_(False)
    yield "kept by both", (model(False), still, usual)
    yield "kept by its train()", (model(True), Normed(is_kept=True), usual)
    yield "kept by its step", (model(True), Normed(), {**given, "step": step})


FAMILIES = (adafactor, metrics, terms, written, masked, dropping, frozen)


def main(names: list[str]) -> dict[str, Any]:
    semantics.use(keras.backend.backend())
    return {
        name: told(parity.check(model, net, training=parity.Training(**given)))
        for family in FAMILIES
        for name, (model, net, given) in family()
        if name in names
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
