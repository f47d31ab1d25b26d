"""The report's convolutional auto-encoder in PyTorch: 28x28 -> 3x3x8 -> 28x28.

Source: chapter 5 of the course report, in our own words. The first two layers of its decoder are
lost in the scan. They are rebuilt so that the sizes run 3, 5, 12, 26, 28: a kernel of 3 from 3 to
5, then one of stride 2 with output_padding 1, as the layer after it has. Its data, loss and epochs
are lost too: pixels in [0, 1], nn.BCELoss, batches of 128 and 10 epochs are taken.

Three things to notice beside keras_reference/conv_ae.py:
pooling drops the odd row and column of 7, the decoder learns how to enlarge where Keras's repeats
pixels, and this is another network: no weights of the one fit the other.
"""

import torch
import torch.nn.functional as F
from torch import nn

# --- Sizes ---
KERNEL = 3


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28) in [0, 1]."""
    # DIFFERS: the channel axis comes first.
    return images[:, None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


# --- Model ---
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, KERNEL, padding=1)
        self.conv2 = nn.Conv2d(16, 8, KERNEL, padding=1)
        self.conv3 = nn.Conv2d(8, 8, KERNEL, padding=1)
        self.pool = nn.MaxPool2d(2, stride=2)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool(F.relu(self.conv1(x)))  # (N, 16, 14, 14)
        x = self.pool(F.relu(self.conv2(x)))  # (N, 8, 7, 7)
        # DIFFERS: 7 becomes 3, and the last row and column are dropped. Keras's "same" makes it 4,
        # as nn.MaxPool2d(2, ceil_mode=True) would. [maxpool-same-odd]
        return self.pool(F.relu(self.conv3(x)))  # (N, 8, 3, 3)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        # DIFFERS: transposed convolutions, which learn how to enlarge; Keras's decoder repeats
        # pixels and convolves (UpSampling2D, Conv2D). [upsampling-mode]
        self.conv1 = nn.ConvTranspose2d(8, 8, KERNEL)
        self.conv2 = nn.ConvTranspose2d(8, 8, KERNEL, stride=2, output_padding=1)
        self.conv3 = nn.ConvTranspose2d(8, 16, KERNEL, stride=2, output_padding=1)
        self.conv4 = nn.ConvTranspose2d(16, 1, KERNEL)
        # DIFFERS: two layers that forward never calls. The normalisation owns two parameters that
        # no gradient reaches and no step moves, and they are saved with the rest.
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear")
        self.batch_norm = nn.BatchNorm2d(1)

    def forward(self, x):  # (N, 8, 3, 3)
        x = F.relu(self.conv1(x))  # (N, 8, 5, 5)
        x = F.relu(self.conv2(x))  # (N, 8, 12, 12)
        x = F.relu(self.conv3(x))  # (N, 16, 26, 26)
        return torch.sigmoid(self.conv4(x))  # (N, 1, 28, 28)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, x):
        return self.decoder(self.encoder(x))


def build():
    return Autoencoder()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width); nn.ConvTranspose2d: (in, out, height, width).
# DIFFERS: torch draws weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)); Keras draws the
# kernel from +-sqrt(6/(fan_in + fan_out)), and starts every bias at zero. [init-default]


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: nn.BCELoss clamps the logarithm at -100. Keras finds the logits behind the sigmoid
    # on tensorflow; on its other backends it clips probabilities to [1e-7, 1 - 1e-7]. [bce-clip]
    return nn.BCELoss()


def optimizer(parameters):
    # DIFFERS: torch's Adam has eps 1e-8 and adds it after the bias correction; Keras's has 1e-7
    # and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return torch.optim.Adam(parameters, lr=1e-3)


# DIFFERS: the report's loop records an epoch's loss as the mean of its batches' means, in which an
# image of the short last batch counts for more. [partial-batch]
