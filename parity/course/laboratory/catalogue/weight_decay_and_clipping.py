"""Weight decay and clipping: what happens to weights and gradients around the update."""

from parity.course.laboratory.catalogue.steps import keras_steps, torch_steps
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times, values


class WeightDecayArgument(Experiment):
    """What weight_decay means to Adam."""

    id = "weight-decay-argument"
    keras_does = (
        "weight_decay is decoupled in every optimizer: each step takes lr * weight_decay of the "
        "weight itself away, and the gradient does not know. Adam(weight_decay=...) is AdamW."
    )
    torch_does = (
        "Adam(weight_decay=...) adds weight_decay * w to the gradient, an L2 penalty, which Adam "
        "then scales to its usual step."
    )
    naive_error = (
        "The argument has the same name and the same values are common, but where gradients are "
        "small the weights shrink at the full speed of the learning rate."
    )
    faithful_line = "torch.optim.AdamW(params, lr=lr, weight_decay=weight_decay)"
    source = (
        "keras.io/api/optimizers/adam",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html",
        "docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html",
        "arxiv.org/abs/1711.05101",
    )
    note = "The same holds for Nadam, Adamax, RMSprop, Adagrad and Adadelta. Epsilon: adam-epsilon."
    measure = staticmethod(times)
    # The small difference of two norms magnifies rounding, and that of epsilon with it.
    apart, close = 1.0, 1e-4

    def given(rng):
        return {
            "start": rng.normal(size=64).astype("float32"),
            "gradients": (0.1 * rng.normal(size=(50, 64))).astype("float32"),
        }

    def in_keras(keras, start, gradients):
        """How much shorter the weights have become."""
        w = keras_steps(keras, keras.optimizers.Adam(0.01, weight_decay=0.1), gradients, start)
        return keras.ops.norm(start) - keras.ops.norm(w)

    def naive(torch, start, gradients):
        """torch.optim.Adam(params, lr=0.01, weight_decay=0.1)"""
        w = torch_steps(torch, torch.optim.Adam, gradients, start, lr=0.01, weight_decay=0.1)
        return start.norm() - w.norm()

    def faithful(torch, start, gradients):
        """torch.optim.AdamW(params, lr=0.01, weight_decay=0.1)"""
        w = torch_steps(torch, torch.optim.AdamW, gradients, start, lr=0.01, weight_decay=0.1)
        return start.norm() - w.norm()


class WeightDecaySGD(Experiment):
    """What weight_decay means to SGD with momentum."""

    id = "weight-decay-sgd"
    keras_does = "Each step takes lr * weight_decay of the weight away, past the momentum."
    torch_does = (
        "weight_decay * w is added to the gradient, and so goes into the momentum, which repeats "
        "it: with a momentum of 0.9 up to ten times."
    )
    naive_error = "The weights shrink several times as fast, once the momentum has built up."
    faithful_line = "with torch.no_grad(): p.mul_(1 - lr * weight_decay), before optimizer.step()"
    source = (
        "keras.io/api/optimizers/sgd",
        "docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
    )
    note = "Without momentum the two are the same number."
    measure = staticmethod(times)
    # The small difference of two norms magnifies rounding.
    apart, close = 2.0, 1e-4

    given = WeightDecayArgument.given

    def in_keras(keras, start, gradients):
        """How much shorter the weights have become."""
        w = keras_steps(
            keras, keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=0.1), gradients, start
        )
        return keras.ops.norm(start) - keras.ops.norm(w)

    def naive(torch, start, gradients):
        """torch.optim.SGD(params, lr=0.01, momentum=0.9, weight_decay=0.1)"""
        w = torch_steps(
            torch, torch.optim.SGD, gradients, start, lr=0.01, momentum=0.9, weight_decay=0.1
        )
        return start.norm() - w.norm()

    def faithful(torch, start, gradients):
        """p.mul_(1 - lr * weight_decay), then optimizer.step()"""
        w = torch.nn.Parameter(start.clone())
        optimizer = torch.optim.SGD([w], lr=0.01, momentum=0.9)
        for gradient in gradients:
            with torch.no_grad():
                w.mul_(1 - 0.01 * 0.1)
            w.grad = gradient
            optimizer.step()
        return start.norm() - w.norm()


