"""Mistakes in the training of the transformer's port."""

import torch
from torch.optim.lr_scheduler import LambdaLR

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.transformer import PEAK, WARMUP, Net, loss, optimizer, rate


def everything_decays(model):
    return semantics.AdamW(model.parameters(), lr=PEAK, weight_decay=0.05)


def nothing_decays(model):
    return semantics.Adam(model.parameters(), lr=PEAK)


def default_decay(model):
    adam = optimizer(model)
    adam.param_groups[0]["weight_decay"] = 0.004
    return adam


def groups(model):
    return [
        {"params": [p for p in model.parameters() if p.ndim > 1]},
        {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]


def torch_adamw(model):
    return torch.optim.AdamW(groups(model), lr=PEAK, weight_decay=0.05)


class Coupled(semantics.Adam):
    """The decay is added to the gradient."""

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim > 1:
                    p.grad.add_(p.detach(), alpha=0.05)
        return super().step(closure)


def coupled(model):
    return Coupled(model.parameters(), lr=PEAK)


def scheduled(share):
    return lambda optimizer: LambdaLR(optimizer, share)


def by_epoch(step):
    """scheduler.step() once an epoch of three batches."""
    return float(rate(step // 3)) / PEAK


class Smoothed(torch.nn.CrossEntropyLoss):
    def __init__(self):
        super().__init__(label_smoothing=0.1)


def softmaxed(output, target):
    return loss(output.softmax(dim=1), target)


class FrozenNorms(Net):
    def __init__(self):
        super().__init__()
        self.norm2.requires_grad_(False)


MISTAKES = (
    Mistake("biases and norms decay", "optimizer", "weight-decay", optimizer=everything_decays),
    Mistake("no decay", "optimizer", "weight-decay", optimizer=nothing_decays),
    Mistake("the default decay", "optimizer", "weight-decay", optimizer=default_decay),
    Mistake("the decay is coupled", "optimizer", "weight-decay", optimizer=coupled),
    Mistake("torch's AdamW", "optimizer", "adam-epsilon", optimizer=torch_adamw),
    Mistake(
        "the schedule by epoch", "optimizer", "schedule-interval", scheduler=scheduled(by_epoch)
    ),
    Mistake(
        "the schedule a step ahead",
        "optimizer",
        "schedule-offset",
        scheduler=scheduled(lambda step: float(rate(step + 1)) / PEAK),
    ),
    Mistake("no schedule", "optimizer", "schedule-lost", scheduler=scheduled(lambda step: 1.0)),
    Mistake(
        "no warm-up",
        "optimizer",
        "schedule",
        scheduler=scheduled(lambda step: float(rate(step + WARMUP)) / PEAK),
    ),
    Mistake("labels are smoothed", "loss", "label-smoothing", loss=Smoothed()),
    Mistake("softmax twice", "loss", "loss-logits", loss=softmaxed),
    Mistake("a frozen norm", "gradients", "frozen", Net=FrozenNorms),
)
