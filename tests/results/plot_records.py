"""Made-up records of runs, predictions and timings, for the pictures."""

import numpy as np

from parity.records.jobs import FRAMEWORKS, LANES, Epoch, Framework, Job, Run, Timing
from parity.records.training import Lane
from parity.results.plots.equivalence import Compared

NAN = float("nan")


def run(framework: Framework, seed: int, epochs: int = 20, nan_at: int | None = None) -> Run:
    """Loss 2.3 before training, then towards 0.1; from `nan_at` on, NaN, which ends the run."""
    history = []
    for epoch in range(epochs + 1):
        loss = 0.1 + 0.2 * np.exp(-epoch / 2) + 0.001 * seed if epoch else 2.3
        accuracy = 0.98 - 0.05 * np.exp(-epoch / 2) if epoch else 0.1
        if epoch == nan_at:
            loss, accuracy = NAN, 0.098  # what a model of NaN gets: all its answers are 0
        after = Epoch(epoch, loss, accuracy, accuracy, loss, accuracy, 1.0)
        history.append(after if epoch else Epoch(epoch, loss, accuracy, accuracy))
        if epoch == nan_at:
            break
    job = Job("mlp", framework, "tensorflow", "matched", "course", "independent", seed, epochs)
    return Run(job, tuple(history), 10, "" if nan_at is None else "the loss is NaN")


def runs(seeds: int, epochs: int = 20) -> list[Run]:
    return [run(framework, seed, epochs) for framework in FRAMEWORKS for seed in range(seeds)]


LABELS = np.repeat(np.arange(10), 20)
KERAS, TORCH = LABELS.copy(), LABELS.copy()
KERAS[[3, 25, 26, 27, 199]] = [7, 2, 2, 3, 4]  # 0 for 7, 1 for 2 twice and for 3, 9 for 4
TORCH[[3, 26, 27]] = [7, 2, 8]  # the same 0 for 7 and 1 for 2, and another mistake with 27
IMAGES = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
ORIGINALS = IMAGES[:10]
OURS = (ORIGINALS / 510).astype(np.float32)
THEIRS = OURS.copy()
THEIRS[4, 5, 6] += 0.25


def timed(pair: str, framework: Framework, lane: Lane, epoch: float) -> Timing:
    """Laps of 1, 2, 3, 4, 5 units, of which the median makes an epoch's seconds."""
    laps, epochs = (1.0, 2.0, 3.0, 4.0, 5.0), (epoch, epoch, 9 * epoch)
    seconds = (1.0, 1.0, 1.0)
    return Timing(
        pair, framework, "tensorflow", lane, *seconds, 0.2, laps, epochs, 60_000, 1, None, {}
    )


TIMINGS = [
    timed(pair, framework, lane, seconds)
    for lane in LANES
    for pair, seconds in (("mlp", 0.6), ("cnn", 60.0))
    for framework in FRAMEWORKS
]
ROWS = [
    Compared("mlp, accuracy", 0.001, -0.0005, 0.0015, 0.002, "equivalent"),
    Compared("mlp, loss", -0.5, -0.6, -0.4, 0.01, "different"),
    Compared("cnn, loss", NAN, None, None, 0.01, "undecided"),
]
