"""Adam and its kin: where epsilon stands, how the bias is corrected, and the defaults."""

from parity.course.laboratory.catalogue.steps import keras_steps, torch_steps
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times


class AdamEpsilon(Experiment):
    """Where Adam adds its epsilon, and how large it is."""

    id = "adam-epsilon"
    keras_does = (
        "w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + 1e-7): epsilon is added to the "
        'root of a v that is not yet corrected for its bias (the paper\'s "epsilon hat").'
    )
    torch_does = (
        "The root of v is divided by sqrt(1 - b2^t) first, and then 1e-8 is added. Keras's epsilon "
        "is therefore larger by 1 / sqrt(1 - b2^t) than the same number in torch: 32 times at the "
        "first step, and less at each."
    )
    naive_error = (
        "Where gradients are not much larger than epsilon, as in the first layers of a deep or "
        "saturated network, the first steps are several times too long. torch's own eps=1e-7 does "
        "not mend it. Both trainings converge, so nobody looks."
    )
    faithful_line = "eps = 1e-7 / sqrt(1 - b2**t), set anew at every step (parity.semantics.Adam)"
    source = (
        "keras.io/api/optimizers/adam",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html",
        "github.com/tensorflow/tensorflow/issues/9047",
        "arxiv.org/abs/1412.6980 (section 2)",
    )
    measure = staticmethod(times)
    apart, close = 1.0, 1e-5  # what is left of the first faithful one is adam-float32

    def given(rng):
        return {"gradients": (1e-6 * rng.normal(size=(10, 64))).astype("float32")}

    def in_keras(keras, gradients):
        """The way that ten steps lead."""
        return keras.ops.norm(keras_steps(keras, keras.optimizers.Adam(1e-3), gradients))

    def naive(torch, gradients):
        """torch.optim.Adam(lr=1e-3)"""
        return torch_steps(torch, torch.optim.Adam, gradients, lr=1e-3).norm()

    def naive_epsilon(torch, gradients):
        """torch.optim.Adam(lr=1e-3, eps=1e-7)"""
        return torch_steps(torch, torch.optim.Adam, gradients, lr=1e-3, eps=1e-7).norm()

    def faithful(torch, gradients):
        """eps=1e-7 / sqrt(1 - b2**t) at step t"""
        w = torch.nn.Parameter(torch.zeros(64))
        optimizer = torch.optim.Adam([w], lr=1e-3)
        for t, gradient in enumerate(gradients, start=1):
            optimizer.param_groups[0]["eps"] = 1e-7 / (1 - 0.999**t) ** 0.5
            w.grad = gradient
            optimizer.step()
        return w.norm()

    def faithful_semantics(torch, gradients):
        """parity.semantics.Adam(lr=1e-3)"""
        from parity.semantics import Adam

        return torch_steps(torch, Adam, gradients, lr=1e-3).norm()


class AdamFloat32(Experiment):
    """Adam's bias correction in float32."""

    id = "adam-float32"
    keras_does = (
        "1 - b2^t is computed in the weights' dtype. The float32 next to 0.999 is not 0.999, and "
        "the subtraction magnifies that error a thousand times."
    )
    torch_does = "The correction is computed in Python's double precision."
    naive_error = (
        "Every one of the first hundreds of steps is too long by the same small share, also "
        "where epsilon is right. It is no rounding noise: it adds up, and a training amplifies it. "
        "A comparison in lock-step stands or falls with it."
    )
    faithful_line = "1 - np.float32(0.999) ** t in place of 1 - 0.999**t (parity.semantics.Adam)"
    source = (
        "keras.io/api/optimizers/adam",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html",
    )
    note = "In float64 there is no such difference, except for Keras's cast of 0.999 on tensorflow."
    # The last digit of the power counts a thousandfold as well, and libraries differ in it.
    apart, close = 4e-6, 2e-6

    def given(rng):
        return {"gradients": rng.normal(size=(100, 64)).astype("float32")}

    def in_keras(keras, gradients):
        return keras_steps(keras, keras.optimizers.Adam(1e-3), gradients)

    def naive(torch, gradients):
        """torch.optim.Adam, epsilon as in Keras"""
        w = torch.nn.Parameter(torch.zeros(64))
        optimizer = torch.optim.Adam([w], lr=1e-3)
        for t, gradient in enumerate(gradients, start=1):
            optimizer.param_groups[0]["eps"] = 1e-7 / (1 - 0.999**t) ** 0.5
            w.grad = gradient
            optimizer.step()
        return w

    def faithful(torch, gradients):
        """Keras's formula in float32"""
        b1, b2 = torch.tensor(0.9), torch.tensor(0.999)
        w, m, v = torch.zeros(64), torch.zeros(64), torch.zeros(64)
        for step, gradient in enumerate(gradients, start=1):
            t = torch.tensor(float(step))
            m += (gradient - m) * (1 - 0.9)
            v += (gradient**2 - v) * (1 - 0.999)
            alpha = 1e-3 * (1 - b2**t).sqrt() / (1 - b1**t)
            w -= alpha * m / (v.sqrt() + 1e-7)
        return w

    def faithful_semantics(torch, gradients):
        """parity.semantics.Adam"""
        from parity.semantics import Adam

        return torch_steps(torch, Adam, gradients, lr=1e-3)


