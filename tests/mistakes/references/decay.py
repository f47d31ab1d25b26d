"""simple_ae trained with weight decay."""

import keras

from keras_reference.simple_ae import *


def optimizer():
    return keras.optimizers.Adam(learning_rate=1e-3, weight_decay=0.01)
