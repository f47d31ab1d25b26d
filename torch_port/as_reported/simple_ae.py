"""The report's simple auto-encoder in PyTorch: 784 - 32 - 784.

Source: chapter 4 of the course report, in our own words. The class is lost in the scan; its loop
feeds images (N, 1, 28, 28) that nothing flattens, and the text has a layer "from 28 to 32". The
course's exercise, 784 - 32 - 784 with relu and sigmoid, is rebuilt here, and the images are
flattened before it. (Read to the letter, a layer from 28 to 32 would code each row of an image by
itself, into more numbers than it has; that is not taken.)

Three things to notice beside keras_reference/simple_ae.py:
the target is normalised and runs from -0.42 to 2.82, the sigmoid cannot leave (0, 1), and so most
of the loss is one that no training can bring down.
"""

import torch
import torch.nn.functional as F
from torch import nn

# --- Sizes ---
PIXELS = 28 * 28
CODE = 32
MEAN, SD = 0.1307, 0.3081  # of MNIST's training pixels


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 784) of mean 0 and standard deviation 1."""
    x = images.reshape(-1, PIXELS).astype(dtype) / 255
    # DIFFERS: Keras's file leaves pixels in [0, 1]. [normalize-ae-targets]
    return ((x - MEAN) / SD).astype(dtype)


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input, here outside of what a sigmoid reaches."""
    return prepare(images, dtype)


# --- Model ---
class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(PIXELS, CODE)
        self.decoder = nn.Linear(CODE, PIXELS)

    def forward(self, x):  # (N, 784)
        code = F.relu(self.encoder(x))  # (N, 32)
        return torch.sigmoid(self.decoder(code))  # (N, 784)


def build():
    return Autoencoder()


# --- Weights ---
# nn.Linear: weight (out, in), bias (out,).
# DIFFERS: torch draws both from U(-1/sqrt(in), 1/sqrt(in)); Keras draws the kernel from
# +-sqrt(6/(in + out)), and starts every bias at zero. [init-default]


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 256
EPOCHS = 20


def loss():
    return nn.MSELoss()


def optimizer(parameters):
    # DIFFERS: torch's Adam has eps 1e-8 and adds it after the bias correction; Keras's has 1e-7
    # and adds it before, which is another step wherever gradients are small. [adam-epsilon]
    return torch.optim.Adam(parameters, lr=1e-3)


# DIFFERS: the report's accuracy compares output and target at 0.5, both of them; 0.5 of a
# normalised target is 0.285 of a pixel. Keras's own would not threshold. [ae-accuracy-ceiling]
# DIFFERS: it records an epoch's loss as the mean of its batches' means. [partial-batch]
