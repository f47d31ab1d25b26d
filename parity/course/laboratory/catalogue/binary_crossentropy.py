"""Cross-entropy of yes or no, which auto-encoders take for pixels too."""

import numpy as np

from parity.course.laboratory.experiment import Experiment


class BinaryClip(Experiment):
    """Where the logarithm of a probability ends."""

    id = "bce-clip"
    keras_does = (
        "Probabilities are clipped to [1e-7, 1 - 1e-7]: in float32 a loss ends at 16.1 on one side "
        "and 15.9 on the other, and there is no gradient beyond."
    )
    torch_does = "nn.BCELoss clips nothing; it keeps the logarithms above -100."
    naive_error = (
        "A wrong and saturated output costs up to 100, six times as much as in Keras. A handful of "
        "pixels make the loss of a good model."
    )
    faithful_line = "F.binary_cross_entropy(p.clamp(1e-7, 1 - 1e-7), y)"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
        "keras.io/api/losses/probabilistic_losses",
    )
    note = "On tensorflow a model that ends in sigmoid is not clipped in fit: bce-logit-recovery."
    apart, close = 0.3, 1e-5

    def given(rng):
        logits = 15 * rng.normal(size=(64, 16))
        return {
            "p": (1 / (1 + np.exp(-logits))).astype("float32"),
            "y": rng.integers(2, size=(64, 16)).astype("float32"),
        }

    def in_keras(keras, p, y):
        return keras.losses.BinaryCrossentropy()(y, p)

    def naive(torch, p, y):
        """nn.BCELoss()(p, y)"""
        return torch.nn.BCELoss()(p, y)

    def faithful(torch, p, y):
        """nn.BCELoss()(p.clamp(1e-7, 1 - 1e-7), y)"""
        return torch.nn.BCELoss()(p.clamp(1e-7, 1 - 1e-7), y)


class BinaryLogitRecovery(Experiment):
    """Keras on tensorflow finds the logits behind the sigmoid."""

    id = "bce-logit-recovery"
    keras_does = (
        "In fit and evaluate the loss looks behind a final sigmoid, takes its logits and uses the "
        "fused formula."
    )
    torch_does = "nn.BCELoss takes probabilities; nn.BCEWithLogitsLoss is the fused formula."
    naive_error = (
        "In float32 a sigmoid is 1 from a logit of 17.4 on. There BCELoss says 100, and its "
        "gradient is lost in the sigmoid; a clipped one says 15.9 and has none."
    )
    faithful_line = "nn.BCEWithLogitsLoss()(logits, y)"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        "github.com/tensorflow/tensorflow/issues/34221",
    )
    note = "On jax and torch Keras clips: see bce-clip."
    backends = ("tensorflow",)
    apart, close = 0.1, 1e-5

    def given(rng):
        return {
            "x": rng.normal(size=(32, 16)).astype("float32"),
            "w": 5 * rng.normal(size=(16, 8)).astype("float32"),
            "y": rng.integers(2, size=(32, 8)).astype("float32"),
        }

    def in_keras(keras, x, w, y):
        """The loss of a batch, and the step that it makes."""
        dense = keras.layers.Dense(8, activation="sigmoid", use_bias=False)
        model = keras.Sequential([keras.layers.Input((16,)), dense])
        dense.set_weights([w])
        model.compile(keras.optimizers.SGD(10.0), "binary_crossentropy")
        loss = model.train_on_batch(x, y)
        return {"loss": loss, "step": keras.ops.convert_to_numpy(dense.kernel) - w}

    def naive(torch, x, w, y):
        """nn.BCELoss()(sigmoid(logits), y)"""
        w = w.requires_grad_()
        loss = torch.nn.BCELoss()((x @ w).sigmoid(), y)
        loss.backward()
        return {"loss": loss, "step": -10 * w.grad}

    def naive_clipped(torch, x, w, y):
        """nn.BCELoss()(p.clamp(1e-7, 1 - 1e-7), y)"""
        w = w.requires_grad_()
        p = (x @ w).sigmoid().clamp(1e-7, 1 - 1e-7)
        loss = torch.nn.BCELoss()(p, y)
        loss.backward()
        return {"loss": loss, "step": -10 * w.grad}

    def faithful(torch, x, w, y):
        """nn.BCEWithLogitsLoss()(logits, y)"""
        w = w.requires_grad_()
        loss = torch.nn.BCEWithLogitsLoss()(x @ w, y)
        loss.backward()
        return {"loss": loss, "step": -10 * w.grad}


