"""Sequences: activations, directions, dropout and masks of recurrent layers."""

from parity.course.laboratory.experiment import Experiment


class RecurrentActivations(Experiment):
    """The activations inside of a recurrent layer."""

    id = "rnn-activations"
    keras_does = (
        "activation and recurrent_activation may be any function; tanh and sigmoid by default."
    )
    torch_does = "LSTM and GRU have tanh and sigmoid, and nothing else."
    naive_error = (
        "A hard_sigmoid in the configuration is overlooked, and outputs stay plausible. Old "
        "models have it without saying so: it was the default before TensorFlow 2."
    )
    faithful_line = 'semantics.LSTM(3, 4, recurrent_activation="hard_sigmoid")'
    source = (
        "keras.io/api/layers/recurrent_layers/lstm",
        "tensorflow.org/versions/r1.15/api_docs/python/tf/keras/layers/GRU",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    )
    note = (
        "Keras 3 has x / 6 + 0.5 for a hard sigmoid, as torch has; Keras 2 had 0.2 x + 0.5: see "
        "activation-controls."
    )
    apart = 0.03

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"x": normal(8, 6, 3), "kernel": normal(3, 16), "recurrent": normal(4, 16)}

    def in_keras(keras, x, kernel, recurrent):
        lstm = keras.layers.LSTM(4, recurrent_activation="hard_sigmoid", use_bias=False)
        lstm.build(x.shape)
        lstm.set_weights([kernel, recurrent])
        return lstm(x)

    def naive(torch, x, kernel, recurrent):
        """nn.LSTM(3, 4)"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        return lstm(x)[0][:, -1]

    def faithful(torch, x, kernel, recurrent):
        """semantics.LSTM(3, 4, recurrent_activation="hard_sigmoid")"""
        from parity import semantics

        lstm = semantics.LSTM(3, 4, recurrent_activation="hard_sigmoid", use_bias=False)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        return lstm(x)


class BidirectionalLast(Experiment):
    """The last output of a bidirectional layer."""

    id = "bidirectional-last"
    keras_does = (
        "Bidirectional joins the last output of each direction; the backward one has read the "
        "whole sequence, and ends at its first step."
    )
    torch_does = (
        "The outputs of both directions are joined step by step; out[:, -1] has the backward "
        "one's first output, which has read a single step."
    )
    naive_error = "Half of the features know the last step alone. Shapes fit, and training goes on."
    faithful_line = "torch.cat([h[0], h[1]], dim=1), h being the last states"
    source = (
        "keras.io/api/layers/recurrent_layers/bidirectional",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
        "discuss.pytorch.org/t/concatnation-of-h-t-of-forward-and-h-0-of-backward-in-"
        "bidirection-lstm-output/10333",
    )
    apart = 0.2

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        # the forward layer's weights, then the backward one's
        return {"x": normal(8, 6, 3), "kernels": normal(2, 3, 16), "recurrents": normal(2, 4, 16)}

    def in_keras(keras, x, kernels, recurrents):
        both = keras.layers.Bidirectional(keras.layers.LSTM(4, use_bias=False))
        both.build(x.shape)
        both.set_weights([kernels[0], recurrents[0], kernels[1], recurrents[1]])
        return both(x)

    def naive(torch, x, kernels, recurrents):
        """out[:, -1]"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True, bidirectional=True)
        lstm.weight_ih_l0.data, lstm.weight_ih_l0_reverse.data = kernels.mT
        lstm.weight_hh_l0.data, lstm.weight_hh_l0_reverse.data = recurrents.mT
        out, _ = lstm(x)
        return out[:, -1]

    def faithful(torch, x, kernels, recurrents):
        """torch.cat([h[0], h[1]], dim=1)"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True, bidirectional=True)
        lstm.weight_ih_l0.data, lstm.weight_ih_l0_reverse.data = kernels.mT
        lstm.weight_hh_l0.data, lstm.weight_hh_l0_reverse.data = recurrents.mT
        _, (h, _) = lstm(x)
        return torch.cat([h[0], h[1]], dim=1)


class RecurrentDropout(Experiment):
    """The dropout argument of a recurrent layer."""

    id = "rnn-dropout"
    keras_does = (
        "dropout=p drops features of the input, the same ones at every step of a sequence; "
        "recurrent_dropout does so with the state."
    )
    torch_does = (
        "dropout=p acts between stacked layers: with one layer nothing is dropped, and a warning "
        "is all that says so. There is no recurrent dropout."
    )
    naive_error = (
        "The port is not regularised. An nn.Dropout in front of the layer draws anew at every "
        "step, which averages out along the sequence and regularises less."
    )
    faithful_line = "lstm(nn.Dropout1d(p)(x.transpose(1, 2)).transpose(1, 2))"
    source = (
        "keras.io/api/layers/recurrent_layers/lstm",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html",
        "arxiv.org/abs/1512.05287",
    )
    note = (
        "Compared is how much the outputs of one sequence scatter in training, over 20,000 masks. "
        "recurrent_dropout has no counterpart here; a cell that is written out takes it."
    )
    # The scatter is known to about a percent from so many draws.
    apart, close = 0.15, 0.05

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"x": normal(1, 6, 3), "kernel": normal(3, 16), "recurrent": normal(4, 16)}

    def in_keras(keras, x, kernel, recurrent):
        lstm = keras.layers.LSTM(4, dropout=0.5, use_bias=False)
        lstm.build(x.shape)
        lstm.set_weights([kernel, recurrent])
        return keras.ops.std(lstm(x.repeat(20_000, axis=0), training=True), axis=0)

    def naive(torch, x, kernel, recurrent):
        """nn.LSTM(3, 4, dropout=0.5)"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True, dropout=0.5)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        return lstm(x.expand(20_000, 6, 3))[0][:, -1].std(dim=0)

    def naive_every_step(torch, x, kernel, recurrent):
        """nn.Dropout(0.5) in front"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        dropped = torch.nn.Dropout(0.5)(x.expand(20_000, 6, 3))
        return lstm(dropped)[0][:, -1].std(dim=0)

    def faithful(torch, x, kernel, recurrent):
        """nn.Dropout1d(0.5) on (batch, features, time)"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        dropped = torch.nn.Dropout1d(0.5)(x.expand(20_000, 6, 3).transpose(1, 2)).transpose(1, 2)
        return lstm(dropped)[0][:, -1].std(dim=0)


