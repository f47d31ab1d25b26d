"""Cross-entropy over classes: logits or probabilities, and what it is divided by."""

from parity.course.laboratory.catalogue.digits import digits, keras_regression, torch_regression
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class DoubleSoftmax(Experiment):
    """A softmax in front of a loss that has one."""

    id = "double-softmax"
    keras_does = (
        "categorical_crossentropy and its sparse twin take probabilities: a model ends in softmax."
    )
    torch_does = "nn.CrossEntropyLoss takes logits, and has the softmax inside."
    naive_error = (
        "A softmax that is kept and CrossEntropyLoss make two. It trains, slowly: the first gives "
        "numbers between 0 and 1, so that with ten classes the loss cannot fall below "
        "log(1 + 9/e) = 1.461, and gradients are small where the model is wrong and sure."
    )
    faithful_line = "F.cross_entropy(logits, y); the softmax only where probabilities are wanted"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        "github.com/keras-team/keras/issues/6636",
    )
    note = "log_softmax in front of it does no harm: its own log_softmax leaves it as it is."
    measure = staticmethod(values)
    apart = 0.02
    close = 0.002  # three of 1,797 digits: rounding may move one that lies between two classes

    def given(rng):
        return digits()

    def in_keras(keras, x, y):
        """The accuracy on digits after 50 steps over all of them."""
        model = keras_regression(keras, 0.5, metrics=["accuracy"])
        model.fit(x, y, batch_size=len(x), epochs=50, verbose=0)
        return model.evaluate(x, y, batch_size=len(x), verbose=0)[1]

    def naive(torch, x, y):
        """nn.CrossEntropyLoss()(logits.softmax(1), y)"""
        w = torch.zeros(64, 10, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.5)
        for _ in range(50):
            optimizer.zero_grad()
            torch.nn.CrossEntropyLoss()((x @ w).softmax(1), y).backward()
            optimizer.step()
        return ((x @ w).argmax(1) == y).float().mean()

    def faithful(torch, x, y):
        """nn.CrossEntropyLoss()(logits, y)"""
        w = torch_regression(torch, 0.5, [(x, y)], epochs=50)
        return ((x @ w).argmax(1) == y).float().mean()


class CrossEntropyLogitRecovery(Experiment):
    """Keras on tensorflow finds the logits behind the softmax."""

    id = "ce-logit-recovery"
    keras_does = (
        "In fit and evaluate the loss looks behind a final softmax, takes its logits and uses the "
        "fused formula, in which nothing saturates."
    )
    torch_does = "A loss takes what it is given, and does not look behind it."
    naive_error = (
        "Clipped probabilities, which is what the loss's documentation describes and what "
        "loss(y, model.predict(x)) gives, stop at 16.1 and hand back no gradient beyond: the worst "
        "samples are not learned from. Unsure models show no difference."
    )
    faithful_line = "F.cross_entropy(logits, y)"
    source = (
        "github.com/keras-team/keras/issues/14003",
        "github.com/tensorflow/tensorflow/issues/34221",
    )
    note = "On jax and torch Keras clips: see ce-clipped."
    backends = ("tensorflow",)
    apart, close = 0.1, 1e-5

    def given(rng):
        return {
            "x": rng.normal(size=(32, 16)).astype("float32"),
            "w": 5 * rng.normal(size=(16, 10)).astype("float32"),
            "y": rng.integers(10, size=32),
        }

    def in_keras(keras, x, w, y):
        """The loss of a batch, and the step that it makes."""
        dense = keras.layers.Dense(10, activation="softmax", use_bias=False)
        model = keras.Sequential([keras.layers.Input((16,)), dense])
        dense.set_weights([w])
        model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
        loss = model.train_on_batch(x, y)
        return {"loss": loss, "step": keras.ops.convert_to_numpy(dense.kernel) - w}

    def naive(torch, x, w, y):
        """log(softmax(logits).clamp(1e-7, 1 - 1e-7))"""
        w = w.requires_grad_()
        p = (x @ w).softmax(1).clamp(1e-7, 1 - 1e-7)
        loss = torch.nn.functional.nll_loss(p.log(), y)
        loss.backward()
        return {"loss": loss, "step": -w.grad}

    def faithful(torch, x, w, y):
        """F.cross_entropy(logits, y)"""
        w = w.requires_grad_()
        loss = torch.nn.functional.cross_entropy(x @ w, y)
        loss.backward()
        return {"loss": loss, "step": -w.grad}