class NormalizeAutoencoderTargets(Experiment):
    """Normalised pixels as the targets of a sigmoid."""

    id = "normalize-ae-targets"
    keras_does = "Keras's auto-encoders are shown pixels divided by 255, in [0, 1]."
    torch_does = (
        "Pipelines for classifiers end in torchvision's Normalize, after which MNIST's pixels are "
        "between -0.42 and 2.82."
    )
    naive_error = (
        "A sigmoid cannot reach them. nn.BCELoss refuses; nn.BCEWithLogitsLoss does not, and its "
        "loss has no lower end: white pixels push the logits towards infinity."
    )
    faithful_line = "transforms.ToTensor() alone"
    source = (
        "docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html",
        "docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
    )
    note = "Keras on tensorflow and jax does not refuse such targets either: see bce-target-range."
    apart, close = 0.5, 1e-5

    def given(rng):
        from sklearn.datasets import load_digits

        x = load_digits().data / 16
        return {
            "x": x.astype("float32"),
            "logits": (8 * x - 4 + rng.normal(size=x.shape)).astype("float32"),
        }

    def in_keras(keras, x, logits):
        return keras.losses.BinaryCrossentropy(from_logits=True)(x, logits)

    def naive(torch, x, logits):
        """Normalize, nn.BCELoss"""
        return torch.nn.BCELoss()(logits.sigmoid(), (x - 0.1307) / 0.3081)

    def naive_logits(torch, x, logits):
        """Normalize, nn.BCEWithLogitsLoss"""
        return torch.nn.BCEWithLogitsLoss()(logits, (x - 0.1307) / 0.3081)

    def faithful(torch, x, logits):
        """pixels in [0, 1], nn.BCEWithLogitsLoss"""
        return torch.nn.BCEWithLogitsLoss()(logits, x)


class BinaryTargetRange(Experiment):
    """Targets outside [0, 1]."""

    id = "bce-target-range"
    keras_does = (
        "On tensorflow and jax binary_crossentropy takes any target, and gives a negative loss "
        "without a word."
    )
    torch_does = "nn.BCELoss raises; nn.BCEWithLogitsLoss takes them as Keras does."
    naive_error = (
        "A Keras model that was trained on such targets breaks off in the port: the mistake was "
        "always there, and only PyTorch says so."
    )
    faithful_line = "-(y * p.log() + (1 - y) * (1 - p).log()).mean(), if it must be the same"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",)
    note = "Keras on torch calls torch's own function for probabilities, and raises as well."
    backends = ("tensorflow", "jax")
    apart, close = 1.0, 1e-5

    def given(rng):
        return {
            "p": rng.uniform(0.05, 0.95, size=(64, 16)).astype("float32"),
            "y": rng.uniform(-0.4, 2.8, size=(64, 16)).astype("float32"),
        }

    def in_keras(keras, p, y):
        return keras.losses.BinaryCrossentropy()(y, p)

    def naive(torch, p, y):
        """nn.BCELoss()(p, y)"""
        return torch.nn.BCELoss()(p, y)

    def faithful(torch, p, y):
        """the formula, without the check"""
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    def faithful_logits(torch, p, y):
        """nn.BCEWithLogitsLoss()(logits, y)"""
        return torch.nn.BCEWithLogitsLoss()(p.logit(), y)
