"""What outlives a batch, an epoch or a call: modes, optimizers, frozen and averaged weights."""

from parity.course.laboratory.catalogue.training_loop import linear, regression
from parity.course.laboratory.experiment import Experiment


def train_epoch(w, optimizer, x, y):
    """x @ w with a mean squared error, in batches of 8."""
    for batch, target in zip(x.split(8), y.split(8), strict=True):
        optimizer.zero_grad()
        ((batch @ w - target) ** 2).mean().backward()
        optimizer.step()


class FitContinues(Experiment):
    """Training a second time."""

    id = "fit-continues"
    keras_does = "A second fit goes on with the optimizer's momentum, moments and step count."
    torch_does = "The state belongs to the optimizer object: a new one starts from nothing."
    naive_error = (
        "A train(model) that makes its optimizer inside starts anew at each call: Adam's bias "
        "correction and any schedule begin again, and the momentum is lost."
    )
    faithful_line = "optimizer = torch.optim.SGD(...) once, outside of the function that trains"
    source = (
        "keras.io/api/models/model_training_apis",
        "docs.pytorch.org/docs/stable/optim.html",
    )
    note = "In Keras it is compile that makes a new optimizer, where it is given by name or anew."
    apart = 0.05

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The kernel after two fits of one epoch."""
        model = linear(keras, w, keras.optimizers.SGD(0.02, momentum=0.9))
        for _ in range(2):
            model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        return model.layers[0].kernel

    def naive(torch, x, y, w):
        """optimizer = SGD(...), in each call of train"""
        w = torch.nn.Parameter(w)

        def train():
            optimizer = torch.optim.SGD([w], lr=0.02, momentum=0.9)
            train_epoch(w, optimizer, x, y)

        train()
        train()
        return w

    def faithful(torch, x, y, w):
        """optimizer = SGD(...), once"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.02, momentum=0.9)
        train_epoch(w, optimizer, x, y)
        train_epoch(w, optimizer, x, y)
        return w


