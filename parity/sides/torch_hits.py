"""What of a batch the PyTorch side predicts right."""

import torch
from torch import Tensor

from parity.records.pair import Task
from parity.sides.torch_models import Held


def hits(held: Held, output: Tensor, target: Tensor) -> Tensor:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    assert held.feed is not None
    if held.feed.session.task is None:
        return torch.zeros(())
    hit = right(held.feed.session.task, held.twin.predicted(output), target)
    return torch.count_nonzero(hit) / hit.numel()


def right(task: Task, prediction: Tensor, target: Tensor) -> Tensor:
    """Which samples or pixels of a batch are predicted right."""
    if task == "classify":
        is_one_hot = target.shape == prediction.shape
        wanted = target.argmax(dim=1) if is_one_hot else target.flatten()
        return prediction.argmax(dim=1) == wanted
    return (prediction > 0.5) == (target > 0.5)
