"""simple_ae trained by SGD with momentum."""

import keras

from keras_reference.simple_ae import *


def optimizer():
    return keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
