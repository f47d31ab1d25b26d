"""The pairs: one line each. The command line, the tests and the tables all read this tuple."""

from parity.errors import ParityError
from parity.records import Pair, Task


def _pair(name: str, task: Task, about: str) -> Pair:
    return Pair(name, task, about, keras=f"keras_reference.{name}", torch=f"torch_port.{name}")


PAIRS = (
    _pair("mlp", "classify", "multilayer perceptron, 784-500-500-10 with dropout"),
    _pair("cnn", "classify", "two 5x5 convolutions, max pooling, Flatten before Dense"),
    _pair("simple_ae", "reconstruct", "auto-encoder, 784-32-784"),
    _pair("conv_ae", "reconstruct", "convolutional auto-encoder, 'same' pooling of odd sizes"),
    _pair("denoising_ae", "reconstruct", "convolutional denoiser, noise .5 added to the input"),
    _pair("conv_transpose_ae", "reconstruct", "auto-encoder with a transposed-convolution decoder"),
)


def select(names: list[str]) -> tuple[Pair, ...]:
    """The pairs of these names, in this order; all of them where none is named.

    Raises ParityError for a name that is not in the registry.
    """
    known = {pair.name: pair for pair in PAIRS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ParityError(
            f"no pair is called {', '.join(repr(name) for name in unknown)}; "
            f"the pairs are {', '.join(known)} (`parity list` describes them)"
        )
    return tuple(known[name] for name in dict.fromkeys(names)) or PAIRS
