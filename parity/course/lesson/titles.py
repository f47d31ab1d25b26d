"""What the lessons are called, in words."""

TITLES = {
    "mlp": "A multilayer perceptron",
    "cnn": "A convolutional network",
    "simple_ae": "A simple auto-encoder",
    "conv_ae": "A convolutional auto-encoder",
    "denoising_ae": "A denoising auto-encoder",
    "conv_transpose_ae": "An auto-encoder with transposed convolutions",
}


def title(pair: str) -> str:
    """Of a pair's lesson: its name, where nobody gave it a title."""
    return TITLES.get(pair, pair)
