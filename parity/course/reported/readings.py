"""Several readings of the same weights (records.py says which). NumPy alone."""

from dataclasses import dataclass, replace

import numpy as np

from parity.course.reported.records import COURSE, NOISY, REPORT, UNDONE, WEIGHTED, Figures, Floor
from parity.numerics import metrics
from parity.records import variants
from parity.records.comparison import Array
from parity.records.pair import Pair
from parity.records.training import Session, Trained, Variant
from parity.sides import testing

WHITE = 255


@dataclass(frozen=True)
class Reader:
    """What a port's predictions of some images are read with.

    session: with the report's definitions; loss: the port's class of it; images: uint8
    (N, 28, 28); labels: (N,).
    """

    session: Session
    loss: str
    pair: Pair
    images: Array
    labels: Array

    def of(self, clean: Array, noisy: Array | None = None) -> dict[str, Figures]:
        """All readings; clean: the predictions of images without noise, (N, ...); noisy: a
        denoiser's of images with noise."""
        found = {
            REPORT: self._figures(clean, self._own_target(), self.session.variant),
            WEIGHTED: self._figures(clean, self._own_target(), Variant()),
        }
        seen = clean if noisy is None else noisy
        if noisy is not None:
            found[NOISY] = self._figures(noisy, self._own_target(), Variant())
        found[COURSE] = self._figures(seen, self._pixels(), Variant())
        if self._is_normalised and self.session.task == "reconstruct":
            undone = np.clip(seen * self._prepared.sd + self._prepared.mean, 0, 1)
            found[UNDONE] = self._figures(undone, self._pixels(), Variant())
        return found

    @property
    def _prepared(self) -> Variant:
        """What the report does to its images."""
        return variants.variant("as_reported", self.pair.name)

    @property
    def _is_normalised(self) -> bool:
        return self._prepared.sd != 1

    def _pixels(self) -> Array:
        return self.images.astype(np.float32) / WHITE

    def _own_target(self) -> Array:
        return variants.transform(self._pixels(), self._prepared)

    def _figures(self, prediction: Array, target: Array, variant: Variant) -> Figures:
        session = replace(self.session, variant=variant)
        found = testing.figures(session, self.loss, prediction, self.images, target, self.labels)
        return Figures(found.loss, found.accuracy)

    def floor(self) -> Floor | None:
        """What an auto-encoder's loss cannot come below; None for a classifier's."""
        if self.session.task == "classify":
            return None
        own, pixels = self._own_target(), self._pixels()
        return Floor(
            own=lowest(self.loss, own),
            course=lowest(self.loss, pixels),
            outside=float(((own < 0) | (own > 1)).mean()),
            grey=float(((own > 0) & (own < 1)).mean()),
            course_grey=float(((pixels > 0) & (pixels < 1)).mean()),
        )


def lowest(loss: str, target: Array) -> float:
    """The loss of the best prediction in [0, 1] of every pixel: the target itself, where it lies
    there; beyond, 0 or 1. What is left of a cross-entropy is the entropy of the grey pixels."""
    return metrics.LOSSES[loss](target.astype(np.float64), np.clip(target, 0, 1))


def trained(figures: Trained, variant: Variant) -> dict[str, Figures]:
    """An epoch of training: running figures of its batches, while the weights moved."""
    right = figures.accuracies @ figures.samples
    of = len(figures.samples) if variant.accuracy_per_batch else figures.samples.sum()
    return {
        REPORT: Figures(float(figures.losses.mean()), float(right / of)),
        WEIGHTED: Figures(figures.loss, figures.accuracy),
    }
