"""Live models of both frameworks that are trained in one process, and what is said: a script.

It runs by itself (tests/test_live_training.py), as the other scripts with live objects do, and
prints what it found as JSON: of all cases, or of those of a layer that are named.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

if os.environ.get("KERAS_BACKEND") != "tensorflow":
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Keras would import it

import torch._dynamo  # in front of TensorFlow, as torch's optimizers need it

from torch import Tensor, nn  # isort: skip
from torch.nn import functional as F  # isort: skip
from torch.optim.lr_scheduler import LambdaLR  # isort: skip

import keras
import numpy as np

import parity
from parity import semantics
from parity.api import Report
from parity.errors import ParityError

layers = keras.layers
draw = np.random.default_rng(0)
X = draw.standard_normal((70, 6)).astype("float32")
CLASSES = draw.integers(0, 3, 70)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
PRICES = draw.standard_normal(70).astype("float32")
WEIGHTS = draw.random(70)
CLASS_WEIGHT = (0.5, 1.0, 3.0)
OF_CLASSES = torch.tensor(CLASS_WEIGHT)
L2 = 0.01


def classifier(
    loss: Any = "sparse_categorical_crossentropy", rate: Any = 0.01, **dense: Any
) -> Any:
    """A softmax behind two layers; compiled with Adam."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu", name="hidden", **dense),
            layers.Dropout(0.3, name="drop"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(3, activation="softmax", name="out"),
        ],
        name="classifier",
    )
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def regression(rate: Any = 0.1) -> Any:
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, name="out")], name="regression")
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "mse")
    return model


class Stepping(keras.Sequential):  # type: ignore[misc]
    """Makes its own steps, as Keras's guide writes them for each backend."""

    def train_step(self, *given: Any) -> Any:
        if keras.backend.backend() == "jax":
            return self._on_jax(*given)
        ((x, y),) = given
        if keras.backend.backend() == "torch":
            self.zero_grad()
            loss = keras.ops.mean(keras.ops.square(y - self(x, training=True)))
            loss.backward()
            with torch.no_grad():
                found = [weight.value.grad for weight in self.trainable_weights]
                self.optimizer.apply(found, self.trainable_weights)
            return {"loss": loss}
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.ops.square(y - self(x, training=True)))
        found = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(found, self.trainable_weights)
        return {"loss": loss}

    def _on_jax(self, state: Any, data: Any) -> Any:
        import jax

        trainable, other, slots, metrics = state
        x, y = data

        def loss_of(weights: Any) -> Any:
            output, found = self.stateless_call(weights, other, x, training=True)
            return keras.ops.mean(keras.ops.square(y - output)), found

        (loss, other), found = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, slots = self.optimizer.stateless_apply(slots, found, trainable)
        return {"loss": loss}, (trainable, other, slots, metrics)


class Net(nn.Module):
    """The port of `classifier`; it returns logits, or with `is_soft` probabilities."""

    def __init__(self, is_soft: bool = False) -> None:
        super().__init__()
        self.hidden = nn.Linear(6, 8)
        self.drop = nn.Dropout(0.3)
        self.norm = semantics.BatchNorm1d(8)
        self.out = nn.Linear(8, 3)
        self.is_soft = is_soft

    def forward(self, x: Tensor) -> Tensor:
        x = self.out(self.norm(self.drop(self.hidden(x).relu())))
        return x.softmax(1) if self.is_soft else x


def adam(parameters: Any) -> torch.optim.Optimizer:
    return semantics.Adam(parameters, lr=0.01)


def sgd(parameters: Any) -> torch.optim.Optimizer:
    return semantics.SGD(parameters, lr=0.1, momentum=0.9)


def falling(late: int) -> Callable[[Any], Any]:
    return lambda optimizer: LambdaLR(optimizer, lambda step: 0.5 ** (max(step - late, 0) / 5))