class CrossEntropyClipped(Experiment):
    """Keras on jax and torch clips the probabilities."""

    id = "ce-clipped"
    keras_does = (
        "The loss gets the softmax's probabilities, divides them by their sum and clips them to "
        "[1e-7, 1 - 1e-7]: no loss is above 16.1, and no gradient comes from beyond."
    )
    torch_does = "F.cross_entropy(logits, y) never saturates."
    naive_error = (
        "The usual translation is better than the model that it translates: it learns from the "
        "samples that the Keras model gives up, and reports a higher loss for them."
    )
    faithful_line = "F.nll_loss(p.clamp(1e-7, 1 - 1e-7).log(), y), with p = logits.softmax(1)"
    source = ("keras.io/api/losses/probabilistic_losses",)
    note = (
        "from_logits=True, with no softmax in the Keras model, is the same on all backends. On "
        "tensorflow see ce-logit-recovery."
    )
    backends = ("jax", "torch")
    apart, close = 0.1, 1e-5

    given = CrossEntropyLogitRecovery.given
    in_keras = CrossEntropyLogitRecovery.in_keras

    naive = CrossEntropyLogitRecovery.faithful

    faithful = CrossEntropyLogitRecovery.naive


class CategoricalRenormalises(Experiment):
    """Probabilities that do not sum to one."""

    id = "cce-renormalises"
    keras_does = "categorical_crossentropy divides the last axis by its sum, and then clips."
    torch_does = "nll_loss takes logarithms as they are."
    naive_error = (
        "Where outputs do not sum to one (sigmoids, relus, a product of masks) Keras's loss is one "
        "of shares; the port's falls below zero, and can be lowered by scaling the output up."
    )
    faithful_line = "p = p / p.sum(-1, keepdim=True); -(y * p.clamp(1e-7, 1 - 1e-7).log()).sum(-1)"
    source = ("keras.io/api/losses/probabilistic_losses",)
    note = "The sparse loss on tensorflow does it in the other order: see sparse-cce-clips-first."
    apart, close = 0.1, 1e-5

    def given(rng):
        return {
            "p": rng.uniform(0.1, 3, size=(64, 10)).astype("float32"),
            "y": rng.integers(10, size=64),
        }

    def in_keras(keras, p, y):
        one_hot = keras.ops.one_hot(y, 10)
        return keras.losses.CategoricalCrossentropy()(one_hot, p)

    def naive(torch, p, y):
        """F.nll_loss(p.log(), y)"""
        return torch.nn.functional.nll_loss(p.log(), y)

    def faithful(torch, p, y):
        """p / p.sum(1, keepdim=True), clamped"""
        p = (p / p.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
        return torch.nn.functional.nll_loss(p.log(), y)


class SparseClipsFirst(Experiment):
    """The sparse loss on tensorflow clips before it divides by the sum."""

    id = "sparse-cce-clips-first"
    keras_does = (
        "sparse_categorical_crossentropy clips to [1e-7, 1 - 1e-7], and then divides by the sum: "
        "whatever is above 1 counts as 1."
    )
    torch_does = "nll_loss takes logarithms as they are."
    naive_error = (
        "One-hot and integer targets give two losses for outputs above 1. A port of the one is no "
        "port of the other, though both are right for a softmax."
    )
    faithful_line = "F.cross_entropy(p.clamp(1e-7, 1 - 1e-7).log(), y)"
    source = ("keras.io/api/losses/probabilistic_losses",)
    note = "On jax and torch it divides first, as the loss with one-hot targets does everywhere."
    backends = ("tensorflow",)
    apart, close = 0.03, 1e-5

    given = CategoricalRenormalises.given

    def in_keras(keras, p, y):
        return keras.losses.SparseCategoricalCrossentropy()(y, p)

    def naive(torch, p, y):
        """divide, then clip: Keras's loss of one-hot targets"""
        p = (p / p.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
        return torch.nn.functional.nll_loss(p.log(), y)

    def faithful(torch, p, y):
        """clip, then divide (log_softmax of a logarithm divides by the sum)"""
        return torch.nn.functional.cross_entropy(p.clamp(1e-7, 1 - 1e-7).log(), y)


class ClassWeight(Experiment):
    """What a weighted loss is divided by."""

    id = "class-weight"
    keras_does = "class_weight and sample_weight multiply; the sum is divided by the batch size."
    torch_does = "nn.CrossEntropyLoss(weight=w) divides by the sum of the weights of the batch."
    naive_error = (
        "Loss and gradients are smaller by the batch's mean weight, another one in each batch: a "
        "learning rate that wanders. A batch of one ignores its weight."
    )
    faithful_line = "(w[y] * F.cross_entropy(logits, y, reduction='none')).mean()"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        "github.com/pytorch/pytorch/issues/40560",
    )
    note = "nn.BCELoss(weight=w) divides by the number of elements, as Keras does."
    apart, close = 0.3, 1e-5

    def given(rng):
        return {
            "x": rng.normal(size=(32, 16)).astype("float32"),
            "kernel": 0.3 * rng.normal(size=(16, 3)).astype("float32"),
            "y": rng.integers(3, size=32),
        }

    def in_keras(keras, x, kernel, y):
        """The loss of a batch, and the step that it makes."""
        dense = keras.layers.Dense(3, activation="softmax", use_bias=False)
        model = keras.Sequential([keras.layers.Input((16,)), dense])
        dense.set_weights([kernel])
        model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
        loss = model.train_on_batch(x, y, class_weight={0: 1.0, 1: 2.0, 2: 4.0})
        return {"loss": loss, "step": keras.ops.convert_to_numpy(dense.kernel) - kernel}

    def naive(torch, x, kernel, y):
        """nn.CrossEntropyLoss(weight=w)"""
        kernel = kernel.requires_grad_()
        w = torch.tensor([1.0, 2.0, 4.0])
        loss = torch.nn.CrossEntropyLoss(weight=w)(x @ kernel, y)
        loss.backward()
        return {"loss": loss, "step": -kernel.grad}

    def faithful(torch, x, kernel, y):
        """(w[y] * loss).mean()"""
        kernel = kernel.requires_grad_()
        w = torch.tensor([1.0, 2.0, 4.0])
        loss = (w[y] * torch.nn.functional.cross_entropy(x @ kernel, y, reduction="none")).mean()
        loss.backward()
        return {"loss": loss, "step": -kernel.grad}


class CrossEntropyClassAxis(Experiment):
    """Where the classes are, for sequences and maps."""

    id = "ce-class-axis"
    keras_does = "Classes are on the last axis: (N, steps, classes)."
    torch_does = "Classes are on axis 1: (N, classes, steps)."
    naive_error = (
        "Where there are as many steps as classes the shapes fit, and the softmax runs over time. "
        "Elsewhere it raises."
    )
    faithful_line = "F.cross_entropy(logits.transpose(1, -1), y)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",)
    apart, close = 0.05, 1e-5

    def given(rng):
        return {
            "logits": 2 * rng.normal(size=(4, 6, 6)).astype("float32"),
            "y": rng.integers(6, size=(4, 6)),
        }

    def in_keras(keras, logits, y):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits)

    def naive(torch, logits, y):
        """F.cross_entropy(logits, y)"""
        return torch.nn.functional.cross_entropy(logits, y)

    def faithful(torch, logits, y):
        """F.cross_entropy(logits.transpose(1, -1), y)"""
        return torch.nn.functional.cross_entropy(logits.transpose(1, -1), y)
