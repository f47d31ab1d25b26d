"""What each quirk costs: figures of one training of a port, and of the faithful one beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parity.course.reported import quirks
from parity.course.reported.records import COURSE, NOISY, REPORT, UNDONE, WEIGHTED, Record
from parity.language import gettext as _
from parity.results.statistics import Spread, spread

# The report's port of the first is the network of the second.
MIRRORS = {"conv_ae": "conv_transpose_ae"}


@dataclass(frozen=True)
class Cost:
    """A figure and what it is of. share: it is a part of one, and read as per cent."""

    label: str
    value: float
    is_share: bool = False

    @property
    def text(self) -> str:
        return f"{self.value:.2%}" if self.is_share else f"{self.value:.5g}"


@dataclass(frozen=True)
class End:
    """Test figures at the end of a port's training, over its seeds."""

    loss: Spread
    accuracy: Spread
    epochs: int

    @property
    def seeds(self) -> int:
        return self.loss.count


def end(record: Record, reading: str) -> End:
    """The report's port's, in one reading."""
    found = record.ends(reading)
    losses, accuracies = [one.loss for one in found], [one.accuracy for one in found]
    return End(spread(losses), spread(accuracies), record.epochs)


Costs = dict[str, tuple[Cost, ...]]  # by quirk


def measured(record: Record, ours: Mapping[str, End]) -> Costs:
    """What each quirk of the record's pair costs, as far as its cost can be measured.

    ours: by pair, on the same data.
    """
    known = (quirk.id for quirk in quirks.of(record.pair))
    return {name: MEASURES[name](record, ours) for name in known if name in MEASURES}


def _over_batches(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    report, share = (record.last.test[name].accuracy for name in (REPORT, WEIGHTED))
    return (
        Cost(_("reported accuracy, right answers a test batch"), report),
        Cost(_("the same weights' accuracy"), share, is_share=True),
        Cost(_("images over batches, which a perfect network reaches"), report / share),
    )


def _batch_means(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    report, weighted = (record.last.test[name].loss for name in (REPORT, WEIGHTED))
    return (
        Cost(_("test loss, mean of batch means"), report),
        Cost(_("test loss of the same weights, every image once"), weighted),
        Cost(_("the difference, of the loss"), report / weighted - 1, is_share=True),
    )


def _unmoved(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    return (Cost(_("tensors that training left bitwise as they were"), len(record.unmoved)),)


def together(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    """The port's end by the course's definitions, beside the faithful port's; where the port is
    another pair's network, beside that one's too: what is left is no matter of architecture."""
    theirs = end(record, COURSE)
    many = _("test loss by the course's definition, {epochs} epochs, mean of {seeds} seeds")
    label = many if theirs.seeds > 1 else _("test loss by the course's definition, {epochs} epochs")
    found = [
        Cost(label.format(epochs=theirs.epochs, seeds=theirs.seeds), theirs.loss.mean),
        Cost(_("test accuracy by the course's definition"), theirs.accuracy.mean, is_share=True),
    ]
    beside = {record.pair: _("the faithful port's")}
    mirror = MIRRORS.get(record.pair)
    if mirror:
        beside[mirror] = _("{pair}'s, the same network's").format(pair=mirror)
    for name, whose in beside.items():
        found += _ends(whose, ours[name]) if name in ours else []
    return tuple(found)


def _ends(whose: str, ours: End) -> list[Cost]:
    many = _("{whose} test loss, {epochs} epochs, mean of {seeds} seeds")
    label = many if ours.seeds > 1 else _("{whose} test loss, {epochs} epochs")
    return [
        Cost(label.format(whose=whose, epochs=ours.epochs, seeds=ours.seeds), ours.loss.mean),
        Cost(_("{whose} test accuracy").format(whose=whose), ours.accuracy.mean, is_share=True),
    ]


def _under_a_sigmoid(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    floor, test = record.floors["test"], record.last.test
    reported = test[REPORT].loss
    found = [
        Cost(_("target pixels outside of [0, 1]"), floor.outside, is_share=True),
        Cost(_("reported test loss"), reported),
        Cost(_("test loss below which no sigmoid can come"), floor.own),
        Cost(_("the part of the reported loss that is this floor"), floor.own / reported, True),
        Cost(_("squared error of a pixel in [0, 1], the normalisation undone"), test[UNDONE].loss),
        Cost(_("squared error of a pixel, the output taken as the image"), test[COURSE].loss),
    ]
    if record.pair in ours:
        found.append(
            Cost(_("the faithful port's squared error of a pixel"), ours[record.pair].loss.mean)
        )
    return tuple(found)


def _threshold(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    test = record.last.test
    return (
        Cost(_("reported accuracy"), test[REPORT].accuracy, is_share=True),
        Cost(_("accuracy of the same outputs at 0.5 of a pixel"), test[COURSE].accuracy, True),
    )


def _clamped(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    floor, test = record.floors["test"], record.last.test
    return (
        Cost(_("grey pixels, neither 0 nor 1, of the images"), floor.course_grey, is_share=True),
        Cost(_("grey pixels once they are normalised and clamped"), floor.grey, is_share=True),
        Cost(_("cross-entropy below which nothing can come, images in [0, 1]"), floor.course),
        Cost(_("the same of the clamped images"), floor.own),
        Cost(_("test loss against the clamped images, with noise"), test[NOISY].loss),
        Cost(_("test loss of the same outputs against the images"), test[COURSE].loss),
    )


def _on_clean_images(record: Record, ours: Mapping[str, End]) -> tuple[Cost, ...]:
    test = record.last.test
    return (
        Cost(_("reported test loss, on clean images"), test[REPORT].loss),
        Cost(_("test loss of the same weights on noisy images"), test[NOISY].loss),
        Cost(_("reported test accuracy"), test[REPORT].accuracy, is_share=True),
        Cost(_("the same weights' on noisy images"), test[NOISY].accuracy, is_share=True),
    )


# By quirk. The others cost nothing, or nothing that one training shows.
MEASURES: dict[str, Callable[[Record, Mapping[str, End]], tuple[Cost, ...]]] = {
    "mean-of-batch-means": _batch_means,
    "accuracy-over-batches": _over_batches,
    "layers-that-nothing-calls": _unmoved,
    "normalised-under-a-sigmoid": _under_a_sigmoid,
    "threshold-of-normalised": _threshold,
    "normalised-then-clamped": _clamped,
    "tested-on-clean-images": _on_clean_images,
}