def weighed(output: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    return (F.cross_entropy(output, target, reduction="none") * weights).mean()


def by_class(output: Tensor, target: Tensor, weight: Tensor = OF_CLASSES) -> Tensor:
    """Weighs classes as it was told, and takes none of samples."""
    return (F.cross_entropy(output, target, reduction="none") * weight.to(output)[target]).mean()


def penalised(net: Net) -> Callable[[Tensor, Tensor], Tensor]:
    factor = float(np.float32(L2))  # Keras on tensorflow rounds it
    return lambda y, t: F.cross_entropy(y, t) + factor * net.hidden.weight.square().sum()


def own_step(
    net: nn.Module, optimizer: Any, clears: bool = True, evaluates: bool = False
) -> dict[str, Any]:
    def step(module: nn.Module, batch: Any) -> Tensor:
        x, y = batch
        if evaluates:
            module.eval()
        if clears:
            optimizer.zero_grad()
        loss = F.cross_entropy(module(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss

    return {"optimizer": optimizer, "step": step}


def cases() -> Iterator[tuple[str, Any, nn.Module, dict[str, Any]]]:
    """A name, both models, and how they are trained."""
    plain, net = classifier(), Net()
    given = {"x": X, "y": CLASSES, "loss": nn.CrossEntropyLoss(), "optimizer": adam}
    yield "faithful", plain, net, given
    yield "own step", plain, net, {**given, "loss": None, **own_step(net, adam(net.parameters()))}
    yield "weighed", plain, net, {**given, "loss": weighed, "sample_weight": WEIGHTS}
    of_classes = dict(enumerate(CLASS_WEIGHT))
    yield "by class", plain, net, {**given, "loss": by_class, "class_weight": of_classes}
    falls = classifier(rate=keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5))
    yield "schedule", falls, net, {**given, "scheduler": falling(0)}
    regularised = classifier(kernel_regularizer=keras.regularizers.L2(L2))
    yield "penalised", regularised, net, {**given, "loss": penalised(net)}

    torch_adam = torch.optim.Adam
    yield "torch's Adam", plain, net, {**given, "optimizer": lambda p: torch_adam(p, lr=0.01)}
    yield "summed", plain, net, {**given, "loss": nn.CrossEntropyLoss(reduction="sum")}
    yield "softmax twice", plain, Net(is_soft=True), given
    yield "weights lost", plain, net, {**given, "sample_weight": WEIGHTS}
    yield "penalty lost", regularised, net, given
    smooth = classifier(keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    yield "not smoothed", smooth, net, {**given, "y": ONE_HOT}
    broadcast = {"x": X, "y": PRICES, "loss": F.mse_loss, "optimizer": sgd}  # (N, 1) and (N,)
    yield "broadcast", regression(), nn.Sequential(nn.Linear(6, 1)), broadcast
    kept = own_step(net, adam(net.parameters()), clears=False)
    yield "zero_grad forgotten", plain, net, {**given, "loss": None, **kept}
    still = own_step(net, adam(net.parameters()), evaluates=True)
    yield "eval left on", plain, net, {**given, "loss": None, **still}


def cases_of_prices() -> Iterator[tuple[str, Any, nn.Module, dict[str, Any]]]:
    """The same of a layer, which takes little time."""
    model, net = regression(), nn.Sequential(nn.Linear(6, 1))
    given = {"x": X, "y": PRICES[:, None], "loss": nn.MSELoss(), "optimizer": sgd}
    steps = Stepping([keras.Input((6,)), layers.Dense(1, name="out")], name="regression")
    steps.compile(keras.optimizers.SGD(0.1, momentum=0.9))
    yield "Keras's own step", steps, net, given
    huber = {**given, "loss": nn.HuberLoss(delta=0.5), "keras_loss": keras.losses.Huber()}
    yield "another delta", model, net, huber
    yield "another rate", steps, net, {**given, "optimizer": lambda p: semantics.SGD(p, 0.2, 0.9)}
    plain: Any = lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)  # noqa: E731
    yield "torch's SGD", model, net, {**given, "optimizer": plain}
    falling_model = regression(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5))
    yield "schedule lost", falling_model, net, given
    yield "schedule late", falling_model, net, {**given, "scheduler": falling(1)}
    by_epoch = {"scheduler": falling(0), "scheduler_interval": "epoch"}
    yield "schedule by epochs", falling_model, net, {**given, **by_epoch}
    falls: dict[str, Any] = {"factor": 0.5, "patience": 1, "min_delta": 1e3}
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", **falls)
    by_loss = {**given, "keras_callbacks": [callback]}
    ours = semantics.ReduceLROnPlateau
    yield "plateau", model, net, {**by_loss, "scheduler": lambda x: ours(x, **falls)}

    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau
    late: dict[str, Any] = {"factor": 0.5, "patience": 1, "threshold": 1e3, "threshold_mode": "abs"}
    yield "plateau late", model, net, {**by_loss, "scheduler": lambda x: theirs(x, **late)}
    weight, bias = net.parameters()
    groups = [{"params": [weight]}, {"params": [bias], "lr": 0.2}]
    yield "two rates", model, net, {**given, "optimizer": lambda p: sgd(groups)}
    yield "no rate", model, net, {**given, "optimizer": lambda p: sgd([weight])}
    frozen = nn.Sequential(nn.Linear(6, 1))
    frozen[0].bias.requires_grad_(False)
    yield "frozen", model, frozen, given
    narrow = {**given, "keras_loss": narrowly}
    for name in ("clipped", "last batch", "narrow", "drawn by NumPy"):
        optimizer = sgd(net.parameters())
        own = {"loss": None, "optimizer": optimizer, "step": pricing(optimizer, name)}
        yield name, model, net, {**(narrow if name == "narrow" else given), **own}


def narrowly(y: Any, found: Any) -> Any:
    """The loss of each sample in float32, as Keras's CTC has it on tensorflow."""
    gap = keras.ops.cast(y - found, "float32")
    return keras.ops.cast(keras.ops.mean(keras.ops.square(gap), axis=-1), found.dtype)


def pricing(optimizer: Any, mistake: str) -> Callable[[nn.Module, Any], Tensor]:
    def step(module: nn.Module, batch: Any) -> Tensor:
        x, y = batch
        if mistake != "kept":
            optimizer.zero_grad()
        if mistake == "drawn by NumPy":
            x = x * float(np.random.default_rng().random())
        loss = F.mse_loss(module(x), y)
        if mistake == "last batch" and len(x) < 32:
            return loss
        loss.backward()  # type: ignore[no-untyped-call]
        if mistake == "clipped":
            nn.utils.clip_grad_norm_(module.parameters(), 0.01)
        optimizer.step()
        return loss

    return step


def told(report: Report) -> dict[str, Any]:
    rings = [gate.name for gate in report.gates if gate.verdict == "differ"]
    causes = [cause.cause for finding in report.diagnosis for cause in finding.causes]
    return {"verdict": report.verdict, "gate": rings[:1], "causes": causes, "text": str(report)}


def state(model: Any, net: nn.Module, optimizer: Any) -> dict[str, str]:
    """All that a check could leave behind, as text."""
    return {
        "keras": str([v.numpy().tobytes().hex() for v in model.variables]),
        "optimizer of keras": str([v.numpy().tobytes().hex() for v in model.optimizer.variables]),
        "compiled": str([id(model.optimizer), id(model._compile_loss), model.loss]),
        "torch": str([(x.dtype, x.numpy().tobytes().hex()) for x in net.state_dict().values()]),
        "gradients": str([x.grad for x in net.parameters()]),
        "modes": str([x.training for x in net.modules()]),
        "optimizer": str(optimizer.state_dict()),
        "floatx": str([keras.config.floatx(), keras.config.dtype_policy().name]),
        "default": str(torch.get_default_dtype()),
        "generator": torch.get_rng_state().numpy().tobytes().hex(),
    }


def main(names: list[str]) -> dict[str, Any]:
    """What is found of each case by name; of "objects", what a check leaves behind or refuses."""
    semantics.use(keras.backend.backend())
    found = objects() if "objects" in names else {}
    found |= {"recorded": recorded()} if "recorded" in names else {}
    for name, model, net, given in (*cases(), *cases_of_prices()):
        if name in names:
            found[name] = told(parity.check(model, net, training=parity.Training(**given)))
    return found


def objects() -> dict[str, Any]:
    model, net = classifier(), Net()
    optimizer = adam(net.parameters())
    before = state(model, net, optimizer)
    given: dict[str, Any] = {"x": X, "y": CLASSES, "loss": nn.CrossEntropyLoss()}
    given["optimizer"] = optimizer
    parity.check(model, net, training=parity.Training(**given))
    after = state(model, net, optimizer)
    changed = [name for name in before if before[name] != after[name]]
    errors = []
    for other in ({"y": CLASSES[:5]}, {"loss": "mse"}, {"optimizer": 3}, {"x": None}):
        try:
            report = parity.check(model, net, training=parity.Training(**{**given, **other}))
            errors.append([report.verdict, str(report)])
        except ParityError as error:
            errors.append(["", str(error)])
    return {"changed": changed, "errors": errors}


def recorded() -> dict[str, Any]:
    """What is found of ports without Keras, once it was recorded."""
    model, net = regression(), nn.Sequential(nn.Linear(6, 1))
    port: dict[str, Any] = {"loss": nn.MSELoss(), "optimizer": sgd}
    frozen = nn.Sequential(nn.Linear(6, 1))
    frozen[0].bias.requires_grad_(False)
    others: dict[str, tuple[nn.Module, dict[str, Any]]] = {
        "right": (net, port),
        "summed": (net, {**port, "loss": nn.MSELoss(reduction="sum")}),
        "rate": (net, {**port, "optimizer": lambda p: semantics.SGD(p, lr=0.2, momentum=0.9)}),
        "other batches": (net, {**port, "batch_size": 7}),
        "another loss": (net, {**port, "loss": nn.HuberLoss()}),
        "frozen": (frozen, port),
    }
    for name in ("stepped", "kept", "clipped"):  # steps of the port's own, where none was recorded
        optimizer = sgd(net.parameters())
        others[name] = net, {"optimizer": optimizer, "step": pricing(optimizer, name)}
    found = as_recorded(model, net, port, others)
    steps = next(keras for name, keras, *_ in cases_of_prices() if name == "Keras's own step")
    of_steps = as_recorded(steps, net, port, {name: others[name] for name in ("right", "rate")})
    by_loss: dict[str, Any] = {"patience": 0, "min_delta": 10.0}  # each epoch is one too many
    falling = {
        **port,
        "keras_callbacks": [keras.callbacks.ReduceLROnPlateau(monitor="loss", **by_loss)],
        "scheduler": lambda x: semantics.ReduceLROnPlateau(x, **by_loss),
    }
    of_epochs = as_recorded(model, net, falling, {"still": (net, port)})
    return {**found, "Keras's own step": of_steps, "by the loss": of_epochs}


def as_recorded(
    model: Any,
    net: nn.Module,
    port: dict[str, Any],
    others: dict[str, tuple[nn.Module, dict[str, Any]]],
) -> dict[str, Any]:
    """port: how the module is trained that is recorded with; others: those that are checked."""
    samples: dict[str, Any] = {"x": X, "y": PRICES[:, None]}
    with tempfile.TemporaryDirectory() as folder:
        parity.record(model, net, folder, training=parity.Training(**port, **samples))
        found: dict[str, Any] = {"untrained": parity.check_reference(folder, net).verdict}
        for name, (module, given) in others.items():
            try:
                report = parity.check_reference(folder, module, training=parity.Training(**given))
                found[name] = told(report)
            except ParityError as error:
                found[name] = str(error)
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
