"""Losses of an own pair, measured from the inputs on: why the port's is another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from parity.diagnose import losses_otherwise, penalized, written
from parity.diagnose.left import Figures
from parity.diagnose.losses import CLASSES, CLIP, reductions
from parity.diagnose.penalized import Penalties
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.errors import ModelError
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Finding
from parity.records.interventions import LossOtherwise
from parity.records.otherwise import Mode, Operation, Otherwise, Written

MOST_TERMS = 12
MEASURED = 1e-4  # of a factor: in float32, too
PENALTIES = ("l1 * weight.abs().sum()", "l2 * (weight ** 2).sum()")
EXACT = 1e-7  # how near a factor is to the number that was written, which it was read off by
SURE = 1e-6  # of a number that is measured on one figure and has to serve for all
MODES: tuple[tuple[Mode, str, str, str], ...] = (
    (
        "training",
        "eval-left-on",
        "the port's step leaves the module, or a part of it, in evaluation mode",
        "model.train()",
    ),
    (
        "evaluation",
        "train-left-on",
        "the port's step puts the module into training mode, where Keras's calls its model without",
        "model.eval()",
    ),
)


@dataclass(frozen=True)
class DifferingWholeLoss:
    """keras, torch: the losses' names; batch, values: the samples, and the values of one; under:
    the figures when the port's loss is reckoned otherwise; penalties: Keras's; weights: what Keras
    trains, for each figure; weighed: of the samples, where they have weights; ways: the figures
    with Keras's loss done otherwise; written: what the port's is computed with."""

    keras: str
    torch: str
    figures: Figures
    batch: int
    values: int
    under: Callable[[Otherwise], Figures]
    penalties: Penalties
    weights: list[dict[str, Array]]
    weighed: Array | None
    is_stepped: bool
    ways: Callable[[], Mapping[LossOtherwise, Figures]]
    written: Callable[[], tuple[Sequence[Written], Sequence[Operation]]]


def find(subject: DifferingWholeLoss, budget: Budget = UNLIMITED) -> Finding:
    trials = _trials(subject)
    return explain("loss", subject.keras, subject.torch, subject.figures, trials, budget)


def _trials(subject: DifferingWholeLoss) -> Iterator[Trial]:
    yield from reductions(subject.figures, subject.batch, subject.values)
    yield from _penalties(subject)
    if subject.is_stepped:
        for mode, cause, says, fix in MODES:
            yield _trial(subject, Otherwise(mode=mode), cause, says, fix)
    if subject.weighed is not None and not subject.is_stepped:
        yield _trial(
            subject,
            Otherwise(weighed=subject.weighed),
            "sample-weights",
            "the port's loss is not the sum of each sample's times its weight, divided by the "
            "number of samples",
            "(weights * loss_of_each).mean(), of a loss with reduction='none'",
        )
    yield _trial(
        subject,
        Otherwise(target=("like", {})),
        "loss-broadcast",
        "the port's targets have another shape than its predictions, and are broadcast",
        "loss(output, target.view_as(output))",
    )
    yield from _logits(subject)
    yield from _called(subject)
    yield from _smoothing(subject)
    yield from losses_otherwise.trials(subject.ways())
    if subject.weighed is None and not subject.is_stepped:
        yield _trial(
            subject,
            Otherwise(weighed=np.ones(subject.batch)),
            "loss-reduction",
            "the port takes the loss of a batch as one, Keras the mean of those of its samples",
            "the mean of the losses of each sample",
        )
    yield from _terms(subject)
    yield from written.trials(*subject.written(), subject.figures, subject.under)


def _trial(
    subject: DifferingWholeLoss, otherwise: Otherwise, cause: str, says: str, fix: str
) -> Trial:
    return Trial((Remedy(cause, says, fix),), (partial(subject.under, otherwise),))


def _logits(subject: DifferingWholeLoss) -> Iterator[Trial]:
    dim = {"dim": CLASSES}
    clip = {"low": CLIP, "high": 1 - CLIP}
    for name, settings, cause, says, fix in (
        ("log", {}, "loss-logits", "probabilities stand where the port's loss takes logits: they "
         "are softmaxed twice", "loss(logits, target), without the softmax"),
        ("logit", {}, "loss-logits", "probabilities stand where the port's loss takes logits: "
         "their sigmoid is taken twice", "loss(logits, target), without the sigmoid"),
        ("softmax", dim, "loss-logits", "logits stand where the port's loss takes "
         "probabilities", "loss(output.softmax(1), target)"),
        ("sigmoid", {}, "loss-logits", "logits stand where the port's loss takes probabilities",
         "loss(output.sigmoid(), target)"),
        ("clip", clip, "loss-clip", f"Keras clips probabilities to {CLIP:g} from 0 and 1, the port "
         "does not", f"output.clamp({CLIP:g}, 1 - {CLIP:g})"),
    ):  # fmt: skip
        otherwise = Otherwise(prediction=(name, dict(settings)))
        yield _trial(subject, otherwise, cause, says, fix)
    yield _trial(
        subject,
        Otherwise(is_unclipped=True),
        "loss-clip",
        "the port clips probabilities, where Keras takes the logits ahead of the activation",
        "log_softmax or logsigmoid of the logits, without clamp",
    )
    for by in (1, -1):
        yield _trial(
            subject,
            Otherwise(target=("roll", {"by": by, **dim})),
            "targets-shifted",
            f"the port's classes are shifted by {-by}",
            f"labels + {by}",
        )


def _called(subject: DifferingWholeLoss) -> Iterator[Trial]:
    """What losses of torch's own do, wherever the port calls them."""
    for how, cause, says, fix in (
        ("mean", "loss-reduction", "the port's losses are sums", 'reduction="mean"'),
        ("sum", "loss-reduction", "the port's losses are means", 'reduction="sum"'),
        ("unactivated", "loss-logits", "the port activates what its loss takes, and the loss does "
         "so once more", "loss(logits, target)"),
        ("whole", "label-smoothing", "the port smooths labels, which Keras leaves at 0 and 1",
         "labels of 0 and 1"),
    ):  # fmt: skip
        yield _trial(subject, Otherwise(losses=how), cause, says, fix)


