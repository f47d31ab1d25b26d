"""Tables that are trained: what an optimizer sees of a row."""

import numpy as np

from parity.course.laboratory.experiment import Experiment


def moved(torch, table, optimizer, rows, targets):
    """How far the weights of a torch table are behind one step on a mean squared error."""
    before = table.weight.detach().clone()
    (table(rows) - targets).square().mean().backward()
    optimizer.step()
    return table.weight.detach() - before


class RepeatedRows(Experiment):
    """A row that is looked up more than once in a batch."""

    id = "embedding-repeated-rows"
    keras_does = (
        "On tensorflow the gradient of an Embedding holds each occurrence of a row by itself, and "
        "the optimizer squares each before it adds them: v is the sum of squares. For a row that "
        "comes n times Adam's first step is sqrt(n) times as long."
    )
    torch_does = (
        "The gradient is added up first, and v is the square of the sum; SparseAdam adds up too."
    )
    naive_error = (
        "Common words are trained more slowly than in Keras, by every optimizer but SGD. Outputs "
        "and gradients are equal, and so every test but lock-step passes."
    )
    faithful_line = "semantics.Embedding(words, columns), and an optimizer of semantics"
    source = (
        "keras/src/backend/tensorflow/sparse.py",
        "www.tensorflow.org/api_docs/python/tf/IndexedSlices",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html",
    )
    note = (
        "On jax and torch Keras does as torch does. clipnorm and clipvalue clip each occurrence by "
        "itself on tensorflow; global_clipnorm and gradient_accumulation_steps add them up."
    )
    backends = ("tensorflow",)
    apart = 0.2

    def given(rng):
        return {
            "rows": np.array([[0, 1, 1, 2, 2, 2, 2]] * 4),
            "weight": rng.normal(size=(4, 3)).astype("float32"),
            "targets": (100 + rng.normal(size=(4, 7, 3))).astype("float32"),
        }

    def in_keras(keras, rows, weight, targets):
        """How far each row has moved in the first step of Adam."""
        layer = keras.layers.Embedding(4, 3)
        model = keras.Sequential([keras.Input((7,), dtype="int64"), layer])
        layer.set_weights([weight])
        model.compile(keras.optimizers.Adam(0.01), "mse")
        model.train_on_batch(rows, targets)
        return layer.embeddings - weight

    def naive(torch, rows, weight, targets):
        """nn.Embedding(4, 3), torch.optim.Adam(lr=0.01)"""
        table = torch.nn.Embedding.from_pretrained(weight.clone(), freeze=False)
        optimizer = torch.optim.Adam(table.parameters(), lr=0.01)
        return moved(torch, table, optimizer, rows, targets)

    def naive_sparse(torch, rows, weight, targets):
        """nn.Embedding(4, 3, sparse=True), torch.optim.SparseAdam(lr=0.01)"""
        table = torch.nn.Embedding.from_pretrained(weight.clone(), freeze=False, sparse=True)
        optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.01)
        return moved(torch, table, optimizer, rows, targets)

    def faithful(torch, rows, weight, targets):
        """semantics.Embedding(4, 3), semantics.Adam(lr=0.01)"""
        from parity import semantics

        table = semantics.Embedding(4, 3, keras_backend="tensorflow")
        table.weight.data = weight.clone()
        optimizer = semantics.Adam(table.parameters(), lr=0.01, keras_backend="tensorflow")
        return moved(torch, table, optimizer, rows, targets)