class FreezeAfterCompile(Experiment):
    """Freezing a layer when the model is compiled already."""

    id = "freeze-after-compile"
    keras_does = (
        "layer.trainable = False after compile and a first fit has no effect on tensorflow, where "
        "the step is compiled already: the layer goes on learning until compile is called again."
    )
    torch_does = "requires_grad_(False) freezes at once."
    naive_error = (
        "The port does what the Keras code seems to say, and not what it does. The mistake is in "
        "the Keras code; a port shows it."
    )
    faithful_line = "call compile again in Keras; or leave the layer free in the port"
    source = ("keras.io/guides/transfer_learning",)
    note = (
        "On Keras's torch backend the layer is frozen at once, and on jax the next fit raises a "
        "ValueError about optimizer_variables. After another compile all are alike."
    )
    backends = ("tensorflow",)
    apart = 0.05

    def given(rng):
        return regression(rng)

    def in_keras(keras, x, y, w):
        """The kernel after an epoch, and another one with the layer frozen."""
        model = linear(keras, w, keras.optimizers.SGD(0.02))
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        model.layers[0].trainable = False
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        return model.layers[0].kernel

    def naive(torch, x, y, w):
        """one epoch, then frozen: w.requires_grad_(False)"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.02)
        train_epoch(w, optimizer, x, y)
        return w.requires_grad_(False)

    def faithful(torch, x, y, w):
        """two epochs"""
        w = torch.nn.Parameter(w)
        optimizer = torch.optim.SGD([w], lr=0.02)
        train_epoch(w, optimizer, x, y)
        train_epoch(w, optimizer, x, y)
        return w


class ValidationMode(Experiment):
    """The mode in which epochs and validations run."""

    id = "validation-mode"
    keras_does = (
        "fit trains in training mode and validates in inference mode, whatever came before: "
        "dropout and moving statistics rest during validation and are back in the next epoch."
    )
    torch_does = "A module stays in the mode that train() or eval() has put it into."
    naive_error = (
        "Without eval() the validation data go into the moving statistics. With an eval() that no "
        "train() undoes, statistics stand still and dropout is off from the second epoch on."
    )
    faithful_line = "model.train() at the start of each epoch, model.eval() before each validation"
    source = (
        "keras.io/api/models/model_training_apis",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
    )
    note = "torch.no_grad() stops gradients and nothing else: it is no eval()."
    apart = 0.05

    def given(rng):
        x, other = rng.normal(1, 1, size=(64, 8)), rng.normal(3, 1, size=(64, 8))
        return {"x": x.astype("float32"), "x_val": other.astype("float32")}

    def in_keras(keras, x, x_val):
        """The moving mean after three epochs with validation."""
        model = keras.Sequential([keras.Input((8,)), keras.layers.BatchNormalization(momentum=0.9)])
        model.compile("sgd", "mse")
        data = {"validation_data": (x_val, x_val), "shuffle": False, "batch_size": 16}
        model.fit(x, x, epochs=3, verbose=0, **data)
        return model.layers[0].moving_mean

    def naive(torch, x, x_val):
        """torch.no_grad() for the validation, no eval()"""
        norm = torch.nn.BatchNorm1d(8, momentum=0.1)
        for _ in range(3):
            for batch in x.split(16):
                norm(batch)
            with torch.no_grad():
                for batch in x_val.split(16):
                    norm(batch)
        return norm.running_mean

    def naive_eval(torch, x, x_val):
        """eval() for the validation, no train() after it"""
        norm = torch.nn.BatchNorm1d(8, momentum=0.1)
        for _ in range(3):
            for batch in x.split(16):
                norm(batch)
            norm.eval()
            for batch in x_val.split(16):
                norm(batch)
        return norm.running_mean

    def faithful(torch, x, x_val):
        """train() before each epoch, eval() before each validation"""
        norm = torch.nn.BatchNorm1d(8, momentum=0.1)
        for _ in range(3):
            norm.train()
            for batch in x.split(16):
                norm(batch)
            norm.eval()
            for batch in x_val.split(16):
                norm(batch)
        return norm.running_mean


def train_averaged(torch, x, y, w, **averaging):
    """A linear model after an epoch of SGD, and its AveragedModel."""
    model = torch.nn.Linear(8, 1, bias=False)
    model.weight.data = w.T
    averaged = torch.optim.swa_utils.AveragedModel(model, **averaging)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    for batch, target in zip(x.split(8), y.split(8), strict=True):
        optimizer.zero_grad()
        ((model(batch) - target) ** 2).mean().backward()
        optimizer.step()
        averaged.update_parameters(model)
    return model, averaged


class Ema(Experiment):
    """A moving average of the weights."""

    id = "ema"
    keras_does = (
        "use_ema=True keeps an average of the weights, of which each batch replaces a hundredth "
        "(ema_momentum=0.99), and puts it in their place at the end of fit."
    )
    torch_does = (
        "AveragedModel is a second model: it weighs all steps alike unless told, and "
        "get_ema_multi_avg_fn() replaces a thousandth."
    )
    naive_error = (
        "The trained model is evaluated though the average lies beside it; or the average is one "
        "over other steps."
    )
    faithful_line = (
        "AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99)), and use its module"
    )
    source = (
        "keras.io/api/optimizers",
        "docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html",
    )
    note = (
        "Both start from the weights after the first step. fit's own validations see the weights "
        "and not their average, unless the callback SwapEMAWeights is there. Moving statistics of "
        "a normalisation are averaged in neither. The optimizers of semantics take use_ema, too."
    )
    apart = 0.01

    def given(rng):
        return regression(rng, samples=400)

    def in_keras(keras, x, y, w):
        """The kernel after fifty batches."""
        model = linear(keras, w, keras.optimizers.SGD(0.02, use_ema=True))
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        return model.layers[0].kernel

    def naive(torch, x, y, w):
        """the trained model itself"""
        model, _ = train_averaged(torch, x, y, w)
        return model.weight.T

    def naive_equal(torch, x, y, w):
        """AveragedModel(model)"""
        _, averaged = train_averaged(torch, x, y, w)
        return averaged.module.weight.T

    def naive_decay(torch, x, y, w):
        """AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn())"""
        average = torch.optim.swa_utils.get_ema_multi_avg_fn()
        _, averaged = train_averaged(torch, x, y, w, multi_avg_fn=average)
        return averaged.module.weight.T

    def faithful(torch, x, y, w):
        """AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))"""
        average = torch.optim.swa_utils.get_ema_multi_avg_fn(0.99)
        _, averaged = train_averaged(torch, x, y, w, multi_avg_fn=average)
        return averaged.module.weight.T
