"""Initialisers: what a layer starts from where nobody says so."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import answered, largest, times


class InitialKernel(Experiment):
    """The kernels that dense and convolutional layers start from."""

    id = "init-default"
    keras_does = "glorot_uniform: uniform in +-sqrt(6 / (fan_in + fan_out))."
    torch_does = (
        "kaiming_uniform_ with a=sqrt(5), which is uniform in +-1 / sqrt(fan_in), whatever the "
        "number of outputs."
    )
    naive_error = (
        "Dense layers start from kernels of half the size, convolutions of few input channels "
        "from much larger ones. The model trains, and ends a little elsewhere: the difference is "
        "taken for chance."
    )
    faithful_line = "nn.init.xavier_uniform_(layer.weight)"
    source = (
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
        "github.com/pytorch/pytorch/issues/15314",
    )
    note = "The figure is a ratio of standard deviations of the draws."
    measure = staticmethod(times)
    # The standard deviation of some 25,000 draws is known to half a percent.
    apart, close = 0.5, 0.03

    def in_keras(keras):
        """The standard deviation of the kernel."""
        dense, convolution = keras.layers.Dense(32), keras.layers.Conv2D(64, 5)
        dense.build((None, 784))
        convolution.build((None, 28, 28, 16))
        layers = {"784 to 32": dense, "5x5, 16 to 64": convolution}
        return {name: keras.ops.std(layer.kernel) for name, layer in layers.items()}

    def naive(torch):
        """nn.Linear, nn.Conv2d"""
        layers = {
            "784 to 32": torch.nn.Linear(784, 32),
            "5x5, 16 to 64": torch.nn.Conv2d(16, 64, 5),
        }
        return {name: layer.weight.std() for name, layer in layers.items()}

    def faithful(torch):
        """nn.init.xavier_uniform_(layer.weight)"""
        layers = {
            "784 to 32": torch.nn.Linear(784, 32),
            "5x5, 16 to 64": torch.nn.Conv2d(16, 64, 5),
        }
        for layer in layers.values():
            torch.nn.init.xavier_uniform_(layer.weight)
        return {name: layer.weight.std() for name, layer in layers.items()}


class InitialBias(Experiment):
    """The biases that layers start from."""

    id = "init-bias"
    keras_does = "Zeros."
    torch_does = "Uniform in +-1 / sqrt(fan_in), like the kernel."
    naive_error = "The kernel is set as in Keras, and the bias is forgotten."
    faithful_line = "nn.init.zeros_(layer.bias)"
    source = (
        "keras.io/api/layers/core_layers/dense",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
    )
    measure = staticmethod(largest)
    apart, close = 0.02, 0.0

    def in_keras(keras):
        dense = keras.layers.Dense(32)
        dense.build((None, 784))
        return dense.bias

    def naive(torch):
        """nn.init.xavier_uniform_(layer.weight)"""
        layer = torch.nn.Linear(784, 32)
        torch.nn.init.xavier_uniform_(layer.weight)
        return layer.bias

    def faithful(torch):
        """nn.init.zeros_(layer.bias)"""
        layer = torch.nn.Linear(784, 32)
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
        return layer.bias


class Seeds(Experiment):
    """The same seed in both frameworks."""

    id = "seeds"
    keras_does = (
        "keras.utils.set_random_seed(1) seeds Python, NumPy and the backend; a layer draws from a "
        "seed generator of its own."
    )
    torch_does = "torch.manual_seed(1) seeds one stream, from which all draws follow in order."
    naive_error = (
        "The law is the same and so is the seed, but no number: even Keras's torch backend draws "
        "others than torch. No seed makes two runs comparable."
    )
    faithful_line = "draw once, and copy the weights: parity.transfer does it"
    source = (
        "keras.io/api/utils/python_utils",
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/notes/randomness.html",
    )
    note = "Keras's backends do not draw each other's numbers either."
    measure = staticmethod(answered)
    apart, close = 0.5, 0.0

    def given(rng):
        """A kernel that was drawn once, for both."""
        limit = (6 / (784 + 32)) ** 0.5
        return {"kernel": rng.uniform(-limit, limit, size=(784, 32)).astype("float32")}

    def in_keras(keras, kernel):
        keras.utils.set_random_seed(1)
        drawn, loaded = keras.layers.Dense(32), keras.layers.Dense(32, use_bias=False)
        drawn.build((None, 784))
        loaded.build((None, 784))
        loaded.set_weights([kernel])
        return {"drawn": drawn.kernel, "loaded": loaded.kernel}

    def naive(torch, kernel):
        """torch.manual_seed(1), nn.init.xavier_uniform_(layer.weight)"""
        torch.manual_seed(1)
        layer = torch.nn.Linear(784, 32)
        torch.nn.init.xavier_uniform_(layer.weight)
        return {"drawn": layer.weight.T}

    def naive_order(torch, kernel):
        """the first draw behind torch.manual_seed(1), in Keras's layout"""
        torch.manual_seed(1)
        drawn = torch.empty(784, 32)
        torch.nn.init.xavier_uniform_(drawn)
        return {"drawn": drawn}

    def faithful(torch, kernel):
        """layer.weight.data = kernel.T"""
        layer = torch.nn.Linear(784, 32)
        layer.weight.data = kernel.T
        return {"loaded": layer.weight.T}


