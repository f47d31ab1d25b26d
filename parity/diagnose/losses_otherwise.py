"""Losses that are Keras's but for one thing: the port's number is what Keras's loss would be then.

A port's loss may be any code, so that nothing can be changed in it; it is Keras's that is computed
otherwise, until it is the port's own, with the model's predictions and with saturated ones.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from parity.diagnose.left import Figures
from parity.diagnose.remedies import Remedy, Trial
from parity.records.interventions import AS_KERAS, LossOtherwise

WAYS = {  # cause, what the port does, and what mends it
    "weights-lost": (
        "sample-weights",
        "the port does not weigh the samples, Keras does",
        "(sample_weight * loss_of_each).mean()",
    ),
    "weights-normalised": (
        "sample-weights",
        "the port divides by the sum of the weights, Keras by the number of samples",
        "(sample_weight * loss_of_each).mean()",
    ),
    "weights-squared": (
        "sample-weights",
        "the port weighs each sample by the square of its weight",
        "(sample_weight * loss_of_each).mean()",
    ),
    "weights-broadcast": (
        "loss-broadcast",
        "the port multiplies each sample's loss with every weight: (N, 1) by (N,) is (N, N)",
        "sample_weight.view_as(loss_of_each)",
    ),
    "weights-exchanged": (
        "sample-weights",
        "the weights of the two classes change places",
        "torch.where(target == 1, weight_of_1, weight_of_0)",
    ),
    "weights-reordered": (
        "sample-weights",
        "the weights of the classes stand in another order in the port{}: {}",
        "weights in the order of the classes",
    ),
    "weights-smoothed": (
        "sample-weights",
        "the port weighs samples by their smoothed labels, Keras by the labels as they are",
        "weights of the labels before they are smoothed",
    ),
    "pos-weight": (
        "sample-weights",
        "the port's pos_weight weighs a term of the loss, Keras the samples",
        "(weight_of_each * loss_of_each).mean()",
    ),
    "scaled": (
        "loss-reduction",
        "the port's loss{} is {} times Keras's",
        "the loss without that factor",
    ),
    "over-delta": (
        "loss-replaced",
        "SmoothL1Loss is Huber's divided by its beta{}, {}",
        "nn.HuberLoss(delta=...)",
    ),
    "summed": (
        "loss-reduction",
        "the port's loss{} is {} times Keras's: a sum in place of a mean",
        'reduction="mean"',
    ),
    "broadcast": (
        "loss-broadcast",
        "the port compares each output with every target: (N,) against (N, 1) is (N, N)",
        "target.view_as(output)",
    ),
    "label_smoothing": (
        "label-smoothing",
        "the port's labels{} are smoothed by {}, Keras's otherwise",
        "target * (1 - s) + s / classes",
    ),
    "activated-twice": (
        "loss-logits",
        "the port activates its output{}, and the loss does so once more",
        "loss(logits, target)",
    ),
    "targets-shifted": (
        "targets-shifted",
        "the port's targets{} are moved by {} samples",
        "targets as they are",
    ),
    "undrawn": (
        "layer-missing",
        "the port{} does without what Keras's step draws: it is as if that were {} throughout",
        "torch.rand, torch.randn or F.dropout, where Keras draws",
    ),
    "replaced": ("loss-replaced", "the port's loss{} is {}", "the loss that Keras has"),
    "shares-lost": (
        "loss-weights",
        "the port adds the losses as they are, Keras weighs them",
        "sum(weight * loss for weight, loss in ...)",
    ),
    "shares-exchanged": (
        "loss-weights",
        "the weights of the losses change places",
        "sum(weight * loss for weight, loss in ...)",
    ),
    "share-lost": ("loss-weights", "the port's loss has no part{}", "+ weight * loss"),
    "share-one": ("loss-weights", "the port does not weigh the loss{}", "weight * loss"),
    "nothing-ignored": (
        "loss-setting",
        "the port's loss{} counts the class that Keras ignores",
        "F.cross_entropy(output, target, ignore_index=...)",
    ),
    "nothing-masked": (
        "loss-setting",
        "the port's loss{} counts the places that Keras masks",
        "(mask * loss_of_each).sum() / mask.sum()",
    ),
    "masked-undivided": (
        "loss-reduction",
        "the port's loss{} is divided by the number of all places, Keras's by those not masked",
        "(mask * loss_of_each).sum() / mask.sum()",
    ),
    "term-lost": (
        "loss-term",
        "the port's loss{} lacks what Keras adds up as number {}",
        "+ that term",
    ),
    "added-lost": (
        "penalty-lost",
        "the port{} lacks what Keras's layers add to the loss by add_loss or an "
        "activity_regularizer, number {} of them",
        "+ what that layer adds",
    ),
    "added-summed": (
        "penalty-factor",
        "the port{} sums over the batch what Keras's layers add to the loss as a mean, number {} "
        "of it",
        "the penalty / len(batch)",
    ),
    "penalties-of-all": (
        "penalty-weights",
        "the port's penalty is of all weights, Keras's of those of some layers",
        "the penalty of those alone that have a regularizer in Keras",
    ),
    "penalties-of-norms": (
        "penalty-norm",
        "the port adds norms, Keras their squares",
        "l2 * (weight ** 2).sum()",
    ),
}
SETTING = "loss-setting", "{} is {} in the port{}, {} in Keras", "{}={}"


def trials(ways: Mapping[LossOtherwise, Figures]) -> Iterator[Trial]:
    """ways: the figures with Keras's loss done otherwise; of `AS_KERAS` as it is."""
    for way, figures in ways.items():
        if way.what != AS_KERAS:
            yield Trial((_remedy(way),), (partial(_as_they_are, figures),))


def _as_they_are(figures: Figures) -> Figures:
    return figures


def _remedy(way: LossOtherwise) -> Remedy:
    where = f" of `{way.output}`" if way.output else ""
    value = f"{way.value:g}" if isinstance(way.value, int | float) else way.value
    if way.what not in WAYS:
        cause, says, fix = SETTING
        own = f"{way.keras:g}"
        return Remedy(cause, says.format(way.what, value, where, own), fix.format(way.what, own))
    cause, says, fix = WAYS[way.what]
    return Remedy(cause, says.format(where, value), fix)
