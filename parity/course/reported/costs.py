"""What each quirk costs: figures of one training of a port, and of the faithful one beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from parity.course.reported.records import COURSE, NOISY, REPORT, UNDONE, WEIGHTED, Record

MIRROR = "conv_transpose_ae's, the same network's"


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
class Ours:
    """The faithful port at the end of its training, the mean of so many seeds."""

    loss: float
    accuracy: float
    seeds: int
    epochs: int


Costs = dict[str, tuple[Cost, ...]]  # by quirk


def measured(record: Record, ours: Mapping[str, Ours]) -> Costs:
    """ours: by pair, on the same data."""
    found: Costs = {"mean-of-batch-means": _batch_means(record)}
    if record.pair == "simple_ae":
        found |= _under_a_sigmoid(record, ours)
    if record.pair == "denoising_ae":
        found |= _denoiser(record)
    if record.pair == "cnn":
        found["accuracy-over-batches"] = _over_batches(record)
    if record.unmoved:
        found["layers-that-nothing-calls"] = (
            Cost("tensors that training left bitwise as they were", len(record.unmoved)),
        )
    return found


def _over_batches(record: Record) -> tuple[Cost, ...]:
    report, share = (record.last.test[name].accuracy for name in (REPORT, WEIGHTED))
    return (
        Cost("reported accuracy, right answers a test batch", report),
        Cost("the same weights' accuracy", share, is_share=True),
        Cost("images over batches, which a perfect network reaches", report / share),
    )


def _batch_means(record: Record) -> tuple[Cost, ...]:
    report, weighted = (record.last.test[name].loss for name in (REPORT, WEIGHTED))
    return (
        Cost("test loss, mean of batch means", report),
        Cost("test loss of the same weights, every image once", weighted),
        Cost("the difference, of the loss", report / weighted - 1, is_share=True),
    )


def together(record: Record, ours: Mapping[str, Ours]) -> tuple[Cost, ...]:
    """The port's end by the course's definitions, beside the faithful port's; the conv_ae's beside
    its mirror's too, whose network it is: what is left there is no matter of architecture."""
    end = record.last.test[COURSE]
    found = [
        Cost(f"test loss by the course's definition, {record.epochs} epochs", end.loss),
        Cost("test accuracy by the course's definition", end.accuracy, is_share=True),
    ]
    beside = {record.pair: "the faithful port's"}
    if record.pair == "conv_ae":
        beside["conv_transpose_ae"] = MIRROR
    for name, whose in beside.items():
        found += _ends(whose, ours[name]) if name in ours else []
    return tuple(found)


def _ends(whose: str, ours: Ours) -> list[Cost]:
    seeds = f", mean of {ours.seeds} seeds" if ours.seeds > 1 else ""
    return [
        Cost(f"{whose} test loss, {ours.epochs} epochs{seeds}", ours.loss),
        Cost(f"{whose} test accuracy", ours.accuracy, is_share=True),
    ]


def _under_a_sigmoid(record: Record, ours: Mapping[str, Ours]) -> Costs:
    floor, test = record.floors["test"], record.last.test
    reported = test[REPORT].loss
    found = [
        Cost("target pixels outside of [0, 1]", floor.outside, is_share=True),
        Cost("reported test loss", reported),
        Cost("test loss below which no sigmoid can come", floor.own),
        Cost("the part of the reported loss that is this floor", floor.own / reported, True),
        Cost("squared error of a pixel in [0, 1], the normalisation undone", test[UNDONE].loss),
        Cost("squared error of a pixel, the output taken as the image", test[COURSE].loss),
    ]
    if record.pair in ours:
        found.append(Cost("the faithful port's squared error of a pixel", ours[record.pair].loss))
    return {
        "normalised-under-a-sigmoid": tuple(found),
        "threshold-of-normalised": (
            Cost("reported accuracy", test[REPORT].accuracy, is_share=True),
            Cost("accuracy of the same outputs at 0.5 of a pixel", test[COURSE].accuracy, True),
        ),
    }


def _denoiser(record: Record) -> Costs:
    floor, test = record.floors["test"], record.last.test
    return {
        "normalised-then-clamped": (
            Cost("grey pixels, neither 0 nor 1, of the images", floor.course_grey, is_share=True),
            Cost("grey pixels once they are normalised and clamped", floor.grey, is_share=True),
            Cost("cross-entropy below which nothing can come, images in [0, 1]", floor.course),
            Cost("the same of the clamped images", floor.own),
            Cost("test loss against the clamped images, with noise", test[NOISY].loss),
            Cost("test loss of the same outputs against the images", test[COURSE].loss),
        ),
        "tested-on-clean-images": (
            Cost("reported test loss, on clean images", test[REPORT].loss),
            Cost("test loss of the same weights on noisy images", test[NOISY].loss),
            Cost("reported test accuracy", test[REPORT].accuracy, is_share=True),
            Cost("the same weights' on noisy images", test[NOISY].accuracy, is_share=True),
        ),
    }