class AdamWDefault(Experiment):
    """The weight decay of AdamW."""

    id = "adamw-default"
    keras_does = "AdamW decays by 0.004, times the learning rate, at each step."
    torch_does = "AdamW decays by 0.01, times the learning rate."
    naive_error = "Weights are pulled to zero two and a half times as hard."
    faithful_line = "torch.optim.AdamW(params, lr=1e-3, weight_decay=0.004)"
    source = (
        "keras.io/api/optimizers/adamw",
        "docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html",
    )
    note = "Epsilon differs too: adam-epsilon. With a gradient of zero, as here, it has no effect."
    measure = staticmethod(values)
    apart = 0.03

    def given(rng):
        return {"start": rng.uniform(1, 2, size=3).astype("float32")}

    def in_keras(keras, start):
        """Three weights without a gradient, after 100 steps of lr=0.1."""
        w = keras.Variable(start)
        optimizer = keras.optimizers.AdamW(0.1)
        for _ in range(100):
            optimizer.apply([keras.ops.zeros(3)], [w])
        return w

    def naive(torch, start):
        """torch.optim.AdamW(params, lr=0.1)"""
        w = torch.nn.Parameter(start.clone())
        w.grad = torch.zeros(3)
        optimizer = torch.optim.AdamW([w], lr=0.1)
        for _ in range(100):
            optimizer.step()
        return w

    def faithful(torch, start):
        """torch.optim.AdamW(params, lr=0.1, weight_decay=0.004)"""
        w = torch.nn.Parameter(start.clone())
        w.grad = torch.zeros(3)
        optimizer = torch.optim.AdamW([w], lr=0.1, weight_decay=0.004)
        for _ in range(100):
            optimizer.step()
        return w


class Clipnorm(Experiment):
    """What clipnorm takes the norm of."""

    id = "clipnorm"
    keras_does = (
        "clipnorm limits the norm of each variable's gradient by itself; the norm of all gradients "
        "together is limited by global_clipnorm."
    )
    torch_does = "clip_grad_norm_(model.parameters(), c) limits the norm of all together."
    naive_error = (
        "One large gradient makes those of all other layers smaller, which Keras leaves as they "
        "are: the direction of the step is another one."
    )
    faithful_line = "for p in model.parameters(): clip_grad_norm_([p], c)"
    source = (
        "keras.io/api/optimizers",
        "docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html",
    )
    note = "In Keras gradients are clipped before weights decay; clipvalue is clip_grad_value_."
    measure = staticmethod(values)
    apart = 0.1

    def given(rng):
        large, small = rng.normal(size=2), rng.normal(size=2)
        return {
            "large": (5 * large / (large**2).sum() ** 0.5).astype("float32"),
            "small": (0.5 * small / (small**2).sum() ** 0.5).astype("float32"),
        }

    def in_keras(keras, large, small):
        """The norms of two steps; those of the gradients are 5 and 0.5."""
        u, w = keras.Variable(keras.ops.zeros(2)), keras.Variable(keras.ops.zeros(2))
        gradients = [keras.ops.convert_to_tensor(large), keras.ops.convert_to_tensor(small)]
        keras.optimizers.SGD(1.0, clipnorm=1.0).apply(gradients, [u, w])
        return keras.ops.stack([keras.ops.norm(u), keras.ops.norm(w)])

    def naive(torch, large, small):
        """clip_grad_norm_(model.parameters(), 1.0)"""
        u, w = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(2))
        u.grad, w.grad = large, small
        torch.nn.utils.clip_grad_norm_([u, w], 1.0)
        torch.optim.SGD([u, w], lr=1.0).step()
        return torch.stack([u.norm(), w.norm()])

    def faithful(torch, large, small):
        """for p in model.parameters(): clip_grad_norm_([p], 1.0)"""
        u, w = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(2))
        u.grad, w.grad = large, small
        for p in (u, w):
            torch.nn.utils.clip_grad_norm_([p], 1.0)
        torch.optim.SGD([u, w], lr=1.0).step()
        return torch.stack([u.norm(), w.norm()])


class GlobalClipnorm(Experiment):
    """Clipping by the norm of all gradients."""

    id = "global-clipnorm"
    keras_does = "global_clipnorm=c multiplies all gradients by c / max(c, their common norm)."
    torch_does = (
        "clip_grad_norm_(model.parameters(), c) does the same, up to a 1e-6 in the divisor."
    )
    faithful_line = "clip_grad_norm_(model.parameters(), c)"
    source = (
        "keras.io/api/optimizers",
        "docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html",
    )

    def given(rng):
        return {
            "one": rng.normal(size=(8, 4)).astype("float32"),
            "other": rng.normal(size=4).astype("float32"),
        }

    def in_keras(keras, one, other):
        u, w = keras.Variable(keras.ops.zeros((8, 4))), keras.Variable(keras.ops.zeros(4))
        gradients = [keras.ops.convert_to_tensor(one), keras.ops.convert_to_tensor(other)]
        keras.optimizers.SGD(1.0, global_clipnorm=1.0).apply(gradients, [u, w])
        return {"one": u, "other": w}

    def faithful(torch, one, other):
        """clip_grad_norm_(model.parameters(), 1.0)"""
        u, w = torch.nn.Parameter(torch.zeros(8, 4)), torch.nn.Parameter(torch.zeros(4))
        u.grad, w.grad = one, other
        torch.nn.utils.clip_grad_norm_([u, w], 1.0)
        torch.optim.SGD([u, w], lr=1.0).step()
        return {"one": u, "other": w}
