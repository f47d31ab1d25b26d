"""One small Keras model for each item that the tool covers; torch_models.py has its port.

Sizes differ along every axis, so that axes that were swapped show. The batch axis is free, except
where a model is stateful.
"""

from typing import Any

import keras
from keras import layers, ops

BATCH = 4
# Where Keras itself computes in float32, though the model is float64: both sides are then apart by
# 1e-9 to 2e-6. Elsewhere they agree to 1e-13.
_TANH_ON_JAX = {
    *("lstm", "lstm_sequences", "lstm_stacked", "lstm_stacked_cells", "lstm_stateful"),
    *("lstm_backwards", "gru", "gru_reset_before", "bidirectional_lstm", "bidirectional_gru"),
    *("embedding_masked_lstm", "repeat_vector", "spatial_dropout1d", "tanh", "shared_dense"),
}
_MEANS_ON_JAX = {
    *("global_average_pooling1d", "global_average_pooling2d", "batch_normalization"),
    *("batch_normalization_maps", "batch_normalization_volumes", "batch_normalization_plain"),
    *("batch_normalization_unscaled", "batch_normalization_uncentered", "layer_normalization"),
    *("layer_normalization_maps", "layer_normalization_channels", "group_normalization"),
    *("rms_normalization", "two_inputs_two_outputs", "keras_ops"),
}
_ATTENTION_ON_JAX = {
    *("multi_head_attention", "multi_head_attention_causal", "multi_head_attention_cross"),
    "multi_head_attention_linears",
}
_RESIZED_ON_TENSORFLOW = {"upsampling2d_bilinear", "resizing_bilinear"}
_CONSTANTS_ON_TENSORFLOW = {"leaky_relu", "leaky_relu_by_name", "gelu_exact", "gelu_tanh"}
FLOAT32 = {
    "tensorflow": _RESIZED_ON_TENSORFLOW | _CONSTANTS_ON_TENSORFLOW,
    "jax": _TANH_ON_JAX | _MEANS_ON_JAX | _ATTENTION_ON_JAX,
}
# Where Keras raises an error in float64: tensorflow has no such kernel on a CPU, and on jax tanh
# gives float32, which the loop of a SimpleRNN does not take. In float32 they agree.
NO_FLOAT64 = {
    "tensorflow": {"max_pooling3d_valid", "max_pooling3d_same", "average_pooling3d_same"},
    "jax": {"simple_rnn"},
}
# Models whose input is not float: how many tokens there are, 0 included.
INPUTS = {"embedding": 11, "embedding_masked_lstm": 11, "embedding_masked_average": 11}


def _row(shape: tuple[int, ...], *row: Any) -> Any:
    return keras.Sequential([keras.Input(shape, name="x"), *row])


# Dense


def dense() -> Any:
    return _row(
        (6,),
        layers.Dense(5, activation="relu", name="hidden"),
        layers.Dense(5, use_bias=False, name="square"),
        layers.Dense(3, activation="softmax", name="out"),
    )


def dense_on_maps() -> Any:
    return _row((5, 7, 3), layers.Dense(4, activation="relu", name="dense"))


def dense_on_sequences() -> Any:
    return _row((5, 3), layers.Dense(4, name="dense"))


def dense_by_hand() -> Any:
    return _row((6,), layers.Dense(4, name="dense"), layers.Dense(4, name="square"))


