"""The PyTorch side: the verbs of verbs.py on torch.nn modules."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from parity.errors import ModelError, SideError
from parity.records import Array, Dtype, Task, Trace
from parity.sides import modules
from parity.sides.tape import Tape, own_tensors, variables

PREDICT_BATCH = 1000
PROGRESS_BATCHES = 20


@dataclass
class Held:
    """A model under a key, with what training it needs."""

    module: ModuleType
    model: nn.Module
    dtype: Dtype
    tape: Tape | None = None
    task: Task = "classify"
    images: Array | None = None
    target: Tensor | None = None
    loss: nn.Module | None = None
    optimizer: torch.optim.Optimizer | None = None


class TorchSide:
    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        """device: "cpu", "cuda", or "auto" for cuda where there is one."""
        cuda = torch.cuda.is_available()
        if device == "cuda" and not cuda:
            raise SideError("torch side: no CUDA device was found; use --device cpu")
        self._device = torch.device("cuda" if cuda and device != "cpu" else "cpu")
        # Products in TF32 would make a float32 comparison one of 10-bit mantissas.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self._held: dict[str, Held] = {}

    def describe(self) -> dict[str, Any]:
        cuda = self._device.type == "cuda"
        return {
            "torch": torch.__version__,
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "threads": torch.get_num_threads(),
            "tf32": False,
        }

    def build(self, key: str, module: str, dtype: Dtype, seed: int) -> None:
        loaded = modules.load(module)
        torch.manual_seed(seed)
        model = loaded.build().to(self._device, getattr(torch, dtype)).eval()
        self._held[key] = Held(loaded, model, dtype)

    def weights(self, key: str) -> dict[str, Array]:
        model = self._held[key].model
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in own_tensors(model)}

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        tensors = dict(own_tensors(self._held[key].model))
        with torch.no_grad():
            for name, array in weights.items():
                if tuple(tensors[name].shape) != array.shape:
                    raise ModelError(
                        f"`{name}`: got {array.shape}, need {tuple(tensors[name].shape)}"
                    )
                tensors[name].copy_(torch.as_tensor(array))

    def trace(self, key: str, images: Array) -> Trace:
        held = self._held[key]
        held.model.eval()
        x = self._tensor(held.module.prepare(images, held.dtype))
        held.tape = Tape(held.model, x)
        error = ""
        try:
            with torch.no_grad(), held.tape:
                held.module.prediction(held.model(x))
        except Exception as broken:
            error = f"{type(broken).__name__}: {broken}"
        steps = tuple(call.step for call in held.tape.calls)
        return Trace(steps, held.tape.inputs, held.tape.outputs, variables(held.model), error)

    def replay(self, key: str, jobs: dict[str, tuple[tuple[str, ...], Array]]) -> dict[str, Array]:
        held = self._held[key]
        assert held.tape is not None, "trace the model first"
        held.model.eval()
        outputs = {}
        with torch.no_grad():
            for job, (steps, x) in jobs.items():
                tensor = self._tensor(np.asarray(x, held.dtype))
                outputs[job] = held.tape.play(steps, tensor).cpu().numpy().copy()
        return outputs

    def recipe(self, module: str) -> dict[str, Any]:
        loaded = modules.load(module)
        return {
            "loss": type(loaded.loss()).__name__,
            "batch_size": loaded.BATCH_SIZE,
            "epochs": loaded.EPOCHS,
        }

    def feed(self, key: str, task: Task, images: Array, labels: Array) -> None:
        held = self._held[key]
        held.task = task
        held.images = images
        held.target = self._tensor(held.module.target(images, labels, held.dtype))
        held.loss = held.module.loss()
        held.optimizer = held.module.optimizer(held.model.parameters())

    def fit(
        self, key: str, order: Array, noise_key: tuple[int, ...], progress: Callable[[int], None]
    ) -> tuple[float, float, float]:
        held = self._held[key]
        assert held.images is not None
        assert held.target is not None
        assert held.loss is not None
        assert held.optimizer is not None
        batch_size = held.module.BATCH_SIZE
        x = self._tensor(modules.inputs(held.module, held.images, held.dtype, noise_key))
        held.model.train()
        self._synchronise()
        start = time.perf_counter()
        indices = torch.as_tensor(order).to(self._device)
        # Summed on the device: reading a number out at every step would wait for it every step.
        loss_sum = torch.zeros((), dtype=torch.float64, device=self._device)
        hits = torch.zeros((), dtype=torch.float64, device=self._device)
        for first in range(0, len(order), batch_size):
            batch = indices[first : first + batch_size]
            inputs, target = x[batch], held.target[batch]
            held.optimizer.zero_grad(set_to_none=True)
            output = held.model(inputs)
            loss = held.loss(output, target)
            loss.backward()
            held.optimizer.step()
            with torch.no_grad():
                loss_sum += loss.detach() * len(batch)
                hits += _accuracy(held.task, output, target) * len(batch)
            seen = first + len(batch)
            if first // batch_size % PROGRESS_BATCHES == 0 or seen == len(order):
                progress(seen)
        self._synchronise()
        seconds = time.perf_counter() - start
        held.model.eval()
        return loss_sum.item() / len(order), hits.item() / len(order), seconds

    def predict(self, key: str, images: Array, noise_key: tuple[int, ...]) -> Array:
        held = self._held[key]
        held.model.eval()
        x = modules.inputs(held.module, images, held.dtype, noise_key)
        outputs = []
        with torch.no_grad():
            for first in range(0, len(x), PREDICT_BATCH):
                output = held.model(self._tensor(x[first : first + PREDICT_BATCH]))
                outputs.append(held.module.prediction(output).cpu().numpy())
        return np.concatenate(outputs)

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    def _synchronise(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def _accuracy(task: Task, output: Tensor, target: Tensor) -> Tensor:
    """The running accuracy of one batch; parity/metrics.py is its definition."""
    if task == "classify":
        return (output.argmax(dim=1) == target).double().mean()
    return ((output > 0.5) == (target > 0.5)).double().mean()
