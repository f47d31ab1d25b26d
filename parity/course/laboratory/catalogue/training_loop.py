"""The training loop: what fit does at every batch, and a loop by hand has to do itself."""

from parity.course.laboratory.experiment import Experiment


def regression(rng, samples=40):
    """A small linear regression: x (samples, 8), y (samples, 1) and a first kernel (8, 1)."""
    x, kernel = rng.normal(size=(samples, 8)), rng.normal(size=(8, 1))
    y = x @ rng.normal(size=(8, 1)) + rng.normal(size=(samples, 1))
    return {name: array.astype("float32") for name, array in (("x", x), ("y", y), ("w", kernel))}


def linear(keras, w, optimizer):
    """The compiled Keras model x @ w with a mean squared error."""
    layer = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((8,)), layer])
    layer.set_weights([w])
    model.compile(optimizer, "mse")
    return model


def batch_losses(torch, x, y, w):
    """The loss of each batch of 8, before its step."""
    w = torch.nn.Parameter(w)
    optimizer = torch.optim.SGD([w], lr=0.05)
    losses = []
    for batch, target in zip(x.split(8), y.split(8), strict=True):
        optimizer.zero_grad()
        loss = ((batch @ w - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses)


class BatchLogs(Experiment):
    """The loss that callbacks see after a batch."""

    id = "batch-logs"
    keras_does = (
        "on_train_batch_end gets the mean over the epoch up to now, weighted by samples; so does "
        "the progress bar."
    )
    torch_does = "A loop by hand has the loss of the batch."
    naive_error = (
        "The two curves are laid over each other though they are not the same quantity: Keras's "
        "is smooth, and late, and starts anew at each epoch."
    )
    faithful_line = "total += loss.item() * len(x); seen += len(x); log(total / seen)"
    source = (
        "keras.io/api/callbacks/base_callback",
        "github.com/tensorflow/tensorflow/issues/58098",
    )
    note = "train_on_batch gives the batch's own loss: train-on-batch."
    apart = 0.05

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The logged losses of five batches."""
        model = linear(keras, w, keras.optimizers.SGD(0.05))
        found = []
        watch = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: found.append(float(logs["loss"]))
        )
        model.fit(x, y, batch_size=8, shuffle=False, callbacks=[watch], verbose=0)
        return keras.ops.convert_to_tensor(found)

    def naive(torch, x, y, w):
        """losses.append(loss.item())"""
        return batch_losses(torch, x, y, w)

    def faithful(torch, x, y, w):
        """losses.append(total / seen)"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.05)
        losses, total, seen = [], 0.0, 0
        for batch, target in zip(x.split(8), y.split(8), strict=True):
            optimizer.zero_grad()
            loss = ((batch @ w - target) ** 2).mean()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
            seen += len(batch)
            losses.append(total / seen)
        return torch.tensor(losses)


class TrainOnBatch(Experiment):
    """The loss that train_on_batch gives."""

    id = "train-on-batch"
    keras_does = "train_on_batch gives the loss of this batch alone, before the update."
    torch_does = "loss.item() after loss.backward() is the same."
    faithful_line = "loss.item()"
    source = (
        "keras.io/api/models/model_training_apis",
        "github.com/keras-team/keras/pull/22617",
    )
    note = (
        "Keras 3 before that pull request gave the mean over all calls so far, until "
        "reset_metrics() was called. Metrics, too, are the batch's own now."
    )

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The losses of five batches."""
        model = linear(keras, w, keras.optimizers.SGD(0.05))
        batches = [slice(start, start + 8) for start in range(0, 40, 8)]
        found = [float(model.train_on_batch(x[batch], y[batch])) for batch in batches]
        return keras.ops.convert_to_tensor(found)

    def faithful(torch, x, y, w):
        """loss.item()"""
        return batch_losses(torch, x, y, w)


class ZeroGrad(Experiment):
    """Gradients from one batch to the next."""

    id = "zero-grad"
    keras_does = "fit computes the gradients of each batch anew."
    torch_does = "backward() adds to what stands in .grad until zero_grad() clears it."
    naive_error = (
        "Without zero_grad() every step uses the sum of all gradients so far, a momentum that "
        "never fades. Nothing complains, and at a small learning rate the loss falls at first."
    )
    faithful_line = "optimizer.zero_grad(), before every backward()"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html",
        "docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html",
    )
    apart = 0.1

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The kernel after five batches."""
        model = linear(keras, w, keras.optimizers.SGD(0.05))
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        return model.layers[0].kernel

    def naive(torch, x, y, w):
        """loss.backward(), optimizer.step()"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.05)
        for batch, target in zip(x.split(8), y.split(8), strict=True):
            ((batch @ w - target) ** 2).mean().backward()
            optimizer.step()
        return w

    def faithful(torch, x, y, w):
        """optimizer.zero_grad(), loss.backward(), optimizer.step()"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.05)
        for batch, target in zip(x.split(8), y.split(8), strict=True):
            optimizer.zero_grad()
            ((batch @ w - target) ** 2).mean().backward()
            optimizer.step()
        return w


class GradAccumulation(Experiment):
    """Gradient accumulation: the mean or the sum."""

    id = "grad-accumulation"
    keras_does = "gradient_accumulation_steps=n averages the gradients of n batches, then updates."
    torch_does = "backward() sums them."
    naive_error = (
        "The update is n times as large with SGD. With Adam, which divides by the gradient's size, "
        "nothing shows but through epsilon, clipping and weight decay."
    )
    faithful_line = "(loss / steps).backward()"
    source = (
        "keras.io/api/optimizers",
        "docs.pytorch.org/docs/stable/notes/amp_examples.html",
    )
    note = (
        "What is left at the end of an epoch stays in Keras and is used in the next one; loops by "
        "hand often update with it at once."
    )
    apart = 0.1

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The kernel after four batches, in two updates."""
        model = linear(keras, w, keras.optimizers.SGD(0.05, gradient_accumulation_steps=2))
        model.fit(x[:32], y[:32], batch_size=8, shuffle=False, verbose=0)
        return model.layers[0].kernel

    def naive(torch, x, y, w):
        """loss.backward()"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.05)
        batches = zip(x[:32].split(8), y[:32].split(8), strict=True)
        for step, (batch, target) in enumerate(batches, start=1):
            ((batch @ w - target) ** 2).mean().backward()
            if step % 2 == 0:
                optimizer.step()
                optimizer.zero_grad()
        return w

    def faithful(torch, x, y, w):
        """(loss / 2).backward()"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.05)
        batches = zip(x[:32].split(8), y[:32].split(8), strict=True)
        for step, (batch, target) in enumerate(batches, start=1):
            (((batch @ w - target) ** 2).mean() / 2).backward()
            if step % 2 == 0:
                optimizer.step()
                optimizer.zero_grad()
        return w
