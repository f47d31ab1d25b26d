"""An auto-encoder with a transposed-convolution decoder in Keras: 28x28 -> 3x3x8 -> 28x28.

Source: the Keras mirror of the network that the report wrote in chapter 5. The first lines of
its decoder are lost in the scan; they are rebuilt so that the sizes run 3, 5, 12, 26, 28.

Three things to notice beside torch_port/conv_transpose_ae.py:
the pooling drops the odd row of 7, the kernels of a transposed convolution are
(height, width, out, in), and output_padding adds a row and a column.
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
            layers.MaxPooling2D(2, padding="valid", name="pool1"),  # (N, 14, 14, 16)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(2, padding="valid", name="pool2"),  # (N, 7, 7, 8)
            layers.Conv2D(8, KERNEL, padding="same", activation="relu", name="conv3"),
            layers.MaxPooling2D(2, padding="valid", name="pool3"),  # (N, 3, 3, 8)
            layers.Conv2DTranspose(8, KERNEL, activation="relu", name="deconv1"),  # (N, 5, 5, 8)
            layers.Conv2DTranspose(
                8, KERNEL, strides=2, output_padding=1, activation="relu", name="deconv2"
            ),  # (N, 12, 12, 8)
            layers.Conv2DTranspose(
                16, KERNEL, strides=2, output_padding=1, activation="relu", name="deconv3"
            ),  # (N, 26, 26, 16)
            layers.Conv2DTranspose(1, KERNEL, activation="sigmoid", name="deconv4"),
        ],
        name="conv_transpose_ae",
    )


# --- Weights ---
# Conv2D: kernel (height, width, in, out) glorot_uniform, bias (out,) zeros.
# Conv2DTranspose: kernel (height, width, out, in) glorot_uniform, bias (out,) zeros.


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
