"""What the report's ports do otherwise than Keras's files, pair by pair, and what it means.

Whether a port is the same function is not said here: `parity check --port as_reported` finds out.
"""

from dataclasses import dataclass
from typing import Literal

Where = Literal["data", "model", "initialisation", "loss", "optimizer", "metrics"]


@dataclass(frozen=True)
class Quirk:
    """One thing. entries: of the catalogue of differences, where it has one."""

    id: str
    where: Where
    wrote: str  # what the report wrote
    keras: str  # what Keras's file does
    means: str
    entries: tuple[str, ...] = ()


INITIALISATION = Quirk(
    "torch-initialisation",
    "initialisation",
    "no initialisation of its own, and torch draws kernels and biases from "
    "U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
    "draws kernels from U(-sqrt(6/(fan_in + fan_out)), +the same), and starts biases at zero",
    "training starts elsewhere",
    ("init-default",),
)
ADAM = Quirk(
    "torch-adam",
    "optimizer",
    "torch.optim.Adam: epsilon 1e-8, added after the bias correction",
    "has epsilon 1e-7, added before it",
    "the same rule but for small gradients, of which it makes other steps",
    ("adam-epsilon",),
)
BATCH_MEANS = Quirk(
    "mean-of-batch-means",
    "metrics",
    "an epoch's loss as the mean of its batches' means",
    "counts every image once",
    "the short last batch counts as a whole one: of MNIST's test images 16 weigh as much as 128, "
    "or 256, do elsewhere",
    ("partial-batch",),
)
CROSS_ENTROPY = Quirk(
    "cross-entropy-of-logits",
    "loss",
    "nn.CrossEntropyLoss, which takes the softmax itself, on class indices",
    "takes probabilities and one-hot rows, and on tensorflow finds the logits behind them",
    "the same number on tensorflow; on its other backends Keras clips probabilities to 1e-7",
    ("ce-logit-recovery",),
)
BCE = Quirk(
    "bce-loss",
    "loss",
    "nn.BCELoss on probabilities, whose logarithms it clamps at -100",
    "finds the logits on tensorflow; elsewhere it clips probabilities to 1e-7",
    "the same number until a probability rounds to 0 or 1",
    ("bce-clip",),
)

QUIRKS: dict[str, tuple[Quirk, ...]] = {
    "mlp": (
        Quirk(
            "normalised-inputs",
            "data",
            "inputs as (x - 0.1307) / 0.3081, from -0.42 to 2.82",
            "leaves pixels in [0, 1]",
            "a change that the first layer can make up for: the same functions can be learnt, by "
            "other weights and on another path",
        ),
        Quirk(
            "log-softmax",
            "model",
            "log_softmax at the end of the model, and nn.CrossEntropyLoss behind it",
            "has a softmax at the end of the model",
            "no harm: log_softmax of a log_softmax is itself; a softmax there would be one",
            ("double-softmax", "ce-logit-recovery"),
        ),
        INITIALISATION,
        ADAM,
        BATCH_MEANS,
    ),
    "cnn": (
        Quirk(
            "flatten-order",
            "model",
            "x.view(N, -1), features by channel, height, width",
            "flattens by height, width, channel",
            "no harm where the network is trained from scratch; weights that are moved must be "
            "permuted",
            ("flatten-order",),
        ),
        CROSS_ENTROPY,
        INITIALISATION,
        ADAM,
        Quirk(
            "accuracy-over-batches",
            "metrics",
            "right answers over len(loader), the number of batches",
            "divides them by the number of images",
            "a curve of the right form, of right answers a batch, which a perfect network brings "
            "to the images over the batches, about 128",
            ("epoch-metrics",),
        ),
        BATCH_MEANS,
    ),
    "simple_ae": (
        Quirk(
            "normalised-under-a-sigmoid",
            "data",
            "inputs and targets as (x - 0.1307) / 0.3081, from -0.42 to 2.82",
            "leaves pixels in [0, 1]",
            "a sigmoid gives values between 0 and 1: black is below them and white far above, so "
            "that a part of the loss stays whatever is learnt, and it is driven to 0 or 1 nearly "
            "everywhere: reconstructions sharper and less smooth than the originals, as the report "
            "remarks",
            ("normalize-ae-targets",),
        ),
        INITIALISATION,
        ADAM,
        Quirk(
            "threshold-of-normalised",
            "metrics",
            "an accuracy that compares output and target at 0.5, both as normalised",
            "compares a target that is not thresholded (its string 'accuracy')",
            "0.5 of a normalised target is 0.285 of a pixel: other pixels count as white",
            ("ae-accuracy-ceiling",),
        ),
        BATCH_MEANS,
    ),
    "conv_ae": (
        Quirk(
            "floor-pooling",
            "model",
            "nn.MaxPool2d(2), which makes 7x7 into 3x3",
            "pads, and makes it 4x4",
            "the code has 72 numbers, Keras's 128, and the last row and column of 7 are not seen",
            ("maxpool-same-odd",),
        ),
        Quirk(
            "transposed-decoder",
            "model",
            "four transposed convolutions, 3 -> 5 -> 12 -> 26 -> 28",
            "repeats pixels and convolves, 4 -> 8 -> 16 -> 14 -> 28",
            "another network; its Keras mirror is the pair conv_transpose_ae",
            ("upsampling-mode", "convtranspose-same"),
        ),
        Quirk(
            "layers-that-nothing-calls",
            "model",
            "an nn.Upsample and an nn.BatchNorm2d(1) that forward never calls",
            "has none",
            "two parameters and three buffers of decoder.batch_norm that no step moves, counted "
            "and saved with the model",
        ),
        BCE,
        INITIALISATION,
        ADAM,
        BATCH_MEANS,
    ),
    "denoising_ae": (
        Quirk(
            "normalised-then-clamped",
            "data",
            "(x - 0.1307) / 0.3081, then clamped to [0, 1], which nn.BCELoss demands of a target",
            "leaves pixels in [0, 1]",
            "pixels above 0.4388 become white and those below 0.1307 black: an easier image, "
            "nearly without greys",
            ("normalize-ae-targets",),
        ),
        BCE,
        INITIALISATION,
        ADAM,
        Quirk(
            "tested-on-clean-images",
            "metrics",
            "noisy test images, and then AE(img), the output for the clean ones",
            "tests on noisy images",
            "the test figures are those of an auto-encoder; of denoising they say nothing",
            ("gaussian-noise",),
        ),
        BATCH_MEANS,
    ),
}


def of(pair: str) -> tuple[Quirk, ...]:
    """The quirks of the report's port of this pair; none where none was written down."""
    return QUIRKS.get(pair, ())
