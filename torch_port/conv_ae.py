"""A convolutional auto-encoder for MNIST in PyTorch: 28x28 -> 4x4x8 -> 28x28.

Source: the Keras original of the exercise in chapter 5 of the course report. The report's own
port is another network; this one is the same function as keras_reference/conv_ae.py.

Three things to notice beside keras_reference/conv_ae.py:
pooling needs ceil_mode to take 7 to 4, the sixth convolution has no padding
(16 -> 14, without which the output would be 32x32), and upsampling repeats pixels.
"""

import torch.nn.functional as F
from torch import nn

from parity.semantics import Adam, BinaryCrossentropy

# --- Sizes ---
KERNEL = 3


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 1, 28, 28) in [0, 1]."""
    # DIFFERS: the channel axis comes first. [conv-kernel-layout]
    return images[:, None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


# --- Model ---
class ConvAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        # Stride 1 and an odd kernel: padding k // 2 is Keras's "same".
        same = KERNEL // 2
        self.conv1 = nn.Conv2d(1, 16, KERNEL, padding=same)
        # DIFFERS: Keras's "same" pools the odd row of 7; floor pooling would give 3x3, not 4x4.
        # [maxpool-same-odd]
        self.pool1 = nn.MaxPool2d(2, ceil_mode=True)
        self.conv2 = nn.Conv2d(16, 8, KERNEL, padding=same)
        self.pool2 = nn.MaxPool2d(2, ceil_mode=True)
        self.conv3 = nn.Conv2d(8, 8, KERNEL, padding=same)
        self.pool3 = nn.MaxPool2d(2, ceil_mode=True)
        self.conv4 = nn.Conv2d(8, 8, KERNEL, padding=same)
        self.up1 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv5 = nn.Conv2d(8, 8, KERNEL, padding=same)
        self.up2 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv6 = nn.Conv2d(8, 16, KERNEL, padding=0)
        self.up3 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv7 = nn.Conv2d(16, 1, KERNEL, padding=same)
        initialise(self)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool1(F.relu(self.conv1(x)))  # (N, 16, 14, 14)
        x = self.pool2(F.relu(self.conv2(x)))  # (N, 8, 7, 7)
        x = self.pool3(F.relu(self.conv3(x)))  # (N, 8, 4, 4)
        x = self.up1(F.relu(self.conv4(x)))  # (N, 8, 8, 8)
        x = self.up2(F.relu(self.conv5(x)))  # (N, 8, 16, 16)
        x = self.up3(F.relu(self.conv6(x)))  # (N, 16, 28, 28)
        # DIFFERS: logits, not probabilities: the loss applies the sigmoid itself.
        # [bce-logit-recovery]
        return self.conv7(x)  # (N, 1, 28, 28)


def build():
    return ConvAutoencoder()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,).
def initialise(model):
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            # DIFFERS: torch would draw weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
            # [init-default]
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


# --- Output ---
def prediction(output):
    """Logits (N, 1, 28, 28) -> the reconstruction, in (0, 1)."""
    return output.sigmoid()


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    # DIFFERS: BCELoss clamps the logarithm at -100. Keras finds the logits behind the sigmoid on
    # tensorflow; on its other backends it clips the probabilities to [1e-7, 1 - 1e-7]. [bce-clip]
    return BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=1,
        reduction="sum_over_batch_size",
        activation="sigmoid",
    )


def optimizer(parameters):
    # DIFFERS: torch.optim.Adam has eps 1e-8 and adds it after the bias correction; Keras's Adam has
    # 1e-7 and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return Adam(
        parameters,
        lr=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
    )
