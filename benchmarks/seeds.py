"""Many seeds of the mlp at once: how long a step of all of them takes, beside a step of one.

    python -m benchmarks.seeds {torch,keras} [--seeds 64] [--steps 50] [--device cuda] [--out FILE]

torch: parameters are stacked along a new first axis, `torch.func.vmap` maps the gradient over it,
and the port's own optimizer moves the stacks, as it works element by element. Keras, on jax:
`jax.vmap` over the stateless call, its gradient, and the optimizer's stateless step. Every model
has weights, batches and dropout masks of its own. The file holds a record for each framework.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BATCH, PIXELS, CLASSES = 128, 784, 10
ROUNDS = 3  # of which the fastest counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("framework", choices=["torch", "keras"])
    parser.add_argument("--seeds", type=int, default=64)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    make = {"torch": of_torch, "keras": of_keras}[args.framework]
    one, many = (timed(make(count, args.device), args.steps) for count in (1, args.seeds))
    found = {
        "seeds": args.seeds,
        "device": args.device,
        "ms_a_step_of_one": 1000 * one,
        "ms_a_step_of_all": 1000 * many,
        "times_one": many / one,
        "times_faster_than_one_by_one": args.seeds * one / many,
    }
    print(
        f"{args.framework}: a step of {args.seeds} seeds at once takes {many / one:.1f} of one's, "
        f"{args.seeds * one / many:.1f}x faster than one by one",
        flush=True,
    )
    if args.out:
        known = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(known | {args.framework: found}, indent=2)
        args.out.write_text(text + "\n", encoding="utf-8")


def timed(step: Callable[[], Any], steps: int) -> float:
    """Seconds a step, once it is warm. step: returns when the device has finished its losses."""
    step()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        seconds.append((time.perf_counter() - start) / steps)
    return min(seconds)


def samples(count: int) -> tuple[Any, Any]:
    """A batch for each model: inputs (count, BATCH, PIXELS), one-hot targets."""
    draw = np.random.default_rng(0)
    x = draw.random((count, BATCH, PIXELS), dtype="float32")
    return x, np.eye(CLASSES, dtype="float32")[draw.integers(0, CLASSES, (count, BATCH))]


def of_torch(count: int, device: str) -> Callable[[], Any]:
    import torch
    from torch import func

    from torch_port import mlp

    torch.manual_seed(0)
    models = [mlp.build().to(device).train() for _ in range(count)]
    stacked, _ = func.stack_module_state(models)  # type: ignore[arg-type]
    optimizer = mlp.optimizer(list(stacked.values()))
    x, y = (torch.from_numpy(array).to(device) for array in samples(count))

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        logits = func.functional_call(models[0], parameters, (x,))
        return torch.nn.functional.cross_entropy(logits, y)  # the port's own is no `torch.func`

    each = func.vmap(func.grad_and_value(loss), randomness="different")

    def step() -> Any:
        gradients, losses = each(stacked, x, y)
        for name, parameter in stacked.items():
            parameter.grad = gradients[name]
        optimizer.step()
        return losses.sum().item()

    return step


def of_keras(count: int, device: str) -> Callable[[], Any]:
    os.environ["KERAS_BACKEND"] = "jax"
    if device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import keras

    from keras_reference import mlp

    models = []
    for seed in range(count):
        keras.utils.set_random_seed(seed)
        models.append(mlp.build())
    model, optimizer, loss_of = models[0], mlp.optimizer(), mlp.loss()
    optimizer.build(model.trainable_variables)

    def stacked(of: Callable[[Any], Any]) -> list[Any]:
        every = ([v.value for v in of(one)] for one in models)
        return [jax.numpy.stack(values) for values in zip(*every, strict=True)]

    slots = [jax.numpy.stack([v.value] * count) for v in optimizer.variables]
    state = stacked(lambda m: m.trainable_variables), stacked(lambda m: m.non_trainable_variables)
    x, y = (jax.numpy.asarray(array) for array in samples(count))

    def loss(trainable: Any, frozen: Any, x: Any, y: Any) -> Any:
        output, frozen = model.stateless_call(trainable, frozen, x, training=True)
        return loss_of(y, output), frozen

    def one(trainable: Any, frozen: Any, slots: Any, x: Any, y: Any) -> Any:
        differentiate = jax.value_and_grad(loss, has_aux=True)
        (value, frozen), gradients = differentiate(trainable, frozen, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return trainable, frozen, slots, value

    each = jax.jit(jax.vmap(one))
    held = [(*state, slots)]

    def step() -> Any:
        *held[0], losses = each(*held[0], x, y)
        return losses.sum().item()

    return step


if __name__ == "__main__":
    main()