def einsum_dense() -> Any:
    return _row((5, 3), layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d", name="einsum"))


def einsum_dense_many_axes() -> Any:
    return _row(
        (5, 3, 2),
        layers.EinsumDense("abcd,cdef->abef", (None, 4, 3), bias_axes="ef", name="einsum"),
        layers.EinsumDense("abef,feg->abg", (None, 5), name="back"),
    )


# Convolutions


def conv1d_valid() -> Any:
    return _row((9, 3), layers.Conv1D(4, 3, strides=2, activation="relu", name="conv"))


def conv1d_same() -> Any:
    return _row((9, 3), layers.Conv1D(4, 4, padding="same", name="conv"))


def conv1d_causal() -> Any:
    return _row((9, 3), layers.Conv1D(4, 3, padding="causal", dilation_rate=2, name="conv"))


def conv2d_valid() -> Any:
    return _row((8, 7, 3), layers.Conv2D(4, (3, 2), activation="relu", name="conv"))


def conv2d_same() -> Any:
    return _row((8, 7, 3), layers.Conv2D(4, (3, 2), padding="same", use_bias=False, name="conv"))


def conv2d_same_strided() -> Any:
    return _row((8, 6, 3), layers.Conv2D(4, 3, strides=2, padding="same", name="conv"))


def conv2d_dilated() -> Any:
    return _row((9, 8, 3), layers.Conv2D(4, (3, 2), dilation_rate=2, padding="same", name="conv"))


def conv2d_grouped() -> Any:
    return _row((8, 7, 4), layers.Conv2D(6, (3, 2), groups=2, name="conv"))


def conv2d_1x1() -> Any:
    return _row((5, 7, 3), layers.Conv2D(4, 1, name="conv"))


def conv3d_valid() -> Any:
    return _row((5, 7, 6, 2), layers.Conv3D(3, (2, 3, 2), strides=(1, 2, 1), name="conv"))


def conv3d_same() -> Any:
    return _row((5, 6, 4, 2), layers.Conv3D(3, 3, strides=2, padding="same", name="conv"))


def depthwise_conv1d() -> Any:
    return _row((9, 3), layers.DepthwiseConv1D(3, depth_multiplier=2, name="conv"))


def depthwise_conv2d() -> Any:
    return _row(
        (8, 7, 3),
        layers.DepthwiseConv2D((3, 2), depth_multiplier=2, padding="same", name="conv"),
    )


def separable_conv1d() -> Any:
    return _row((9, 3), layers.SeparableConv1D(4, 3, depth_multiplier=2, name="conv"))


def separable_conv2d() -> Any:
    return _row(
        (8, 6, 3),
        layers.SeparableConv2D(
            4, 3, strides=2, padding="same", depth_multiplier=2, activation="relu", name="conv"
        ),
    )


def conv1d_transpose_valid() -> Any:
    return _row((5, 3), layers.Conv1DTranspose(4, 3, strides=2, name="conv"))


def conv1d_transpose_same() -> Any:
    return _row((5, 3), layers.Conv1DTranspose(4, 3, strides=2, padding="same", name="conv"))


def conv2d_transpose_valid() -> Any:
    return _row((5, 4, 3), layers.Conv2DTranspose(2, (3, 2), strides=(2, 1), name="conv"))


def conv2d_transpose_same() -> Any:
    return _row((5, 4, 3), layers.Conv2DTranspose(2, 3, strides=2, padding="same", name="conv"))


def conv2d_transpose_even() -> Any:
    return _row((5, 4, 3), layers.Conv2DTranspose(2, 4, strides=2, padding="same", name="conv"))


def conv2d_transpose_output_padding() -> Any:
    return _row(
        (5, 4, 3),
        layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, name="conv"),
    )


def conv3d_transpose_same() -> Any:
    return _row((3, 4, 2, 3), layers.Conv3DTranspose(2, 3, strides=2, padding="same", name="conv"))


# Padding, cropping, pooling, sizes


def zero_padding1d() -> Any:
    return _row((6, 3), layers.ZeroPadding1D((1, 2), name="pad"))


def zero_padding2d() -> Any:
    return _row((6, 5, 3), layers.ZeroPadding2D(((1, 2), (0, 3)), name="pad"))


def cropping1d() -> Any:
    return _row((8, 3), layers.Cropping1D((1, 2), name="crop"))


def cropping2d() -> Any:
    return _row((8, 9, 3), layers.Cropping2D(((1, 2), (0, 3)), name="crop"))


