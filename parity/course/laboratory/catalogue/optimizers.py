"""Optimizers: the same name, another update."""

from parity.course.laboratory.catalogue.steps import keras_steps, torch_steps
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times


class SGDDefault(Experiment):
    """The learning rate of SGD."""

    id = "sgd-default"
    keras_does = 'SGD has a learning rate of 0.01, and so has optimizer="sgd".'
    torch_does = "SGD has one of 0.001."
    naive_error = "The port makes smaller steps. It learns, slowly, and looks like a weaker model."
    faithful_line = "torch.optim.SGD(params, lr=0.01)"
    source = (
        "keras.io/api/optimizers/sgd",
        "docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
    )
    note = "Older versions of torch have no default and insist on a learning rate."
    measure = staticmethod(times)
    apart = 8.0

    def given(rng):
        return {"gradient": rng.normal(size=64).astype("float32")}

    def in_keras(keras, gradient):
        """The length of a step."""
        w = keras.Variable(keras.ops.zeros(64))
        keras.optimizers.SGD().apply([keras.ops.convert_to_tensor(gradient)], [w])
        return keras.ops.norm(w)

    def naive(torch, gradient):
        """torch.optim.SGD(params)"""
        w = torch.nn.Parameter(torch.zeros(64))
        w.grad = gradient
        torch.optim.SGD([w]).step()
        return w.norm()

    def faithful(torch, gradient):
        """torch.optim.SGD(params, lr=0.01)"""
        w = torch.nn.Parameter(torch.zeros(64))
        w.grad = gradient
        torch.optim.SGD([w], lr=0.01).step()
        return w.norm()


class SGDMomentum(Experiment):
    """Momentum when the learning rate changes."""

    id = "sgd-momentum"
    keras_does = (
        "v = momentum * v - lr * g, w += v: the learning rate is inside, so steps that were begun "
        "under a large one coast on after it has dropped."
    )
    torch_does = (
        "v = momentum * v + g, p -= lr * v: the learning rate is outside, and a new one applies "
        "to the whole past at once."
    )
    naive_error = (
        "With a constant learning rate the two are equal, so every short test passes. Whenever a "
        "schedule or a callback changes it, the next steps are of another length."
    )
    faithful_line = 'optimizer.state[p]["momentum_buffer"] *= old_lr / new_lr, at each change'
    source = (
        "keras.io/api/optimizers/sgd",
        "docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
        "github.com/pytorch/pytorch/issues/1099",
    )
    note = "RMSprop with momentum differs in the same way."
    measure = staticmethod(times)
    apart = 2.0

    def given(rng):
        return {"gradients": (1 + 0.1 * rng.normal(size=(20, 64))).astype("float32")}

    def in_keras(keras, gradients):
        """The length of the first step after the learning rate has dropped to a tenth."""
        w = keras.Variable(keras.ops.zeros(64))
        optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
        for gradient in gradients[:-1]:
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [w])
        before = keras.ops.copy(w)
        optimizer.learning_rate = 0.01
        optimizer.apply([keras.ops.convert_to_tensor(gradients[-1])], [w])
        return keras.ops.norm(w - before)

    def naive(torch, gradients):
        """group["lr"] = 0.01"""
        w = torch.nn.Parameter(torch.zeros(64))
        optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        for gradient in gradients[:-1]:
            w.grad = gradient
            optimizer.step()
        before = w.detach().clone()
        optimizer.param_groups[0]["lr"] = 0.01
        w.grad = gradients[-1]
        optimizer.step()
        return (w - before).norm()

    def faithful(torch, gradients):
        """group["lr"] = 0.01, and momentum_buffer *= 0.1 / 0.01"""
        w = torch.nn.Parameter(torch.zeros(64))
        optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        for gradient in gradients[:-1]:
            w.grad = gradient
            optimizer.step()
        before = w.detach().clone()
        optimizer.param_groups[0]["lr"] = 0.01
        optimizer.state[w]["momentum_buffer"] *= 0.1 / 0.01
        w.grad = gradients[-1]
        optimizer.step()
        return (w - before).norm()


class SGDNesterov(Experiment):
    """Nesterov momentum under a constant learning rate."""

    id = "sgd-nesterov"
    keras_does = "v = momentum * v - lr * g, w += momentum * v - lr * g."
    torch_does = "v = momentum * v + g, p -= lr * (g + momentum * v): the same, written otherwise."
    faithful_line = "torch.optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True)"
    source = (
        "keras.io/api/optimizers/sgd",
        "docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html",
    )
    note = "When the learning rate changes, sgd-momentum applies."

    def given(rng):
        return {"gradients": rng.normal(size=(20, 64)).astype("float32")}

    def in_keras(keras, gradients):
        w = keras_steps(keras, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), gradients)
        return w

    def faithful(torch, gradients):
        """torch.optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True)"""
        return torch_steps(torch, torch.optim.SGD, gradients, lr=0.1, momentum=0.9, nesterov=True)


