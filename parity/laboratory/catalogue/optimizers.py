"""Optimizers: the same name, another update."""

from parity.laboratory.experiment import Experiment
from parity.laboratory.measure import times


class AdamEpsilon(Experiment):
    """Where Adam adds its epsilon, and how large it is."""

    id = "adam-epsilon"
    keras_does = (
        "w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + 1e-7): epsilon is added to the "
        "root of a v that is not yet corrected for its bias."
    )
    torch_does = (
        "The root of v is divided by sqrt(1 - b2^t) first, and then 1e-8 is added. At t = 1 "
        "Keras's epsilon has the effect of one of 3.2e-6."
    )
    naive_error = (
        "Where gradients are as small as epsilon (1e-6 here) steps are several times too long; "
        "torch's own eps=1e-7 does not mend it."
    )
    faithful_line = "eps = 1e-7 / sqrt(1 - b2**t), set anew at every step (parity.semantics.Adam)"
    source = ("keras.io/api/optimizers/adam", "github.com/tensorflow/tensorflow/issues/9047")
    measure = staticmethod(times)
    apart, close = 2.0, 1e-4

    def given(rng):
        return {"gradient": (1e-6 * rng.normal(size=64)).astype("float32")}

    def in_keras(keras, gradient):
        """The length of the first step."""
        w = keras.Variable(keras.ops.zeros(64))
        keras.optimizers.Adam(1e-3).apply([keras.ops.convert_to_tensor(gradient)], [w])
        return keras.ops.norm(w)

    def naive(torch, gradient):
        """torch.optim.Adam(lr=1e-3)"""
        w = torch.nn.Parameter(torch.zeros(64))
        w.grad = gradient
        torch.optim.Adam([w], lr=1e-3).step()
        return w.norm()

    def naive_epsilon(torch, gradient):
        """torch.optim.Adam(lr=1e-3, eps=1e-7)"""
        w = torch.nn.Parameter(torch.zeros(64))
        w.grad = gradient
        torch.optim.Adam([w], lr=1e-3, eps=1e-7).step()
        return w.norm()

    def faithful(torch, gradient):
        """eps=1e-7 / sqrt(1 - b2**t)"""
        w = torch.nn.Parameter(torch.zeros(64))
        w.grad = gradient
        torch.optim.Adam([w], lr=1e-3, eps=1e-7 / (1 - 0.999**1) ** 0.5).step()
        return w.norm()