def max_pooling1d_valid() -> Any:
    return _row((9, 3), layers.MaxPooling1D(2, name="pool"))


def max_pooling1d_same() -> Any:
    return _row((9, 3), layers.MaxPooling1D(2, padding="same", name="pool"))


def max_pooling2d_valid() -> Any:
    return _row((9, 8, 3), layers.MaxPooling2D((3, 2), strides=2, name="pool"))


def max_pooling2d_same() -> Any:
    return _row((7, 5, 3), layers.MaxPooling2D(2, padding="same", name="pool"))


def max_pooling2d_same_overlapping() -> Any:
    return _row((8, 6, 3), layers.MaxPooling2D(3, strides=2, padding="same", name="pool"))


def max_pooling3d_valid() -> Any:
    return _row((5, 6, 7, 2), layers.MaxPooling3D(2, name="pool"))


def max_pooling3d_same() -> Any:
    return _row((5, 6, 7, 2), layers.MaxPooling3D(2, padding="same", name="pool"))


def average_pooling1d_valid() -> Any:
    return _row((9, 3), layers.AveragePooling1D(3, strides=2, name="pool"))


def average_pooling1d_same() -> Any:
    return _row((9, 3), layers.AveragePooling1D(2, padding="same", name="pool"))


def average_pooling2d_valid() -> Any:
    return _row((9, 7, 3), layers.AveragePooling2D(2, name="pool"))


def average_pooling2d_same() -> Any:
    return _row((9, 7, 3), layers.AveragePooling2D(3, strides=2, padding="same", name="pool"))


def average_pooling2d_same_even() -> Any:
    return _row((8, 6, 3), layers.AveragePooling2D(3, strides=2, padding="same", name="pool"))


def average_pooling3d_same() -> Any:
    return _row((5, 6, 7, 2), layers.AveragePooling3D(2, padding="same", name="pool"))


def global_average_pooling1d() -> Any:
    return _row((7, 3), layers.GlobalAveragePooling1D(name="pool"))


def global_average_pooling2d() -> Any:
    return _row((7, 5, 3), layers.GlobalAveragePooling2D(name="pool"))


def global_max_pooling1d() -> Any:
    return _row((7, 3), layers.GlobalMaxPooling1D(name="pool"))


def global_max_pooling2d() -> Any:
    return _row((7, 5, 3), layers.GlobalMaxPooling2D(keepdims=True, name="pool"))


def upsampling1d() -> Any:
    return _row((5, 3), layers.UpSampling1D(2, name="up"))


def upsampling2d_nearest() -> Any:
    return _row((5, 4, 3), layers.UpSampling2D((2, 3), name="up"))


def upsampling2d_bilinear() -> Any:
    return _row((5, 4, 3), layers.UpSampling2D(2, interpolation="bilinear", name="up"))


def resizing_bilinear() -> Any:
    return _row((5, 4, 3), layers.Resizing(7, 9, name="resize"))


# Normalisation


def batch_normalization() -> Any:
    return _row((6,), layers.BatchNormalization(name="norm"))


def batch_normalization_maps() -> Any:
    return _row((6, 5, 3), layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name="norm"))


def batch_normalization_volumes() -> Any:
    return _row((3, 5, 4, 2), layers.BatchNormalization(name="norm"))


def batch_normalization_plain() -> Any:
    return _row((6, 5, 3), layers.BatchNormalization(scale=False, center=False, name="norm"))


def batch_normalization_unscaled() -> Any:
    return _row((6, 5, 3), layers.BatchNormalization(scale=False, name="norm"))


def batch_normalization_uncentered() -> Any:
    return _row((6, 5, 3), layers.BatchNormalization(center=False, name="norm"))


def layer_normalization() -> Any:
    return _row((5, 6), layers.LayerNormalization(name="norm"))


def layer_normalization_maps() -> Any:
    return _row((5, 4, 3), layers.LayerNormalization(axis=[1, 2, 3], name="norm"))