class SharedInitializer(Experiment):
    """An initialiser that two layers share."""

    id = "shared-initializer"
    keras_does = (
        "An object such as GlorotUniform() gives the same numbers every time that it is called, "
        "with a seed or without. One that is named, as all defaults are, draws anew."
    )
    torch_does = "A generator goes on: every draw has other numbers."
    naive_error = (
        "Two Keras layers of one shape that share the object start equal, which is seldom meant "
        "and not seen; in the port they do not. Symmetric branches stay equal through training."
    )
    faithful_line = "the generator seeded anew in front of every tensor"
    source = (
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/generated/torch.Generator.html",
    )
    note = (
        "The figure is how far the second layer's kernel is from the first one's. An object with "
        "a keras.random.SeedGenerator for its seed draws anew."
    )
    measure = staticmethod(largest)
    apart, close = 0.1, 0.0

    def in_keras(keras):
        initializer = keras.initializers.GlorotUniform()
        first, second = (keras.layers.Dense(4, kernel_initializer=initializer) for _ in range(2))
        first.build((None, 8))
        second.build((None, 8))
        return second.kernel - first.kernel

    def naive(torch):
        """one generator for both"""
        generator = torch.Generator().manual_seed(1)
        first, second = torch.nn.Linear(8, 4), torch.nn.Linear(8, 4)
        torch.nn.init.xavier_uniform_(first.weight, generator=generator)
        torch.nn.init.xavier_uniform_(second.weight, generator=generator)
        return (second.weight - first.weight).T

    def faithful(torch):
        """generator.manual_seed(1) in front of each"""
        generator = torch.Generator()
        first, second = torch.nn.Linear(8, 4), torch.nn.Linear(8, 4)
        for layer in (first, second):
            torch.nn.init.xavier_uniform_(layer.weight, generator=generator.manual_seed(1))
        return (second.weight - first.weight).T


class InitialEmbedding(Experiment):
    """What an embedding starts from."""

    id = "embedding-init"
    keras_does = "Uniform in +-0.05."
    torch_does = "Normal, with a standard deviation of 1."
    naive_error = (
        "Embeddings start many times as large: activations behind them saturate, and Adam's steps "
        "of fixed length need far longer to move them."
    )
    faithful_line = "nn.init.uniform_(embedding.weight, -0.05, 0.05)"
    source = (
        "keras.io/api/layers/core_layers/embedding",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html",
    )
    note = "The figure is a ratio of standard deviations of the draws."
    measure = staticmethod(times)
    # 32,000 draws: their standard deviation is known to a third of a percent.
    apart, close = 10.0, 0.03

    def in_keras(keras):
        """The standard deviation of the table."""
        embedding = keras.layers.Embedding(1000, 32)
        embedding.build()
        return keras.ops.std(embedding.embeddings)

    def naive(torch):
        """nn.Embedding(1000, 32)"""
        return torch.nn.Embedding(1000, 32).weight.std()

    def faithful(torch):
        """nn.init.uniform_(embedding.weight, -0.05, 0.05)"""
        embedding = torch.nn.Embedding(1000, 32)
        torch.nn.init.uniform_(embedding.weight, -0.05, 0.05)
        return embedding.weight.std()


