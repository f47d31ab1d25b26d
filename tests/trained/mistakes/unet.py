"""Mistakes in the training of the U-Net's port."""

import torch.nn.functional as F

from tests.trained.mistake import Mistake
from tests.trained.torch_models.unet import ACCUMULATED, dice, loss


def stepped(loss, accumulated=ACCUMULATED, divisor=ACCUMULATED, clears=True):
    """The port's step with another loss, or other habits."""

    def step(model, batch, optimizer):
        x, y = batch
        value = loss(model(x), y)
        (value / divisor).backward()
        model.batches = getattr(model, "batches", 0) + 1
        if model.batches % accumulated == 0:
            optimizer.step()
            if clears:
                optimizer.zero_grad()
        return value

    return step


def dice_of_the_batch(output, target, smooth=1.0):
    p = output.sigmoid()
    share = (2 * (p * target).sum() + smooth) / (p.sum() + target.sum() + smooth)
    return F.binary_cross_entropy_with_logits(output, target) + 1 - share


def summed(output, target):
    bce = F.binary_cross_entropy_with_logits(output, target, reduction="sum")
    return bce + dice(output.sigmoid(), target).mean()


def sigmoid_twice(output, target):
    p = output.sigmoid()
    return F.binary_cross_entropy_with_logits(p, target) + dice(p, target).mean()


def without_dice(output, target):
    return F.binary_cross_entropy_with_logits(output, target)


def summed_gradients(model, batch, optimizer):
    return stepped(loss, divisor=1)(model, batch, optimizer)


MISTAKES = (
    Mistake("dice of the whole batch", "loss", "", step=stepped(dice_of_the_batch)),
    Mistake("the cross-entropy is summed", "loss", "loss-reduction", step=stepped(summed)),
    Mistake("sigmoid twice", "loss", "loss-logits", step=stepped(sigmoid_twice)),
    Mistake("dice is lost", "loss", "", step=stepped(without_dice)),
    Mistake("gradients are summed", "optimizer", "accumulation", step=summed_gradients),
    Mistake("no accumulation", "optimizer", "accumulation", step=stepped(loss, 1, 1)),
    Mistake("four batches a step", "gradients", "accumulation", step=stepped(loss, 4, 4)),
    Mistake("zero_grad forgotten", "lockstep", "zero-grad", step=stepped(loss, clears=False)),
)