def layer_normalization_channels() -> Any:
    return _row((5, 4, 3), layers.LayerNormalization(center=False, name="norm"))


def group_normalization() -> Any:
    return _row((5, 4, 6), layers.GroupNormalization(groups=3, name="norm"))


def unit_normalization() -> Any:
    return _row((5, 6), layers.UnitNormalization(name="norm"))


def rms_normalization() -> Any:
    return _row((5, 6), layers.RMSNormalization(name="norm"))


def rescaling_normalization() -> Any:
    return _row(
        (5, 4, 3),
        layers.Rescaling(1 / 128, offset=-1.0, name="rescale"),
        layers.Normalization(mean=[0.5, -0.25, 0.125], variance=[4.0, 0.25, 1.5], name="norm"),
        layers.Conv2D(2, 3, name="conv"),
    )


# Tokens and sequences


def embedding() -> Any:
    return keras.Sequential(
        [keras.Input((7,), dtype="int32", name="x"), layers.Embedding(11, 4, name="embed")]
    )


def embedding_masked_lstm() -> Any:
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32", name="x"),
            layers.Embedding(11, 4, mask_zero=True, name="embed"),
            layers.LSTM(5, return_sequences=True, name="first"),
            layers.LSTM(3, name="second"),
        ]
    )


def embedding_masked_average() -> Any:
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32", name="x"),
            layers.Embedding(11, 4, mask_zero=True, name="embed"),
            layers.GlobalAveragePooling1D(name="pool"),
        ]
    )


def simple_rnn() -> Any:
    return _row((6, 3), layers.SimpleRNN(4, name="rnn"))


def lstm() -> Any:
    return _row((6, 3), layers.LSTM(4, name="rnn"), layers.Dense(2, name="out"))


def lstm_sequences() -> Any:
    return _row((6, 3), layers.LSTM(4, return_sequences=True, use_bias=False, name="rnn"))


def lstm_stacked() -> Any:
    return _row(
        (6, 3),
        layers.LSTM(4, return_sequences=True, name="first"),
        layers.LSTM(5, name="second"),
    )


def lstm_stacked_cells() -> Any:
    return _row((6, 3), layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)], name="rnn"))


def lstm_stateful() -> Any:
    x = keras.Input(batch_shape=(BATCH, 6, 3), name="x")
    return keras.Sequential([x, layers.LSTM(4, stateful=True, name="rnn")])


def lstm_activations() -> Any:
    return _row(
        (6, 3),
        layers.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid", name="rnn"),
    )


def lstm_backwards() -> Any:
    return _row((6, 3), layers.LSTM(4, go_backwards=True, return_sequences=True, name="rnn"))


def gru() -> Any:
    return _row((6, 3), layers.GRU(4, return_sequences=True, name="rnn"))


def gru_reset_before() -> Any:
    return _row((6, 3), layers.GRU(4, reset_after=False, name="rnn"))


def bidirectional_lstm() -> Any:
    return _row((6, 3), layers.Bidirectional(layers.LSTM(4), name="rnn"))


def bidirectional_gru() -> Any:
    return _row((6, 3), layers.Bidirectional(layers.GRU(4, return_sequences=True), name="rnn"))


def bidirectional_sum() -> Any:
    return _row(
        (6, 3),
        layers.Bidirectional(layers.SimpleRNN(4, activation="relu"), merge_mode="sum", name="rnn"),
    )


# Attention


def multi_head_attention() -> Any:
    x = keras.Input((5, 8), name="x")
    return keras.Model(x, layers.MultiHeadAttention(2, 4, name="attention")(x, x))


def multi_head_attention_causal() -> Any:
    x = keras.Input((5, 12), name="x")
    attention = layers.MultiHeadAttention(3, 4, use_bias=False, name="attention")
    return keras.Model(x, layers.Add(name="add")([x, attention(x, x, use_causal_mask=True)]))


