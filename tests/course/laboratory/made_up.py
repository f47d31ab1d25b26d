"""Entries whose claims are false, each in its own way, and one whose claim is true."""

import numpy as np

from parity.course.laboratory.experiment import Experiment


class Holds(Experiment):
    """A claim that holds."""

    id = "true"
    keras_does = "Doubles."
    torch_does = "Trebles."
    naive_error = "Half as much again."
    faithful_line = "2 * x"
    source = ("nowhere",)
    backends = ("jax",)
    apart = 0.4

    def given(rng):
        return {"x": np.ones(3, "float32")}

    def in_keras(keras, x):
        return 2 * keras.ops.convert_to_tensor(x)

    def naive(torch, x):
        """3 * x"""
        return 3 * x

    def faithful(torch, x):
        """2 * x"""
        return 2 * x


class NaiveIsRight(Holds):
    """The naive translation is no worse."""

    id = "naive-is-right"

    naive = Holds.faithful
    faithful = Holds.faithful


class FaithfulIsWrong(Holds):
    """The faithful translation is not faithful."""

    id = "faithful-is-wrong"
    naive = Holds.naive
    faithful = Holds.naive


class FaithfulRaises(Holds):
    """The faithful translation breaks off."""

    id = "faithful-raises"
    naive = Holds.naive

    def faithful(torch, x):
        """x.reshape(7)"""
        return x.reshape(7)


class KerasRaises(Holds):
    """Keras breaks off: nothing can be claimed."""

    id = "keras-raises"
    naive = Holds.naive
    faithful = Holds.faithful

    def in_keras(keras, x):
        return keras.ops.reshape(x, (7,))
