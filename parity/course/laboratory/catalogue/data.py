"""Data: types, splits and order."""

from parity.course.laboratory.catalogue.digits import digits, keras_regression, torch_regression
from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class InputDtype(Experiment):
    """NumPy's float64 as an input."""

    id = "input-dtype"
    keras_does = "Inputs are cast to the layer's dtype: float64 and uint8 become float32."
    torch_does = "torch.from_numpy keeps the dtype, and a Linear takes its own alone."
    naive_error = (
        "It raises at the first layer. model.double() mends it too, but trains in float64."
    )
    faithful_line = "torch.from_numpy(x).float()"
    source = ("github.com/pytorch/pytorch/issues/105243",)
    note = "Neither of them scales: uint8 pixels become floats from 0 to 255."
    apart, close = 0.1, 1e-5

    def given(rng):
        return {
            "x": rng.normal(size=(32, 16)),
            "kernel": rng.normal(size=(16, 4)).astype("float32"),
        }

    def in_keras(keras, x, kernel):
        dense = keras.layers.Dense(4, use_bias=False)
        model = keras.Sequential([keras.layers.Input((16,)), dense])
        dense.set_weights([kernel])
        return model(x)

    def naive(torch, x, kernel):
        """linear(torch.from_numpy(x))"""
        return torch.nn.functional.linear(x, kernel.T)

    def faithful(torch, x, kernel):
        """linear(torch.from_numpy(x).float())"""
        return torch.nn.functional.linear(x.float(), kernel.T)


class LabelDtype(Experiment):
    """Class indices in int32."""

    id = "label-dtype"
    keras_does = "Sparse losses take labels of any integer type, and floats too."
    torch_does = "F.cross_entropy takes int64 and uint8 for classes."
    naive_error = (
        "int32, which is what many readers give, raises. Floats of the shape of the logits are "
        "taken for probabilities."
    )
    faithful_line = "torch.from_numpy(y).long()"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",)
    apart, close = 0.1, 1e-5

    def given(rng):
        return {
            "logits": rng.normal(size=(32, 10)).astype("float32"),
            "y": rng.integers(10, size=32).astype("int32"),
        }

    def in_keras(keras, logits, y):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits)

    def naive(torch, logits, y):
        """F.cross_entropy(logits, torch.from_numpy(y))"""
        return torch.nn.functional.cross_entropy(logits, y)

    def faithful(torch, logits, y):
        """F.cross_entropy(logits, torch.from_numpy(y).long())"""
        return torch.nn.functional.cross_entropy(logits, y.long())


class ValidationSplit(Experiment):
    """What a validation set is made of."""

    id = "validation-split"
    keras_does = "validation_split takes the last part of the arrays, before anything is shuffled."
    torch_does = "random_split draws."
    naive_error = (
        "Where the data are sorted, Keras validates on what it was never shown: the accuracy is "
        "near 0, and the port's is not. The port's set is the better one, and it is another."
    )
    faithful_line = "n = math.floor(len(x) * (1 - split)); x[:n], x[n:]"
    source = ("keras.io/api/models/model_training_apis",)
    measure = staticmethod(values)
    apart = 0.3
    close = 0.005  # one of 360 digits: rounding may move one that lies between two classes

    def given(rng):
        found = digits()
        order = found["y"].argsort(kind="stable")
        return {name: array[order] for name, array in found.items()}

    def in_keras(keras, x, y):
        """The validation accuracy after 30 steps, on digits sorted by class."""
        model = keras_regression(keras, 0.5, metrics=["accuracy"])
        whole = {"batch_size": len(x), "epochs": 30, "verbose": 0}
        return model.fit(x, y, validation_split=0.2, **whole).history["val_accuracy"][-1]

    def naive(torch, x, y):
        """random_split(data, (0.8, 0.2))"""
        data = torch.utils.data.TensorDataset(x, y)
        train, held_out = torch.utils.data.random_split(data, (0.8, 0.2))
        (x, y), (held_x, held_y) = train[:], held_out[:]
        w = torch_regression(torch, 0.5, [(x, y)], epochs=30)
        return ((held_x @ w).argmax(1) == held_y).float().mean()

    def faithful(torch, x, y):
        """x[:n], x[n:]"""
        n = int(len(x) * (1 - 0.2))
        held_x, held_y = x[n:], y[n:]
        x, y = x[:n], y[:n]
        w = torch_regression(torch, 0.5, [(x, y)], epochs=30)
        return ((held_x @ w).argmax(1) == held_y).float().mean()


class ShuffleBatchSize(Experiment):
    """The defaults of fit, and those of a DataLoader."""

    id = "shuffle-batch-size"
    keras_does = "fit shuffles before every epoch, and takes batches of 32."
    torch_does = "DataLoader(data) keeps the order, and takes batches of 1."
    naive_error = (
        "Left in order, sorted data teach one class after the other, and each is forgotten for the "
        "next. Batches of 1 make 32 times as many steps, each of the same length."
    )
    faithful_line = "DataLoader(data, batch_size=32, shuffle=True)"
    source = ("docs.pytorch.org/docs/stable/data.html", "keras.io/api/models/model_training_apis")
    note = "Both shuffle anew in every epoch; the orders cannot be the same."
    apart = 0.3
    close = 0.05  # two orders of the same digits

    given = ValidationSplit.given

    def in_keras(keras, x, y):
        """The loss on digits, sorted by class, after two epochs."""
        model = keras_regression(keras, 0.1)
        model.fit(x, y, epochs=2, verbose=0)
        return model.evaluate(x, y, batch_size=len(x), verbose=0)

    def naive(torch, x, y):
        """DataLoader(data)"""
        data = torch.utils.data.TensorDataset(x, y)
        loader = torch.utils.data.DataLoader(data)
        w = torch_regression(torch, 0.1, loader, epochs=2)
        return torch.nn.functional.cross_entropy(x @ w, y)

    def naive_order(torch, x, y):
        """DataLoader(data, batch_size=32)"""
        data = torch.utils.data.TensorDataset(x, y)
        loader = torch.utils.data.DataLoader(data, batch_size=32)
        w = torch_regression(torch, 0.1, loader, epochs=2)
        return torch.nn.functional.cross_entropy(x @ w, y)

    def naive_size(torch, x, y):
        """DataLoader(data, shuffle=True)"""
        data = torch.utils.data.TensorDataset(x, y)
        loader = torch.utils.data.DataLoader(data, shuffle=True)
        w = torch_regression(torch, 0.1, loader, epochs=2)
        return torch.nn.functional.cross_entropy(x @ w, y)

    def faithful(torch, x, y):
        """DataLoader(data, batch_size=32, shuffle=True)"""
        data = torch.utils.data.TensorDataset(x, y)
        loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
        w = torch_regression(torch, 0.1, loader, epochs=2)
        return torch.nn.functional.cross_entropy(x @ w, y)