def multi_head_attention_cross() -> Any:
    x, memory = keras.Input((5, 8), name="x"), keras.Input((7, 5), name="memory")
    return keras.Model([x, memory], layers.MultiHeadAttention(2, 4, name="attention")(x, memory))


def multi_head_attention_linears() -> Any:
    x = keras.Input((5, 6), name="x")
    attention = layers.MultiHeadAttention(2, 4, name="attention")
    return keras.Model(x, attention(x, x))


# Shapes


def flatten_dense() -> Any:
    return _row((5, 4, 3), layers.Flatten(name="flatten"), layers.Dense(2, name="dense"))


def reshape() -> Any:
    return _row(
        (6,), layers.Dense(24, name="dense"), layers.Reshape((2, 4, 3), name="reshape"),
        layers.Conv2D(2, 2, name="conv"),
    )  # fmt: skip


def permute() -> Any:
    return _row((5, 3), layers.Permute((2, 1), name="permute"), layers.Dense(4, name="dense"))


def repeat_vector() -> Any:
    return _row((3,), layers.RepeatVector(5, name="repeat"), layers.LSTM(4, name="rnn"))


# Merging


def _merged(layer: Any) -> Any:
    x = keras.Input((6,), name="x")
    a, b = layers.Dense(4, name="a")(x), layers.Dense(4, activation="relu", name="b")(x)
    return keras.Model(x, layer([a, b]))


def add() -> Any:
    return _merged(layers.Add(name="merge"))


def subtract() -> Any:
    return _merged(layers.Subtract(name="merge"))


def multiply() -> Any:
    return _merged(layers.Multiply(name="merge"))


def average() -> Any:
    return _merged(layers.Average(name="merge"))


def maximum() -> Any:
    return _merged(layers.Maximum(name="merge"))


def minimum() -> Any:
    return _merged(layers.Minimum(name="merge"))


def concatenate() -> Any:
    return _merged(layers.Concatenate(name="merge"))


def concatenate_maps() -> Any:
    x = keras.Input((6, 5, 3), name="x")
    a, b = layers.Conv2D(2, 3, name="a")(x), layers.Conv2D(4, 3, name="b")(x)
    return keras.Model(x, layers.Concatenate(name="merge")([a, b]))


def dot() -> Any:
    x = keras.Input((5, 3), name="x")
    a, b = layers.Dense(4, name="a")(x), layers.Dense(4, name="b")(x)
    return keras.Model(x, layers.Dot(axes=2, name="merge")([a, b]))


# Activations

