"""A siamese network with a contrastive loss of its own: one tower, called twice.

Source of the kind: keras.io/examples/vision/siamese_contrastive.
"""

import keras
import numpy as np
from keras import layers, ops

BATCH_SIZE = 16
FEATURES = 8


def data():
    """44 pairs of points (N, 8), and whether both are of the same kind, (N, 1)."""
    draw = np.random.default_rng(0)
    one = draw.normal(size=(44, FEATURES))
    same = draw.integers(2, size=(44, 1)).astype(float)
    near, far = one + 0.1 * draw.normal(size=one.shape), draw.normal(size=one.shape)
    return {"x": [one, np.where(same > 0, near, far)], "y": same}


def distance(both):
    one, other = both
    squares = ops.sum(ops.square(one - other), axis=1, keepdims=True)
    return ops.sqrt(ops.maximum(squares, keras.backend.epsilon()))


def contrastive(margin):
    def contrastive_loss(y_true, y_pred):
        near = ops.square(y_pred)
        far = ops.square(ops.maximum(margin - y_pred, 0))
        return ops.mean((1 - y_true) * near + y_true * far)

    return contrastive_loss


def build():
    inputs = layers.Input((FEATURES,))
    x = layers.BatchNormalization(name="bn1")(inputs)
    x = layers.Dense(12, activation="tanh", name="fc1")(x)
    x = layers.BatchNormalization(name="bn2")(x)
    x = layers.Dense(6, activation="tanh", name="fc2")(x)
    tower = keras.Model(inputs, x, name="tower")
    one, other = layers.Input((FEATURES,)), layers.Input((FEATURES,))
    x = layers.Lambda(distance, output_shape=(1,), name="distance")([tower(one), tower(other)])
    x = layers.BatchNormalization(name="bn")(x)
    outputs = layers.Dense(1, activation="sigmoid", name="out")(x)
    model = keras.Model([one, other], outputs, name="siamese")
    model.compile(loss=contrastive(1), optimizer=keras.optimizers.RMSprop(1e-3))
    return model
