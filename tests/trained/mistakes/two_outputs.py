"""Mistakes in the training of the port with two outputs."""

import torch
from torch import nn

from parity import semantics
from tests.trained.mistake import Mistake
from tests.trained.torch_models.two_outputs import Net, of_kind, of_place


def weighted(kind=0.3, place=2.0, of_kind=of_kind, of_place=of_place):
    def loss(output, target):
        return kind * of_kind(output["kind"], target["kind"]) + place * of_place(
            output["place"], target["place"]
        )

    return loss


def softmaxed(output, target):
    return of_kind(output.softmax(dim=1), target)


class FrozenPlace(Net):
    def __init__(self):
        super().__init__()
        self.place.requires_grad_(False)


class DetachedPlace(Net):
    """The position learns nothing into the shared layer."""

    def forward(self, x):
        x = self.shared(x).relu()
        return {"kind": self.kind(x), "place": self.place(x.detach())}


def torch_nadam(model):
    return torch.optim.NAdam(model.parameters(), lr=0.01, eps=1e-7)


def plain_adam(model):
    return semantics.Adam(model.parameters(), lr=0.01)


def without_the_head(model):
    """Only what is named first is given to the optimizer."""
    return semantics.Nadam([*model.shared.parameters(), *model.kind.parameters()], lr=0.01)


MISTAKES = (
    Mistake("the losses' weights are lost", "loss", "loss-weights", loss=weighted(1, 1)),
    Mistake("weights change places", "loss", "loss-weights", loss=weighted(2.0, 0.3)),
    Mistake("squares for distances", "loss", "loss-replaced", loss=weighted(of_place=nn.MSELoss())),
    Mistake("softmax twice", "loss", "loss-logits", loss=weighted(of_kind=softmaxed)),
    Mistake(
        "distances are summed",
        "loss",
        "loss-reduction",
        loss=weighted(of_place=nn.L1Loss(reduction="sum")),
    ),
    Mistake("one loss is lost", "loss", "loss-weights", loss=weighted(kind=0.0)),
    Mistake("a frozen head", "gradients", "frozen", Net=FrozenPlace),
    Mistake("a detached head", "gradients", "detached", Net=DetachedPlace),
    Mistake("torch's NAdam", "optimizer", "optimizer-update", optimizer=torch_nadam),
    Mistake("Adam for Nadam", "optimizer", "optimizer-replaced", optimizer=plain_adam),
    Mistake("a head without optimizer", "optimizer", "not-optimized", optimizer=without_the_head),
)