def _terms(subject: DifferingWholeLoss) -> Iterator[Trial]:
    """The loss is linear in each of the numbers that are added up to it: by how much one is to be
    multiplied is read off one figure, and has to serve for the others."""
    wanted = subject.figures[0].keras
    for place in range(MOST_TERMS if len(subject.figures) > 1 else 0):
        try:
            without, once = (
                np.array([float(one.torch) for one in subject.under(Otherwise(term=(place, x)))])
                for x in (0.0, 1.0)
            )
        except ModelError:  # what is added up there is no part of a loss that can be scaled
            continue
        if without[0] == once[0]:  # there is no such term
            return
        if not _vary(once - without):  # any number that is always the same would serve
            continue
        factor = _solved(wanted, without[0], once[0])
        factor = (factor and written.shortest(factor, EXACT)) or factor
        if abs(factor) < EXACT:
            says = f"what the port adds up to its loss as number {place + 1} is nothing of Keras's"
            fix = "the loss without that term"
            yield _trial(subject, Otherwise(term=(place, 0.0)), "loss-term", says, fix)
            continue
        of_counts = factor and _counts(subject, max(factor, 1 / factor))
        says = (
            f"what the port adds up to its loss as number {place + 1} is to be {factor:.4g} times"
        )
        yield _trial(
            subject,
            Otherwise(term=(place, factor)),
            "loss-reduction" if of_counts else "loss-weights",
            f"{says} as large",
            f"{factor:.4g} * that term",
        )


def _is_round(times: float, missing: Array) -> bool:
    """Is the same number missing whatever is predicted, which a round factor of a penalty makes?"""
    most = max(abs(times), 1 / abs(times)) if times else 0.0
    is_same = np.ptp(missing) < MEASURED * np.abs(missing).max()
    return bool(is_same) and round(most) > 1 and abs(most - round(most)) < MEASURED * most


def _vary(values: Array) -> bool:
    return bool(np.ptp(values) > SURE * np.abs(values).max())


