"""Keras's conventions, in PyTorch: `from parity.semantics import Adam, CategoricalCrossentropy`.

Optimizers, losses and layers are here; `initializers`, `regularizers`, `constraints`, `schedules`
and `metrics` are modules, as in Keras. What differs between Keras's backends follows
`use("tensorflow" | "jax" | "torch")`, or the keyword `keras_backend` of each class. Only torch is
imported.
"""

from parity.semantics import constraints, initializers, metrics, regularizers, schedules
from parity.semantics.adadelta import Adadelta
from parity.semantics.adafactor import Adafactor
from parity.semantics.adagrad import Adagrad
from parity.semantics.adam import Adam, AdamW
from parity.semantics.adamax import Adamax
from parity.semantics.conventions import keras_backend, use
from parity.semantics.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from parity.semantics.embedding import Embedding
from parity.semantics.ftrl import Ftrl
from parity.semantics.lamb import Lamb
from parity.semantics.layers import BatchNorm1d, BatchNorm2d, BatchNorm3d, GaussianNoise
from parity.semantics.lion import Lion
from parity.semantics.losses import Huber, KLDivergence, MeanAbsoluteError, MeanSquaredError
from parity.semantics.nadam import Nadam
from parity.semantics.plateau import ReduceLROnPlateau
from parity.semantics.recurrent import GRU, LSTM, SimpleRNN
from parity.semantics.rmsprop import RMSprop
from parity.semantics.sgd import SGD
from parity.semantics.spectral import SpectralNormalization

__all__ = [
    "GRU",
    "LSTM",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Embedding",
    "Ftrl",
    "GaussianNoise",
    "Huber",
    "KLDivergence",
    "Lamb",
    "Lion",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Nadam",
    "RMSprop",
    "ReduceLROnPlateau",
    "SimpleRNN",
    "SparseCategoricalCrossentropy",
    "SpectralNormalization",
    "constraints",
    "initializers",
    "keras_backend",
    "metrics",
    "regularizers",
    "schedules",
    "use",
]