class NadamAdamax(Experiment):
    """The learning rates of Nadam and Adamax."""

    id = "nadam-adamax"
    keras_does = "Nadam and Adamax have a learning rate of 0.001 and an epsilon of 1e-7."
    torch_does = "NAdam and Adamax have one of 0.002 and an epsilon of 1e-8."
    naive_error = "Steps of the port are about twice as long, from the first to the last."
    faithful_line = "NAdam(lr=1e-3, eps=1e-7, momentum_decay=1.0), Adamax(lr=1e-3, eps=1e-7)"
    source = (
        "keras.io/api/optimizers/Nadam",
        "keras.io/api/optimizers/adamax",
        "docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html",
        "docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html",
        "github.com/tensorflow/tensorflow/pull/30941",
    )
    note = (
        "tf.keras had 0.002 too until TensorFlow 1.13. Adamax adds epsilon to the largest gradient "
        "in Keras, and to each gradient before the maximum is taken in torch: another figure only "
        "for gradients as small as epsilon. torch spells it NAdam, Keras Nadam."
    )
    measure = staticmethod(times)
    apart = 0.5

    def given(rng):
        return {"gradients": rng.normal(size=(20, 64)).astype("float32")}

    def in_keras(keras, gradients):
        """The way that twenty steps lead."""
        ways = {}
        for name in ("Nadam", "Adamax"):
            w = keras_steps(keras, keras.optimizers.get(name), gradients)
            ways[name] = keras.ops.norm(w)
        return ways

    def naive(torch, gradients):
        """NAdam(), Adamax()"""
        nadam = torch_steps(torch, torch.optim.NAdam, gradients)
        adamax = torch_steps(torch, torch.optim.Adamax, gradients)
        return {"Nadam": nadam.norm(), "Adamax": adamax.norm()}

    def faithful(torch, gradients):
        """NAdam(lr=1e-3, eps=1e-7, momentum_decay=1.0), Adamax(lr=1e-3, eps=1e-7)"""
        nadam_options = {"lr": 1e-3, "eps": 1e-7, "momentum_decay": 1.0}
        nadam = torch_steps(torch, torch.optim.NAdam, gradients, **nadam_options)
        adamax = torch_steps(torch, torch.optim.Adamax, gradients, lr=1e-3, eps=1e-7)
        return {"Nadam": nadam.norm(), "Adamax": adamax.norm()}


class NadamDecay(Experiment):
    """How fast Nadam's momentum grows."""

    id = "nadam-decay"
    keras_does = (
        "The momentum at step t is b1 * (1 - 0.96^t / 2), and reaches b1 in a hundred steps."
    )
    torch_does = (
        "It is b1 * (1 - 0.96^(0.004 t) / 2): momentum_decay=0.004 is a factor in the exponent, "
        "and b1 is reached after tens of thousands of steps."
    )
    naive_error = (
        "With the learning rate and epsilon mended, the port still has about half of Keras's "
        "momentum for most of a short training."
    )
    faithful_line = "torch.optim.NAdam(params, lr=1e-3, eps=1e-7, momentum_decay=1.0)"
    source = (
        "keras.io/api/optimizers/Nadam",
        "docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html",
    )
    note = (
        "Keras has no option for the decay: 0.96 is written into its update. On Keras's torch "
        "backend adam-float32 applies here too; on the others the error cancels."
    )
    apart = 0.03

    def given(rng):
        return {"gradients": rng.normal(size=(100, 64)).astype("float32")}

    def in_keras(keras, gradients):
        return keras_steps(keras, keras.optimizers.Nadam(1e-3), gradients)

    def naive(torch, gradients):
        """NAdam(lr=1e-3, eps=1e-7)"""
        return torch_steps(torch, torch.optim.NAdam, gradients, lr=1e-3, eps=1e-7)

    def faithful(torch, gradients):
        """NAdam(lr=1e-3, eps=1e-7, momentum_decay=1.0)"""
        w = torch_steps(torch, torch.optim.NAdam, gradients, lr=1e-3, eps=1e-7, momentum_decay=1.0)
        return w