class MaskZero(Experiment):
    """Padding in front of a recurrent layer."""

    id = "mask-zero"
    keras_does = (
        "Embedding(mask_zero=True) sends a mask along: recurrent layers keep their state at "
        "padded steps, wherever these stand."
    )
    torch_does = "padding_idx=0 makes one row of zeros, and nothing is skipped."
    naive_error = (
        "The state goes on changing over the padding, and the shorter a sentence, the less is "
        "left of it."
    )
    faithful_line = "nn.utils.rnn.pack_padded_sequence; or semantics.LSTM()(x, mask=ids != 0)"
    source = (
        "keras.io/api/layers/core_layers/embedding",
        "docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html",
    )
    note = (
        "Packing takes padding at the end. Keras's pad_sequences pads in front by default, "
        "where only a mask helps."
    )
    apart = 0.3

    def given(rng):
        ids = rng.integers(1, 9, size=(6, 7)).astype("int32")
        for row, length in zip(ids, (7, 2, 5, 3, 6, 4), strict=True):
            row[length:] = 0
        table = rng.normal(size=(9, 3)).astype("float32")
        table[0] = 0
        kernel, recurrent = rng.normal(size=(3, 16)), rng.normal(size=(4, 16))
        weights = {"kernel": kernel.astype("float32"), "recurrent": recurrent.astype("float32")}
        return {"ids": ids, "table": table, **weights}

    def in_keras(keras, ids, table, kernel, recurrent):
        embedding = keras.layers.Embedding(9, 3, mask_zero=True)
        lstm = keras.layers.LSTM(4, use_bias=False)
        model = keras.Sequential([keras.Input((7,), dtype="int32"), embedding, lstm])
        model.set_weights([table, kernel, recurrent])
        return model(ids)

    def naive(torch, ids, table, kernel, recurrent):
        """nn.Embedding(9, 3, padding_idx=0), out[:, -1]"""
        embedding = torch.nn.Embedding.from_pretrained(table, padding_idx=0)
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        return lstm(embedding(ids))[0][:, -1]

    def faithful(torch, ids, table, kernel, recurrent):
        """pack_padded_sequence, the last state"""
        embedding = torch.nn.Embedding.from_pretrained(table, padding_idx=0)
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        lengths = (ids != 0).sum(dim=1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            embedding(ids), lengths, batch_first=True, enforce_sorted=False
        )
        _, (h, _) = lstm(packed)
        return h[0]

    def faithful_mask(torch, ids, table, kernel, recurrent):
        """semantics.LSTM, mask=ids != 0"""
        from parity import semantics

        embedding = torch.nn.Embedding.from_pretrained(table, padding_idx=0)
        lstm = semantics.LSTM(3, 4, use_bias=False)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        return lstm(embedding(ids), mask=ids != 0)


class MaskZeroPooling(Experiment):
    """Padding in front of an average over time."""

    id = "mask-zero-pooling"
    keras_does = "GlobalAveragePooling1D behind a mask averages over the steps that count."
    torch_does = "mean(dim=1) is over all steps; rows of zeros count."
    naive_error = (
        "The average of a short text shrinks with its padding, and changes with the length that "
        "its batch was padded to."
    )
    faithful_line = "(x * mask).sum(dim=1) / mask.sum(dim=1)"
    source = (
        "keras.io/api/layers/pooling_layers/global_average_pooling1d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html",
    )
    note = "Keras's GlobalMaxPooling1D does not use the mask."
    apart = 0.1

    def given(rng):
        ids = rng.integers(1, 9, size=(6, 7)).astype("int32")
        for row, length in zip(ids, (7, 2, 5, 3, 6, 4), strict=True):
            row[length:] = 0
        return {"ids": ids, "table": rng.normal(size=(9, 3)).astype("float32")}

    def in_keras(keras, ids, table):
        embedding = keras.layers.Embedding(9, 3, mask_zero=True)
        pooling = keras.layers.GlobalAveragePooling1D()
        model = keras.Sequential([keras.Input((7,), dtype="int32"), embedding, pooling])
        model.set_weights([table])
        return model(ids)

    def naive(torch, ids, table):
        """x.mean(dim=1), padding_idx=0"""
        embedding = torch.nn.Embedding(9, 3, padding_idx=0)
        embedding.weight.data[1:] = table[1:]
        return embedding(ids).mean(dim=1)

    def faithful(torch, ids, table):
        """(x * mask).sum(dim=1) / mask.sum(dim=1)"""
        embedding = torch.nn.Embedding(9, 3, padding_idx=0)
        embedding.weight.data[1:] = table[1:]
        mask = (ids != 0).unsqueeze(-1)
        return (embedding(ids) * mask).sum(dim=1) / mask.sum(dim=1)
