"""Batch normalisation: whose statistics, how they move, and when."""

from parity.course.laboratory.experiment import Experiment


class BatchNormMomentumEpsilon(Experiment):
    """Momentum and epsilon of batch normalisation."""

    id = "bn-momentum-epsilon"
    keras_does = (
        "Momentum 0.99 is the share of the moving statistics that is kept at every batch; epsilon "
        "is 1e-3."
    )
    torch_does = "Momentum 0.1 is the share that is taken from the new batch; epsilon is 1e-5."
    naive_error = (
        "With torch's defaults, or with Keras's 0.99 copied, the moving mean is at the batches' "
        "own within a few steps, where Keras's has gone part of the way. Training looks the same, "
        "as it normalises by the batch; only inference differs. Where values vary as little as "
        "the root of epsilon, another epsilon rescales the output at once."
    )
    faithful_line = "nn.BatchNorm1d(channels, momentum=0.01, eps=1e-3)"
    source = (
        "keras.io/api/layers/normalization_layers/batch_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
    )
    apart = 0.2

    def given(rng):
        """50 batches of mean 0.1 and a standard deviation of 0.03."""
        return {"batches": rng.normal(0.1, 0.03, size=(50, 64, 3)).astype("float32")}

    def in_keras(keras, batches):
        bn = keras.layers.BatchNormalization()
        for x in batches:
            y = bn(x, training=True)
        return {"moving mean": bn.moving_mean, "output": y}

    def naive(torch, batches):
        """nn.BatchNorm1d(3)"""
        bn = torch.nn.BatchNorm1d(3)
        for x in batches:
            y = bn(x)
        return {"moving mean": bn.running_mean, "output": y}

    def naive_momentum(torch, batches):
        """nn.BatchNorm1d(3, momentum=0.99, eps=1e-3)"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.99, eps=1e-3)
        for x in batches:
            y = bn(x)
        return {"moving mean": bn.running_mean, "output": y}

    def naive_epsilon(torch, batches):
        """nn.BatchNorm1d(3, momentum=0.01)"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01)
        for x in batches:
            y = bn(x)
        return {"moving mean": bn.running_mean, "output": y}

    def faithful(torch, batches):
        """nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)
        for x in batches:
            y = bn(x)
        return {"moving mean": bn.running_mean, "output": y}


class BatchNormMovingVariance(Experiment):
    """The variance that batch normalisation stores."""

    id = "bn-moving-variance"
    keras_does = "The moving variance takes up the batch's own variance, its sum divided by n."
    torch_does = (
        "The batch is normalised by the same variance, but running_var takes up the unbiased one, "
        "the sum divided by n - 1."
    )
    naive_error = (
        "The stored variance is n / (n - 1) of Keras's, n being the values of a channel in the "
        "batch. It is nothing behind a convolution, with thousands of them, and a lot behind a "
        "dense layer with small batches; training shows nothing."
    )
    faithful_line = "bn.running_var -= bn.momentum * x.var(0) / len(x), or semantics.BatchNorm1d"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
        "github.com/pytorch/pytorch/issues/77427",
    )
    note = "Momentum is set so that one batch is all that is stored."
    apart = 0.2

    def given(rng):
        return {"x": rng.normal(size=(4, 3)).astype("float32")}

    def in_keras(keras, x):
        bn = keras.layers.BatchNormalization(momentum=0.0)
        bn(x, training=True)
        return bn.moving_variance

    def naive(torch, x):
        """nn.BatchNorm1d"""
        bn = torch.nn.BatchNorm1d(3, momentum=1.0, eps=1e-3)
        bn(x)
        return bn.running_var

    def faithful(torch, x):
        """running_var corrected behind every step"""
        bn = torch.nn.BatchNorm1d(3, momentum=1.0, eps=1e-3)
        bn(x)
        bn.running_var -= bn.momentum * x.var(0) / len(x)
        return bn.running_var

    def faithful_semantics(torch, x):
        """semantics.BatchNorm1d"""
        from parity import semantics

        bn = semantics.BatchNorm1d(3, momentum=0.0)
        bn(x)
        return bn.running_var


class BatchNormCancellation(Experiment):
    """The variance of a batch that is far from zero, on Keras's torch backend."""

    id = "bn-cancellation"
    keras_does = (
        "On the torch backend the variance is the mean of the squares less the square of the "
        "mean. Far from zero both are large and nearly equal, and float32 keeps few digits of "
        "their difference."
    )
    torch_does = "nn.BatchNorm1d takes the mean of squared deviations, as Keras does elsewhere."
    naive_error = (
        "The port is the more exact one, and differs from its reference by far more than "
        "rounding; with Keras on another backend it does not."
    )
    faithful_line = 'semantics.BatchNorm1d(3, keras_backend="torch")'
    source = ("keras/src/backend/torch/nn.py (moments)",)
    backends = ("torch",)
    apart = 1e-4

    def given(rng):
        return {"x": rng.normal(100, 1, size=(64, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.BatchNormalization()(x, training=True)

    def naive(torch, x):
        """nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)"""
        return torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)(x)

    def faithful(torch, x):
        """semantics.BatchNorm1d(3, keras_backend="torch")"""
        from parity import semantics

        return semantics.BatchNorm1d(3, keras_backend="torch")(x)


class BatchNormFrozen(Experiment):
    """A frozen batch normalisation in a model that trains."""

    id = "bn-frozen"
    keras_does = (
        "A BatchNormalization with trainable=False infers even where the model trains: it "
        "normalises by its moving statistics, and leaves them."
    )
    torch_does = (
        "requires_grad=False stops the updates of weight and bias alone. In training mode the "
        "module still normalises by the batch and moves its statistics."
    )
    naive_error = (
        "Fine-tuning on top of a frozen network, the port trains on other features than Keras, "
        "and the statistics that came with the weights are overwritten. bn.eval() helps, until "
        "model.train() at the next epoch puts it back."
    )
    faithful_line = "bn.eval() behind every model.train()"
    source = (
        "keras.io/api/layers/normalization_layers/batch_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
    )
    apart = 0.5

    def given(rng):
        return {"x": rng.normal(5, 2, size=(32, 3)).astype("float32")}

    def in_keras(keras, x):
        bn = keras.layers.BatchNormalization(trainable=False)
        y = bn(x, training=True)
        return {"output": y, "moving variance": bn.moving_variance}

    def naive(torch, x):
        """parameter.requires_grad = False"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)
        for parameter in bn.parameters():
            parameter.requires_grad = False
        y = bn(x)
        return {"output": y, "moving variance": bn.running_var}

    def naive_train_again(torch, x):
        """bn.eval(), and model.train() behind it"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)
        model = torch.nn.Sequential(bn)
        bn.eval()
        model.train()
        y = model(x)
        return {"output": y, "moving variance": bn.running_var}

    def faithful(torch, x):
        """bn.eval() behind model.train()"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)
        model = torch.nn.Sequential(bn)
        model.train()
        bn.eval()
        y = model(x)
        return {"output": y, "moving variance": bn.running_var}


class BatchNormBatchOfOne(Experiment):
    """A batch of a single sample in training."""

    id = "bn-batch-of-one"
    keras_does = (
        "A sample is its own mean, its variance is 0: the output is beta, and the moving "
        "statistics take it up."
    )
    torch_does = "BatchNorm1d raises a ValueError in training."
    naive_error = (
        "Training breaks off at the last batch of the first epoch, where the number of samples is "
        "one more than a multiple of the batch size."
    )
    faithful_line = "semantics.BatchNorm1d(channels), or drop_last=True in the DataLoader"
    source = (
        "keras/src/layers/normalization/batch_normalization.py",
        "torch/nn/functional.py (_verify_batch_size)",
    )
    note = (
        "drop_last=True leaves the batch out, which Keras does not: a training step fewer. Behind "
        "a convolution there are as many values as places, and torch raises nothing."
    )
    apart = 1.0

    def given(rng):
        return {"x": rng.normal(size=(1, 3)).astype("float32")}

    def in_keras(keras, x):
        bn = keras.layers.BatchNormalization(beta_initializer="ones")
        y = bn(x, training=True)
        return {"output": y, "moving variance": bn.moving_variance}

    def naive(torch, x):
        """nn.BatchNorm1d(3)"""
        bn = torch.nn.BatchNorm1d(3, momentum=0.01, eps=1e-3)
        torch.nn.init.ones_(bn.bias)
        return {"output": bn(x), "moving variance": bn.running_var}

    def faithful(torch, x):
        """semantics.BatchNorm1d(3)"""
        from parity import semantics

        bn = semantics.BatchNorm1d(3)
        torch.nn.init.ones_(bn.bias)
        y = bn(x)
        return {"output": y, "moving variance": bn.running_var}
