"""An auto-encoder with a transposed-convolution decoder in PyTorch: 28x28 -> 3x3x8 -> 28x28.

Source: the network that the report wrote in chapter 5. The first lines of its decoder are lost
in the scan; they are rebuilt so that the sizes run 3, 5, 12, 26, 28.

Three things to notice beside keras_reference/conv_transpose_ae.py:
the pooling drops the odd row of 7, the weights of a transposed convolution are
(in, out, height, width), and output_padding adds a row and a column.
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
class ConvTransposeAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        # Stride 1 and an odd kernel: padding k // 2 is Keras's "same".
        same = KERNEL // 2
        self.conv1 = nn.Conv2d(1, 16, KERNEL, padding=same)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 8, KERNEL, padding=same)
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(8, 8, KERNEL, padding=same)
        self.pool3 = nn.MaxPool2d(2)
        self.deconv1 = nn.ConvTranspose2d(8, 8, KERNEL)
        self.deconv2 = nn.ConvTranspose2d(8, 8, KERNEL, stride=2, output_padding=1)
        self.deconv3 = nn.ConvTranspose2d(8, 16, KERNEL, stride=2, output_padding=1)
        self.deconv4 = nn.ConvTranspose2d(16, 1, KERNEL)
        initialise(self)

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool1(F.relu(self.conv1(x)))  # (N, 16, 14, 14)
        x = self.pool2(F.relu(self.conv2(x)))  # (N, 8, 7, 7)
        x = self.pool3(F.relu(self.conv3(x)))  # (N, 8, 3, 3)
        x = F.relu(self.deconv1(x))  # (N, 8, 5, 5)
        x = F.relu(self.deconv2(x))  # (N, 8, 12, 12)
        x = F.relu(self.deconv3(x))  # (N, 16, 26, 26)
        # DIFFERS: logits, not probabilities: the loss applies the sigmoid itself.
        # [bce-logit-recovery]
        return self.deconv4(x)  # (N, 1, 28, 28)


def build():
    return ConvTransposeAutoencoder()


# --- Weights ---
# nn.Conv2d: weight (out, in, height, width), bias (out,).
# DIFFERS: nn.ConvTranspose2d has weight (in, out, height, width): its channels stand the other way.
# [convtranspose-same]
def initialise(model):
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
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
