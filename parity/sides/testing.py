"""What a trained model comes to on a data set, and what pictures need of it. NumPy alone."""

import numpy as np

from parity.numerics import metrics
from parity.records.comparison import Array
from parity.records.training import Session, Tested

SHOWN = 10  # images of an auto-encoder that a picture shows


def figures(
    session: Session, loss: str, prediction: Array, raw: Array, target: Array, labels: Array
) -> Tested:
    """Loss and accuracy as the recipe defines them.

    prediction: of all raw, in Keras's layout; target: what auto-encoders were to give, of the
    prediction's shape; labels: (N,).
    """
    assert session.task is not None
    wanted = labels if session.task == "classify" else target.reshape(prediction.shape)
    variant, size = session.variant, session.batch_size
    value = metrics.LOSSES[loss]
    starts = range(0, len(raw), size)
    if variant.by_batch:
        means = [value(wanted[i : i + size], prediction[i : i + size]) for i in starts]
        mean = float(np.mean(means))
    else:
        mean = value(wanted, prediction)
    accuracy = metrics.accuracy(session.task, wanted, prediction)
    if variant.accuracy_per_batch:
        accuracy *= len(raw) / len(starts)
    return Tested(mean, accuracy, metrics.keras_accuracy(session.task, wanted, prediction))


def shown(session: Session, prediction: Array, inputs: Array) -> dict[str, Array]:
    """Classifiers: "classes" of all images. Auto-encoders: the first ten "inputs", "outputs"."""
    if session.task == "classify":
        return {"classes": prediction.argmax(axis=1)}
    return {"inputs": _images(inputs), "outputs": _images(prediction)}


def _images(x: Array) -> Array:
    side = int(np.sqrt(np.prod(x.shape[1:])))
    return x[:SHOWN].reshape(-1, side, side).astype(np.float32)