class TruncatedNormal(Experiment):
    """Where a truncated normal is cut off."""

    id = "truncated-normal"
    keras_does = "TruncatedNormal(stddev=s) is cut off at 2 s on both sides of the mean."
    torch_does = "trunc_normal_(std=s) is cut off at -2 and 2, whatever s is."
    naive_error = "For a usual s nothing is cut off, and outliers stay."
    faithful_line = "nn.init.trunc_normal_(w, std=s, a=-2 * s, b=2 * s)"
    source = (
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/nn.init.html",
        "github.com/huggingface/pytorch-image-models/issues/1286",
    )
    note = "The figure is a ratio of the largest draws of 50,000."
    measure = staticmethod(times)
    # The largest of 50,000 draws is not exactly at the cut.
    apart, close = 0.5, 0.01

    def in_keras(keras):
        """The largest of 50,000 draws."""
        draw = keras.initializers.TruncatedNormal(stddev=0.05)((50_000,))
        return keras.ops.max(keras.ops.abs(draw))

    def naive(torch):
        """nn.init.trunc_normal_(w, std=0.05)"""
        return torch.nn.init.trunc_normal_(torch.empty(50_000), std=0.05).abs().max()

    def faithful(torch):
        """nn.init.trunc_normal_(w, std=0.05, a=-0.1, b=0.1)"""
        w = torch.empty(50_000)
        return torch.nn.init.trunc_normal_(w, std=0.05, a=-0.1, b=0.1).abs().max()


class HeNormal(Experiment):
    """Keras's he_normal."""

    id = "he-normal"
    keras_does = (
        "A normal cut off at two standard deviations, and widened by 1 / 0.8796 so that what is "
        "left has the deviation sqrt(2 / fan_in). glorot_normal and lecun_normal do likewise."
    )
    torch_does = "kaiming_normal_ has the same standard deviation, and is not cut off."
    naive_error = (
        "kaiming_normal_ leaves outliers in; a trunc_normal_ without the widening is too narrow."
    )
    faithful_line = "semantics.initializers.he_normal_(w)"
    source = (
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/nn.init.html",
    )
    note = "The figures are ratios of standard deviations and of the largest draws."
    measure = staticmethod(times)
    # 51,200 draws: their standard deviation is known to a third of a percent.
    apart, close = 0.08, 0.03

    def in_keras(keras):
        """Of 51,200 draws the standard deviation, and the largest."""
        draw = keras.initializers.HeNormal()((512, 100))
        return {"deviation": keras.ops.std(draw), "largest": keras.ops.max(keras.ops.abs(draw))}

    def naive(torch):
        """nn.init.kaiming_normal_(w)"""
        w = torch.nn.init.kaiming_normal_(torch.empty(100, 512))
        return {"deviation": w.std(), "largest": w.abs().max()}

    def naive_truncated(torch):
        """nn.init.trunc_normal_(w, std=s, a=-2 * s, b=2 * s), s = sqrt(2 / fan_in)"""
        s = (2 / 512) ** 0.5
        w = torch.nn.init.trunc_normal_(torch.empty(100, 512), std=s, a=-2 * s, b=2 * s)
        return {"deviation": w.std(), "largest": w.abs().max()}

    def faithful(torch):
        """semantics.initializers.he_normal_(w)"""
        from parity.semantics import initializers

        w = initializers.he_normal_(torch.empty(100, 512))
        return {"deviation": w.std(), "largest": w.abs().max()}
