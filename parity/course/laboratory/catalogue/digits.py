"""A softmax regression on scikit-learn's digits, which several experiments train."""


def digits():
    """x: float32 (1797, 64) from 0 to 1; y: (1797,)."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return {"x": (x / 16).astype("float32"), "y": y}


def keras_regression(keras, rate, **compiled):
    """The model, compiled; its kernel starts at zero."""
    dense = keras.layers.Dense(10, activation="softmax", use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([dense])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", **compiled)
    return model


def torch_regression(torch, rate, batches, epochs=1):
    """The kernel, trained on these batches."""
    w = torch.zeros(64, 10, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    for _ in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(x @ w, y).backward()
            optimizer.step()
    return w