def _counts(subject: DifferingWholeLoss, times: float) -> bool:
    """Is a term so many times too large or small by its reduction, rather than by its weight?

    Of a step of a person's own nobody knows what it reduces.
    """
    count = round(times)
    if count < 2 or abs(times - count) > MEASURED * times:
        return False
    is_size = count in (subject.values, subject.values * subject.batch) or not count % subject.batch
    return is_size or subject.is_stepped


def _smoothing(subject: DifferingWholeLoss) -> Iterator[Trial]:
    """The loss is linear in its targets: how far they are to be smoothed is read off one figure,
    and has to serve for the others."""
    if len(subject.figures) < 2:
        return

    def smoothed(by: float) -> Figures:
        return subject.under(Otherwise(target=("smooth", {"by": by})))

    try:
        by = _solved(subject.figures[0].keras, smoothed(0.0)[0].torch, smoothed(1.0)[0].torch)
    except ModelError:  # targets of another kind
        return
    if by <= 1:
        how = "smoothed further than" if by < 0 else "not as far smoothed as"
        says = f"the port's labels are {how} Keras's"
        fix = "target * (1 - smoothing) + smoothing / classes, or label_smoothing=..."
        yield Trial((Remedy("label-smoothing", says, fix),), (partial(smoothed, by),))
    says = "the port takes the labels 0 and 1 for each other"
    yield Trial((Remedy("targets-exchanged", says, "1 - target"),), (partial(smoothed, 2.0),))


def _solved(wanted: Array, at_zero: Array, at_one: Array) -> float:
    return float((wanted - at_zero) / (at_one - at_zero)) if at_one != at_zero else 0.0


def _penalties(subject: DifferingWholeLoss) -> Iterator[Trial]:
    of = subject.penalties
    if not of:
        return
    own, norms, others = (
        np.array([function(of, weights) for weights in subject.weights])
        for function in (penalized.own, penalized.of_norms, penalized.of_others)
    )
    terms = [
        told
        for told, each in zip(PENALTIES, zip(*of.values(), strict=True), strict=True)
        if any(each)
    ]
    fix = f"loss + sum({' + '.join(terms)}), of these weights alone"
    for name in of if len(of) > 1 else ():
        alone = np.array([penalized.own({name: of[name]}, x) for x in subject.weights])
        says = f"Keras adds penalties of {name} to the loss, and the port none"
        yield _added(subject, alone, "penalty-lost", says, fix)
    names = ", ".join(of)
    for name in (name for name in subject.weights[0] if name not in of):
        each = [penalized.of_others(of, {name: weights[name]}) for weights in subject.weights]
        says = f"the port penalises {name}, too, and Keras does not"
        yield _added(subject, -np.array(each), "penalty-weights", says, fix)
    missing = np.array([float(f.keras - f.torch) for f in subject.figures])
    share = float(missing[0] / own[0]) if own[0] else 1.0
    for cause, says, amount in (
        ("penalty-lost", f"Keras adds penalties of {names} to the loss, and the port none", own),
        ("penalty-norm", "the port adds norms, Keras their squares", own - norms),
        ("penalty-weights", f"the port penalises other weights than {names}, too", -others),
    ):
        yield _added(subject, amount, cause, says, fix)
    rest = [
        replace(f, keras=f.keras - x, torch=f.torch - x)
        for f, x in zip(subject.figures, own, strict=True)
    ]
    yield from reductions(rest, subject.batch, subject.values)
    if abs(share - 1) > SURE and len(own) > 1 and (_vary(own) or _is_round(1 - share, missing)):
        says = f"the port's penalty of {names} is {1 - share:.3g} times Keras's"
        yield _added(subject, share * own, "penalty-factor", says, fix)


def _added(subject: DifferingWholeLoss, amount: Any, cause: str, says: str, fix: str) -> Trial:
    def added() -> Figures:
        each = zip(subject.figures, amount, strict=True)
        return [replace(figure, torch=np.asarray(figure.torch + x)) for figure, x in each]

    return Trial((Remedy(cause, says, fix),), (added,))