class RMSpropEpsilon(Experiment):
    """Where RMSprop adds its epsilon, and its defaults."""

    id = "rmsprop-epsilon"
    keras_does = (
        "w -= lr * g / sqrt(v + 1e-7), with lr=0.001 and rho=0.9: epsilon is under the root, and "
        "no divisor is smaller than 3.2e-4."
    )
    torch_does = "p -= lr * g / (sqrt(v) + 1e-8), with lr=0.01 and alpha=0.99."
    naive_error = (
        "Steps are many times too long by the learning rate alone. With all three options copied "
        "from Keras they still are where gradients are small, because epsilon stands elsewhere: no "
        "value of eps makes up for it."
    )
    faithful_line = "w -= lr * g / (v + 1e-7).sqrt() (parity.semantics.RMSprop)"
    source = (
        "keras.io/api/optimizers/rmsprop",
        "docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html",
        "github.com/pytorch/pytorch/issues/23796",
    )
    measure = staticmethod(times)
    apart = 1.0

    def given(rng):
        return {"gradients": (1e-4 * rng.normal(size=(10, 64))).astype("float32")}

    def in_keras(keras, gradients):
        """The way that ten steps lead."""
        return keras.ops.norm(keras_steps(keras, keras.optimizers.RMSprop(), gradients))

    def naive(torch, gradients):
        """torch.optim.RMSprop(params)"""
        return torch_steps(torch, torch.optim.RMSprop, gradients).norm()

    def naive_options(torch, gradients):
        """torch.optim.RMSprop(params, lr=1e-3, alpha=0.9, eps=1e-7)"""
        w = torch_steps(torch, torch.optim.RMSprop, gradients, lr=1e-3, alpha=0.9, eps=1e-7)
        return w.norm()

    def faithful(torch, gradients):
        """w -= lr * g / (v + 1e-7).sqrt()"""
        w, v = torch.zeros(64), torch.zeros(64)
        for g in gradients:
            v = 0.9 * v + 0.1 * g**2
            w = w - 1e-3 * g / (v + 1e-7).sqrt()
        return w.norm()

    def faithful_semantics(torch, gradients):
        """parity.semantics.RMSprop(params)"""
        from parity.semantics import RMSprop

        return torch_steps(torch, RMSprop, gradients).norm()


class AdagradDefaults(Experiment):
    """What Adagrad's sum of squares starts from."""

    id = "adagrad-defaults"
    keras_does = "The sum of squares starts from 0.1; lr=0.001, and 1e-7 is added under the root."
    torch_does = "It starts from 0; lr=0.01, and 1e-10 is added after the root."
    naive_error = (
        "From zero, the first step has the length of the learning rate whatever the gradient; from "
        "0.1, a small gradient makes a small step. Copying the learning rate alone is not enough."
    )
    faithful_line = "torch.optim.Adagrad(params, lr=1e-3, initial_accumulator_value=0.1, eps=1e-7)"
    source = (
        "keras.io/api/optimizers/adagrad",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html",
    )
    note = "Beside a sum of at least 0.1 the place of epsilon is below rounding."
    measure = staticmethod(times)
    apart = 5.0

    def given(rng):
        return {"gradients": (1e-2 * rng.normal(size=(10, 64))).astype("float32")}

    def in_keras(keras, gradients):
        """The way that ten steps lead."""
        return keras.ops.norm(keras_steps(keras, keras.optimizers.Adagrad(), gradients))

    def naive(torch, gradients):
        """torch.optim.Adagrad(params)"""
        return torch_steps(torch, torch.optim.Adagrad, gradients).norm()

    def naive_rate(torch, gradients):
        """torch.optim.Adagrad(params, lr=1e-3)"""
        return torch_steps(torch, torch.optim.Adagrad, gradients, lr=1e-3).norm()

    def faithful(torch, gradients):
        """Adagrad(params, lr=1e-3, initial_accumulator_value=0.1, eps=1e-7)"""
        w = torch_steps(
            torch, torch.optim.Adagrad, gradients, lr=1e-3, initial_accumulator_value=0.1, eps=1e-7
        )
        return w.norm()


class AdadeltaDefaults(Experiment):
    """The defaults of Adadelta."""

    id = "adadelta-defaults"
    keras_does = "lr=0.001, rho=0.95, epsilon=1e-7."
    torch_does = "lr=1.0, rho=0.9, eps=1e-6. The formula is Keras's."
    naive_error = (
        "The two train at speeds of another order, and with the learning rate copied epsilon, "
        "which sets the length of the first steps, still differs."
    )
    faithful_line = "torch.optim.Adadelta(params, lr=1e-3, rho=0.95, eps=1e-7)"
    source = (
        "keras.io/api/optimizers/adadelta",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html",
        "github.com/tensorflow/tensorflow/issues/39432",
        "github.com/tensorflow/tensorflow/issues/36785",
    )
    note = (
        'Keras had lr=1.0 when tutorials were written with optimizer="adadelta"; the same line '
        "trains next to nothing today. Ask for learning_rate=1.0 to get what the tutorial shows."
    )
    measure = staticmethod(times)
    apart = 0.5

    def given(rng):
        return {"gradients": rng.normal(size=(20, 64)).astype("float32")}

    def in_keras(keras, gradients):
        """The way that twenty steps lead."""
        return keras.ops.norm(keras_steps(keras, keras.optimizers.Adadelta(), gradients))

    def naive(torch, gradients):
        """torch.optim.Adadelta(params)"""
        return torch_steps(torch, torch.optim.Adadelta, gradients).norm()

    def naive_rate(torch, gradients):
        """torch.optim.Adadelta(params, lr=1e-3)"""
        return torch_steps(torch, torch.optim.Adadelta, gradients, lr=1e-3).norm()

    def faithful(torch, gradients):
        """torch.optim.Adadelta(params, lr=1e-3, rho=0.95, eps=1e-7)"""
        w = torch_steps(torch, torch.optim.Adadelta, gradients, lr=1e-3, rho=0.95, eps=1e-7)
        return w.norm()
