"""Callbacks that watch a loss: how long they wait, what counts as better, and what they keep."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


def keras_reductions(keras, plateau, losses):
    """The epochs of the first two reductions, when the callback sees these losses; 0 is never."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    plateau.set_model(model)
    plateau.on_train_begin()
    rates = [0.1]
    for epoch, loss in enumerate(losses):
        plateau.on_epoch_end(epoch, {"loss": float(loss)})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return keras.ops.convert_to_tensor(first_two(rates))


def torch_reductions(torch, losses, **options):
    """The same of torch's ReduceLROnPlateau with these options."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    rates = [0.1]
    for loss in losses:
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return torch.tensor(first_two(rates))


def first_two(rates):
    reduced = [epoch for epoch in range(1, len(rates)) if rates[epoch] < 0.5 * rates[epoch - 1]]
    return [*reduced, 0, 0][:2]


class ReduceLrPlateau(Experiment):
    """How long ReduceLROnPlateau waits."""

    id = "reduce-lr-plateau"
    keras_does = (
        "The rate is reduced at the end of the epoch that is the patience-th without progress."
    )
    torch_does = "It is reduced when more than patience epochs were without progress."
    naive_error = (
        "The first reduction comes an epoch later than in Keras, the second two epochs, and so on."
    )
    faithful_line = 'ReduceLROnPlateau(optimizer, patience=patience - 1, threshold_mode="abs")'
    source = (
        "keras.io/api/callbacks/reduce_lr_on_plateau",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html",
        "github.com/pytorch/pytorch/issues/119763",
        "github.com/pytorch/pytorch/pull/7242",
    )
    note = (
        "In Keras patience=0 is the same as patience=1. factor=0.1 and patience=10 are the "
        "defaults of both. torch leaves out a change of less than eps=1e-8, Keras makes it. "
        "semantics.ReduceLROnPlateau has all of Keras's rules."
    )
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        return {"losses": np.array([1.0, 0.5] + 12 * [0.4], "float32")}  # a plateau from epoch 3

    def in_keras(keras, losses):
        """The epochs of the first two reductions."""
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3)
        return keras_reductions(keras, plateau, losses)

    def naive(torch, losses):
        """ReduceLROnPlateau(optimizer, patience=3)"""
        return torch_reductions(torch, losses, patience=3)

    def faithful(torch, losses):
        """ReduceLROnPlateau(optimizer, patience=2, threshold_mode="abs")"""
        return torch_reductions(torch, losses, patience=2, threshold_mode="abs")


class PlateauThreshold(Experiment):
    """What counts as progress for ReduceLROnPlateau."""

    id = "plateau-threshold"
    keras_does = "A loss is better if it is lower by more than min_delta=0.0001, in its own unit."
    torch_does = "It is better if it is lower by more than threshold=0.0001 of itself: a share."
    naive_error = (
        "Where losses are small, as with a mean squared error of pixels, Keras sees a plateau in "
        "what torch takes for steady progress. Keras reduces the rate, the port never does."
    )
    faithful_line = 'ReduceLROnPlateau(optimizer, threshold=1e-4, threshold_mode="abs")'
    source = (
        "keras.io/api/callbacks/reduce_lr_on_plateau",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html",
    )
    note = "Where losses are much larger than 1 it is the other way round."
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        return {"losses": (1e-3 * 0.97 ** np.arange(12)).astype("float32")}  # 3 % less each epoch

    def in_keras(keras, losses):
        """The epochs of the first two reductions; 0 stands for never."""
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3)
        return keras_reductions(keras, plateau, losses)

    def naive(torch, losses):
        """ReduceLROnPlateau(optimizer, patience=2)"""
        return torch_reductions(torch, losses, patience=2)

    faithful = ReduceLrPlateau.faithful


class PlateauCooldown(Experiment):
    """What cooldown adds to the wait of ReduceLROnPlateau."""

    id = "plateau-cooldown"
    keras_does = (
        "The last epoch of the cooldown counts as a bad one already: two reductions are at least "
        "cooldown + patience - 1 epochs apart, and cooldown=1 is the same as none."
    )
    torch_does = "No epoch of the cooldown counts."
    naive_error = "With patience mended, every reduction after the first still comes too late."
    faithful_line = (
        "ReduceLROnPlateau(optimizer, patience=patience - 1, cooldown=max(cooldown - 1, 0))"
    )
    source = (
        "keras.io/api/callbacks/reduce_lr_on_plateau",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html",
        "github.com/pytorch/pytorch/issues/2545",
    )
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        return {"losses": np.full(14, 1.0, "float32")}

    def in_keras(keras, losses):
        """The epochs of the first two reductions."""
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3, cooldown=2)
        return keras_reductions(keras, plateau, losses)

    def naive(torch, losses):
        """ReduceLROnPlateau(optimizer, patience=2, threshold_mode="abs", cooldown=2)"""
        return torch_reductions(torch, losses, patience=2, threshold_mode="abs", cooldown=2)

    def faithful(torch, losses):
        """ReduceLROnPlateau(optimizer, patience=2, threshold_mode="abs", cooldown=1)"""
        return torch_reductions(torch, losses, patience=2, threshold_mode="abs", cooldown=1)


class EarlyStopping(Experiment):
    """When early stopping stops."""

    id = "early-stopping"
    keras_does = (
        "EarlyStopping stops after the patience-th epoch in a row without progress. Its defaults "
        "are patience=0, which does the same as 1, and min_delta=0."
    )
    torch_does = "There is none; every loop writes its own."
    naive_error = (
        "bad > patience, as in torch's ReduceLROnPlateau, trains for an epoch more than Keras "
        "does, and ends with other weights."
    )
    faithful_line = "if bad >= max(patience, 1): break"
    source = ("keras.io/api/callbacks/early_stopping",)
    note = (
        "With baseline=b an epoch counts as progress only below b. start_from_epoch leaves the "
        "first epochs out altogether."
    )
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        return {"losses": np.array([1.0, 0.8, 0.7, 0.7, 0.75, 0.71, 0.72, 0.73], "float32")}

    def in_keras(keras, losses):
        """Epochs trained, with patience=3."""
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=3)
        stopping.set_model(model)
        stopping.on_train_begin()
        for epoch, loss in enumerate(losses):
            stopping.on_epoch_end(epoch, {"loss": float(loss)})
            if model.stop_training:
                return epoch + 1

    def naive(torch, losses):
        """if bad > patience: break"""
        best, bad = torch.inf, 0
        for epoch, loss in enumerate(losses):
            if loss < best:
                best, bad = loss, 0
            else:
                bad += 1
            if bad > 3:
                return epoch + 1

    def faithful(torch, losses):
        """if bad >= max(patience, 1): break"""
        best, bad = torch.inf, 0
        for epoch, loss in enumerate(losses):
            if loss < best:
                best, bad = loss, 0
            else:
                bad += 1
            if bad >= max(3, 1):
                return epoch + 1


class EarlyStoppingWeights(Experiment):
    """Which weights are left after early stopping."""

    id = "early-stopping-weights"
    keras_does = "The weights of the last epoch are kept: restore_best_weights is False by default."
    torch_does = (
        "There is no early stopping; recipes save the best weights and load them at the end."
    )
    naive_error = (
        "The port ends with a lower validation loss than Keras, and seems to be the better model; "
        "it is another point of the same path."
    )
    faithful_line = "leave the weights as they are, or set restore_best_weights=True in Keras"
    source = ("keras.io/api/callbacks/early_stopping",)
    note = (
        "With restore_best_weights=True Keras also restores where the training was not stopped. "
        "It keeps weights alone: the optimizer's state stays that of the last epoch."
    )
    apart = 0.01

    def given(rng):
        slope = rng.normal(size=(10, 1))
        x, x_val = rng.normal(size=(12, 10)), rng.normal(size=(40, 10))
        noise, noise_val = rng.normal(size=(12, 1)), rng.normal(size=(40, 1))
        data = {"x": x, "y": 0.5 * x @ slope + noise}
        data |= {"x_val": x_val, "y_val": 0.5 * x_val @ slope + noise_val}
        return {name: array.astype("float32") for name, array in data.items()}

    def in_keras(keras, x, y, x_val, y_val):
        """The weights of a regression that has begun to overfit."""
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        model = keras.Sequential([keras.Input((10,)), layer])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        stopping = keras.callbacks.EarlyStopping(patience=3)
        data = {"validation_data": (x_val, y_val), "batch_size": 12, "shuffle": False}
        model.fit(x, y, epochs=30, callbacks=[stopping], verbose=0, **data)
        return layer.kernel

    def naive(torch, x, y, x_val, y_val):
        """the best weights are loaded at the end"""
        w = torch.zeros(10, 1, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        best, bad, kept = torch.inf, 0, None
        for _ in range(30):
            optimizer.zero_grad()
            ((x @ w - y) ** 2).mean().backward()
            optimizer.step()
            loss = ((x_val @ w - y_val) ** 2).mean().item()
            if loss < best:
                best, bad, kept = loss, 0, w.detach().clone()
            else:
                bad += 1
            if bad >= 3:
                break
        return kept

    def faithful(torch, x, y, x_val, y_val):
        """the last weights are kept"""
        w = torch.zeros(10, 1, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        best, bad = torch.inf, 0
        for _ in range(30):
            optimizer.zero_grad()
            ((x @ w - y) ** 2).mean().backward()
            optimizer.step()
            loss = ((x_val @ w - y_val) ** 2).mean().item()
            if loss < best:
                best, bad = loss, 0
            else:
                bad += 1
            if bad >= 3:
                break
        return w
