"""What the harness costs: its training loop against the same loop written by hand.

    uv run python benchmarks/overhead.py [PAIR...] [--rounds N]

Both loops take the same steps on the same tensors in one process, epoch by epoch in turn; the
figure is the median of the ratios of neighbours.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from parity.numerics import draws
from parity.pairs import select
from parity.records.training import Session
from parity.sides.torch_side import TorchSide
from parity.train.data import digits

REPEATS = 8  # of the embedded digits: 11,496 samples an epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", metavar="PAIR", help="default: mlp simple_ae cnn")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    images, labels, _, _ = digits.load()
    images, labels = np.tile(images, (REPEATS, 1, 1)), np.tile(labels, REPEATS)
    for pair in select(args.pairs or ["mlp", "simple_ae", "cnn"]):
        side = TorchSide()
        side.open("model", pair.torch, "float32", seed=0)
        side.feed("model", images, labels)
        side.compile(
            "model",
            Session(pair.task, 0, side.settings(pair.torch).batch_size, "tensorflow"),
        )
        side.fit("model", 1)
        ratios = []
        for epoch in range(2, args.rounds + 2):
            by_hand = _by_hand(side, epoch, pair.task == "classify")
            ratios.append(side.fit("model", epoch).seconds / by_hand)
        print(f"{pair.name}: the harness takes {statistics.median(ratios):.3f} of a loop by hand")


def _by_hand(side: TorchSide, epoch: int, classifies: bool) -> float:
    """What someone would write who wants the losses and accuracies of an epoch."""
    held = side._held["model"]
    model, loss_of, optimizer = held.model, held.loss, held.optimizer
    x, y = held.loop._x, held.loop._y
    order = torch.from_numpy(draws.permutation(0, epoch, len(x)).copy())
    size = held.feed.session.batch_size
    losses, hits = [], []
    model.train()
    start = time.perf_counter()
    for first in range(0, len(x), size):
        chosen = order[first : first + size]
        inputs, target = x[chosen], y[chosen]
        optimizer.zero_grad()
        output = model(inputs)
        loss = loss_of(output, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        prediction = held.module.prediction(output.detach())
        if classifies:
            hits.append((prediction.argmax(1) == target.argmax(1)).sum())
        else:
            hits.append(((prediction > 0.5) == (target > 0.5)).sum())
    torch.stack(losses).tolist(), torch.stack(hits).tolist()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