# Those of which Keras computes a part in float32 have models of their own.
ACTIVATIONS = (
    *("linear", "relu", "relu6", "elu", "selu", "celu", "silu", "mish", "softplus", "softsign"),
    *("sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "tanh_shrink"),
    *("hard_shrink", "soft_shrink", "softmax", "log_softmax", "exponential", "squareplus"),
    *("sparse_plus", "sparse_sigmoid", "sparsemax"),
)


def activations() -> Any:
    row = []
    for name in ACTIVATIONS:
        row += [layers.Dense(6, name=f"before_{name}"), layers.Activation(name, name=name)]
    return _row((6,), *row)


def activation_layers() -> Any:
    return _row(
        (6, 5, 3),
        layers.Conv2D(4, 2, name="first"),
        layers.ReLU(max_value=1.5, negative_slope=0.1, name="relu"),
        layers.Conv2D(4, 2, name="second"),
        layers.ELU(alpha=0.5, name="elu"),
        layers.Conv2D(4, 2, name="third"),
        layers.Softmax(name="softmax"),
    )


def prelu() -> Any:
    return _row((6,), layers.PReLU(name="prelu"))


def prelu_maps() -> Any:
    return _row((6, 5, 3), layers.PReLU(shared_axes=[1, 2], name="prelu"))


def prelu_unshared() -> Any:
    return _row((6, 5, 3), layers.PReLU(name="prelu"))


def tanh() -> Any:
    return _row((6,), layers.Dense(4, activation="tanh", name="dense"))


def leaky_relu() -> Any:
    return _row((6,), layers.LeakyReLU(name="leaky"), layers.Dense(3, name="out"))


def leaky_relu_by_name() -> Any:
    return _row((6,), layers.Dense(4, activation="leaky_relu", name="dense"))


def gelu_exact() -> Any:
    return _row((6,), layers.Dense(4, activation="gelu", name="dense"))


def gelu_tanh() -> Any:
    x = keras.Input((6,), name="x")
    return keras.Model(x, ops.gelu(layers.Dense(4, name="dense")(x), approximate=True))


def glu() -> Any:
    """As an operation: Activation("glu") does not know that its output has half the features."""
    x = keras.Input((6,), name="x")
    return keras.Model(x, ops.glu(layers.Dense(8, name="dense")(x)))


# Noise, which does nothing at inference


def dropouts() -> Any:
    return _row(
        (6, 5, 3),
        layers.Dropout(0.5, name="dropout"),
        layers.SpatialDropout2D(0.5, name="spatial"),
        layers.Conv2D(4, 3, name="conv"),
        layers.AlphaDropout(0.5, name="alpha"),
        layers.GaussianDropout(0.5, name="gaussian"),
    )


def spatial_dropout1d() -> Any:
    return _row((6, 3), layers.SpatialDropout1D(0.5, name="spatial"), layers.LSTM(4, name="rnn"))


def gaussian_noise() -> Any:
    return _row((6,), layers.GaussianNoise(0.5, name="noise"), layers.Dense(3, name="out"))


# Ways to write a model


def shared_dense() -> Any:
    x = keras.Input((6,), name="x")
    shared = layers.Dense(6, activation="tanh", name="shared")
    return keras.Model(x, layers.Dense(2, name="out")(shared(shared(x))))


@keras.saving.register_keras_serializable("coverage")
class Residual(keras.Model):  # type: ignore[misc]
    """A model whose pass is written by hand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Dense(6, activation="relu", name="first")
        self.second = layers.Dense(6, name="second")
        self.out = layers.Dense(2, name="out")

    def call(self, x: Any) -> Any:
        return self.out(x + self.second(self.first(x)))


def subclassed() -> Any:
    model = Residual(name="residual")
    model(keras.Input((6,)))
    return model


def nested() -> Any:
    inner = keras.Sequential(
        [
            keras.Input((6, 5, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
        ],
        name="features",
    )
    x = keras.Input((6, 5, 3), name="x")
    flat = layers.Flatten(name="flatten")(inner(x))
    return keras.Model(x, layers.Dense(2, name="out")(flat))


def two_inputs_two_outputs() -> Any:
    image, extra = keras.Input((6, 5, 3), name="image"), keras.Input((4,), name="extra")
    features = layers.GlobalAveragePooling2D(name="pool")(layers.Conv2D(5, 3, name="conv")(image))
    both = layers.Concatenate(name="both")([features, layers.Dense(3, name="dense")(extra)])
    outputs = [
        layers.Dense(3, activation="softmax", name="kind")(both),
        layers.Dense(1, name="size")(both),
    ]
    return keras.Model([image, extra], outputs)


def dictionary_inputs() -> Any:
    x = {"left": keras.Input((4,), name="left"), "right": keras.Input((3,), name="right")}
    left, right = layers.Dense(5, name="of_left")(x["left"]), layers.Dense(5, name="of_right")
    return keras.Model(x, layers.Multiply(name="both")([left, right(x["right"])]))


def keras_ops() -> Any:
    x = keras.Input((6, 5, 3), name="x")
    y = ops.relu(layers.Conv2D(4, 3, padding="same", name="conv")(x))
    y = ops.mean(y, axis=(1, 2)) + ops.max(y, axis=(1, 2))
    y = ops.concatenate([y, ops.sigmoid(layers.Dense(3, name="gate")(y))], axis=-1)
    return keras.Model(x, layers.Dense(2, name="out")(y))
