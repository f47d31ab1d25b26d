"""Regularisation: penalties on weights and outputs, and constraints."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times


class L2Regularizer(Experiment):
    """An L2 penalty on a kernel."""

    id = "l2-regularizer"
    keras_does = (
        "L2(c) adds c times the sum of squares to the loss: the gradient has 2 c w more, and the "
        "loss that is shown, in validation too, contains the penalty."
    )
    torch_does = "weight_decay=c adds c w to the gradient, and the loss knows nothing of it."
    naive_error = (
        "With the same constant the kernel is pulled half as strongly. With twice the constant "
        "SGD's steps are right, but the loss is lower than Keras's, and biases decay as well "
        "unless they stand in a group of their own."
    )
    faithful_line = "loss = loss + c * layer.weight.square().sum()"
    source = (
        "keras.io/api/layers/regularizers",
        "docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
    )
    note = "Inputs are zeros here, so that nothing but the penalty moves the kernel."
    apart = 0.1

    def given(rng):
        return {
            "x": np.zeros((8, 4), "float32"),
            "kernel": rng.normal(size=(4, 3)).astype("float32"),
            "targets": rng.normal(size=(8, 3)).astype("float32"),
        }

    def in_keras(keras, x, kernel, targets):
        layer = keras.layers.Dense(3, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.1))
        model = keras.Sequential([keras.Input((4,)), layer])
        layer.set_weights([kernel])
        model.compile(keras.optimizers.SGD(0.1), loss="mse")
        loss = model.train_on_batch(x, targets)
        return {"loss": loss, "step": layer.kernel - kernel}

    def naive(torch, x, kernel, targets):
        """torch.optim.SGD(lr=0.1, weight_decay=0.1)"""
        weight = torch.nn.Parameter(kernel.T.clone())
        optimizer = torch.optim.SGD([weight], lr=0.1, weight_decay=0.1)
        loss = (x @ weight.T - targets).square().mean()
        loss.backward()
        optimizer.step()
        return {"loss": loss, "step": weight.T - kernel}

    def naive_doubled(torch, x, kernel, targets):
        """torch.optim.SGD(lr=0.1, weight_decay=0.2)"""
        weight = torch.nn.Parameter(kernel.T.clone())
        optimizer = torch.optim.SGD([weight], lr=0.1, weight_decay=0.2)
        loss = (x @ weight.T - targets).square().mean()
        loss.backward()
        optimizer.step()
        return {"loss": loss, "step": weight.T - kernel}

    def faithful(torch, x, kernel, targets):
        """loss + 0.1 * weight.square().sum()"""
        weight = torch.nn.Parameter(kernel.T.clone())
        optimizer = torch.optim.SGD([weight], lr=0.1)
        loss = (x @ weight.T - targets).square().mean() + 0.1 * weight.square().sum()
        loss.backward()
        optimizer.step()
        return {"loss": loss, "step": weight.T - kernel}


class ActivityRegularizer(Experiment):
    """A penalty on outputs."""

    id = "activity-regularizer"
    keras_does = (
        "activity_regularizer=L1(c) adds c times the sum over all outputs, divided by the number "
        "of samples in the batch."
    )
    torch_does = "There is none; the penalty is written into the loss."
    naive_error = (
        "A plain sum is as many times too strong as the batch has samples; a mean is weaker by "
        "the number of units. A sparse auto-encoder lives by this number."
    )
    faithful_line = "loss = loss + c * h.abs().sum() / len(h)"
    source = ("keras.io/api/layers/regularizers", "keras/src/layers/layer.py")
    measure = staticmethod(times)
    apart = 1.0

    def given(rng):
        return {"h": rng.normal(size=(8, 32)).astype("float32")}

    def in_keras(keras, h):
        """The term that is added to the loss."""
        layer = keras.layers.Activation("relu", activity_regularizer=keras.regularizers.L1(0.01))
        layer(h)
        return layer.losses[0]

    def naive(torch, h):
        """0.01 * h.abs().sum()"""
        return 0.01 * h.relu().abs().sum()

    def naive_mean(torch, h):
        """0.01 * h.abs().mean()"""
        return 0.01 * h.relu().abs().mean()

    def faithful(torch, h):
        """0.01 * h.abs().sum() / len(h)"""
        return 0.01 * h.relu().abs().sum() / len(h)


class MaxNorm(Experiment):
    """A bound on the norm of a unit's weights."""

    id = "max-norm"
    keras_does = (
        "kernel_constraint=MaxNorm(m, axis=0) scales the column of every unit down to the norm m, "
        "behind every step of the optimizer."
    )
    torch_does = (
        "There are no constraints; torch.renorm(w, 2, dim, m) does the same, where dim is the "
        "axis that is kept, not the one that is summed over."
    )
    naive_error = (
        "Axis 0 copied to a kernel that is stored as (out, in) bounds what leaves an input in "
        "place of what enters a unit."
    )
    faithful_line = "semantics.constraints.constrain(optimizer, {layer.weight: MaxNorm(m, dim=1)})"
    source = (
        "keras.io/api/layers/constraints",
        "docs.pytorch.org/docs/stable/generated/torch.renorm.html",
    )
    note = (
        "Keras also divides by 1e-7 more than the norm, at every step, where renorm does nothing."
    )
    apart = 0.05

    def given(rng):
        return {"kernel": rng.normal(size=(6, 4)).astype("float32")}

    def in_keras(keras, kernel):
        return keras.constraints.MaxNorm(1.5, axis=0)(kernel)

    def naive(torch, kernel):
        """w * (w.norm(dim=0).clamp(max=1.5) / w.norm(dim=0))"""
        w = kernel.T
        norm = w.norm(dim=0, keepdim=True)
        return (w * (norm.clamp(max=1.5) / norm)).T

    def faithful(torch, kernel):
        """w.renorm(2, 0, 1.5)"""
        w = kernel.T
        return w.renorm(2, 0, 1.5).T

    def faithful_constraint(torch, kernel):
        """semantics.constraints.MaxNorm(1.5, dim=1)(w)"""
        from parity import semantics

        return semantics.constraints.MaxNorm(1.5, dim=1)(kernel.T).T
