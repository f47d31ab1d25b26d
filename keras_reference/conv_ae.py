"""A convolutional auto-encoder for MNIST in Keras: 28x28 -> 4x4x8 -> 28x28.

Source: the Keras original of the exercise in chapter 5 of the course report. The report's own
port is another network; a faithful one stands in torch_port/conv_ae.py.

Three things to notice beside torch_port/conv_ae.py:
pooling with padding "same" takes 7 to 4, the sixth convolution has no padding
(16 -> 14, without which the output would be 32x32), and upsampling repeats pixels.
"""

import keras
from keras import layers

# --- Sizes ---
KERNEL = 3


# --- Data ---
def prepare(images, dtype="float32"):
    """uint8 images (N, 28, 28) -> inputs (N, 28, 28, 1) in [0, 1]."""
    return images[..., None].astype(dtype) / 255


def target(images, labels, dtype="float32"):
    """An auto-encoder's target is its own input."""
    return prepare(images, dtype)


# --- Model ---
def build():
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, KERNEL, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, padding="same", name="pool1"),  # (N, 14, 14, 16)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, padding="same", name="pool2"),  # (N, 7, 7, 8)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv3"),
            layers.MaxPooling2D(2, padding="same", name="pool3"),  # (N, 4, 4, 8)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv4"),
            layers.UpSampling2D(2, interpolation="nearest", name="up1"),  # (N, 8, 8, 8)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv5"),
            layers.UpSampling2D(2, interpolation="nearest", name="up2"),  # (N, 16, 16, 8)
            layers.Conv2D(16, KERNEL, padding="valid", activation="relu", name="conv6"),  # 14x14
            layers.UpSampling2D(2, interpolation="nearest", name="up3"),  # (N, 28, 28, 16)
            layers.Conv2D(1, KERNEL, padding="same", activation="sigmoid", name="conv7"),
        ],
        name="conv_ae",
    )


# --- Weights ---
# Conv2D: kernel (height, width, in, out) glorot_uniform, bias (out,) zeros.


# --- Output ---
def prediction(output):
    """The model's output is the reconstruction already, in (0, 1)."""
    return output


# --- Recipe ---
BATCH_SIZE = 128
EPOCHS = 10


def loss():
    return keras.losses.BinaryCrossentropy(
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
    )


def optimizer():
    return keras.optimizers.Adam(
        learning_rate=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
    )
