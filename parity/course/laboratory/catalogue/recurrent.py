"""Recurrent layers: gates, biases, the order of axes, and which steps count."""

from parity.course.laboratory.experiment import Experiment


class LstmBiases(Experiment):
    """The two biases of torch's LSTM."""

    id = "lstm-biases-init"
    keras_does = "One bias; kernel, recurrent kernel and bias hold the gates i, f, c, o by columns."
    torch_does = "Two biases that are added up, bias_ih and bias_hh; the same gates, by rows."
    naive_error = "The bias is copied into both, and counts twice."
    faithful_line = "bias_ih_l0 = bias; bias_hh_l0 = 0"
    source = (
        "keras.io/api/layers/recurrent_layers/lstm",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    )
    note = (
        "Training two biases from the same gradient moves their sum twice as far as Keras's one: "
        "freeze bias_hh_l0 at zero. What a fresh layer starts from is in lstm-init."
    )
    apart = 0.1

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {
            "x": normal(8, 6, 3),
            "kernel": normal(3, 16),
            "recurrent": normal(4, 16),
            "bias": normal(16),
        }

    def in_keras(keras, x, kernel, recurrent, bias):
        lstm = keras.layers.LSTM(4)
        lstm.build(x.shape)
        lstm.set_weights([kernel, recurrent, bias])
        return lstm(x)

    def naive(torch, x, kernel, recurrent, bias):
        """bias_ih_l0 = bias_hh_l0 = bias"""
        lstm = torch.nn.LSTM(3, 4, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        lstm.bias_ih_l0.data, lstm.bias_hh_l0.data = bias, bias
        return lstm(x)[0][:, -1]

    def faithful(torch, x, kernel, recurrent, bias):
        """bias_ih_l0 = bias, bias_hh_l0 = 0"""
        lstm = torch.nn.LSTM(3, 4, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        lstm.bias_ih_l0.data, lstm.bias_hh_l0.data = bias, 0 * bias
        return lstm(x)[0][:, -1]


class LstmInit(Experiment):
    """What an LSTM starts from."""

    id = "lstm-init"
    keras_does = (
        "The kernel is glorot_uniform, the recurrent kernel orthogonal, the bias 0 but for the "
        "forget gate, where it is 1."
    )
    torch_does = "All weights and both biases are uniform in +-1 / sqrt(hidden_size)."
    naive_error = (
        "A fresh LSTM forgets half of its memory at every step, where Keras's keeps most of it: "
        "long sequences are learnt later, or not at all."
    )
    faithful_line = (
        "nn.init.orthogonal_(weight_hh), nn.init.zeros_ of the biases, bias_ih[H : 2 * H] = 1"
    )
    source = (
        "keras.io/api/layers/recurrent_layers/lstm",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    )
    note = "semantics.LSTM starts as Keras does. The figure covers what has no chance in it."
    apart = 0.5

    def in_keras(keras):
        lstm = keras.layers.LSTM(8)
        lstm.build((None, None, 5))
        recurrent = lstm.cell.recurrent_kernel
        product = keras.ops.matmul(recurrent, keras.ops.transpose(recurrent))
        return {"bias": lstm.cell.bias, "recurrent kernel times its transpose": product}

    def naive(torch):
        """nn.LSTM(5, 8)"""
        lstm = torch.nn.LSTM(5, 8)
        return {
            "bias": lstm.bias_ih_l0 + lstm.bias_hh_l0,
            "recurrent kernel times its transpose": lstm.weight_hh_l0.T @ lstm.weight_hh_l0,
        }

    def faithful(torch):
        """orthogonal_, zeros_, and 1 for the forget gate"""
        lstm = torch.nn.LSTM(5, 8)
        torch.nn.init.xavier_uniform_(lstm.weight_ih_l0)
        torch.nn.init.orthogonal_(lstm.weight_hh_l0)
        torch.nn.init.zeros_(lstm.bias_hh_l0)
        torch.nn.init.zeros_(lstm.bias_ih_l0)
        torch.nn.init.ones_(lstm.bias_ih_l0[8:16])
        return {
            "bias": lstm.bias_ih_l0 + lstm.bias_hh_l0,
            "recurrent kernel times its transpose": lstm.weight_hh_l0.T @ lstm.weight_hh_l0,
        }


class RecurrentLayout(Experiment):
    """Batch and time, and what a recurrent layer returns."""

    id = "rnn-layout"
    keras_does = "Input is (batch, time, features); the output is that of the last step."
    torch_does = "Input is (time, batch, features); the outputs of all steps are returned."
    naive_error = (
        "Without batch_first the layer walks along the batch, and samples see each other. The "
        "shape of out[:, -1] is right all the same."
    )
    faithful_line = "nn.LSTM(..., batch_first=True), out[:, -1]"
    source = (
        "keras.io/api/layers/recurrent_layers/lstm",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
    )
    apart = 0.3

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"x": normal(8, 6, 3), "kernel": normal(3, 16), "recurrent": normal(4, 16)}

    def in_keras(keras, x, kernel, recurrent):
        lstm = keras.layers.LSTM(4, use_bias=False)
        lstm.build(x.shape)
        lstm.set_weights([kernel, recurrent])
        return lstm(x)

    def naive(torch, x, kernel, recurrent):
        """nn.LSTM(3, 4), out[:, -1]"""
        lstm = torch.nn.LSTM(3, 4, bias=False)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        out, _ = lstm(x)
        return out[:, -1]

    def naive_all(torch, x, kernel, recurrent):
        """nn.LSTM(3, 4, batch_first=True), out"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        out, _ = lstm(x)
        return out

    def faithful(torch, x, kernel, recurrent):
        """nn.LSTM(3, 4, batch_first=True), out[:, -1]"""
        lstm = torch.nn.LSTM(3, 4, bias=False, batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = kernel.T, recurrent.T
        out, _ = lstm(x)
        return out[:, -1]


class GruGateOrder(Experiment):
    """The order of a GRU's gates, and its two biases."""

    id = "gru-gate-order"
    keras_does = (
        "The gates stand in the order z, r, h (update, reset, candidate). The bias is (2, 3 "
        "units): one for the kernel, one for the recurrent kernel."
    )
    torch_does = "The order is r, z, n, in all four weights."
    naive_error = (
        "Transposed as an LSTM's are, the weights fit, and reset and update gate change places. "
        "The biases must not be added up as an LSTM's can: the candidate's second one stands "
        "inside of the reset gate."
    )
    faithful_line = "z, r, h = w.chunk(3, -1); torch.cat([r, z, h], -1), for kernels and biases"
    source = (
        "keras.io/api/layers/recurrent_layers/gru",
        "docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html",
        "github.com/keras-team/keras/issues/8720",
        "github.com/keras-team/keras/pull/22115",
    )
    apart = 0.05

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {
            "x": normal(8, 6, 3),
            "kernel": normal(3, 12),
            "recurrent": normal(4, 12),
            "bias": normal(2, 12),
        }

    def in_keras(keras, x, kernel, recurrent, bias):
        gru = keras.layers.GRU(4)
        gru.build(x.shape)
        gru.set_weights([kernel, recurrent, bias])
        return gru(x)

    def naive(torch, x, kernel, recurrent, bias):
        """kernel.T, recurrent.T, bias[0], bias[1]"""
        gru = torch.nn.GRU(3, 4, batch_first=True)
        gru.weight_ih_l0.data, gru.weight_hh_l0.data = kernel.T, recurrent.T
        gru.bias_ih_l0.data, gru.bias_hh_l0.data = bias
        return gru(x)[0][:, -1]

    def naive_sum(torch, x, kernel, recurrent, bias):
        """gates in order, both biases added up"""

        def ordered(w):
            z, r, h = w.chunk(3, dim=-1)
            return torch.cat([r, z, h], dim=-1)

        gru = torch.nn.GRU(3, 4, batch_first=True)
        gru.weight_ih_l0.data, gru.weight_hh_l0.data = ordered(kernel).T, ordered(recurrent).T
        gru.bias_ih_l0.data, gru.bias_hh_l0.data = ordered(bias).sum(0), torch.zeros(12)
        return gru(x)[0][:, -1]

    def faithful(torch, x, kernel, recurrent, bias):
        """z and r change places in kernels and biases"""

        def ordered(w):
            z, r, h = w.chunk(3, dim=-1)
            return torch.cat([r, z, h], dim=-1)

        gru = torch.nn.GRU(3, 4, batch_first=True)
        gru.weight_ih_l0.data, gru.weight_hh_l0.data = ordered(kernel).T, ordered(recurrent).T
        gru.bias_ih_l0.data, gru.bias_hh_l0.data = ordered(bias)
        return gru(x)[0][:, -1]


class GruResetAfter(Experiment):
    """Where the reset gate of a GRU stands."""

    id = "gru-reset-after"
    keras_does = (
        "By default the reset gate multiplies behind the recurrent kernel; with reset_after=False "
        "it multiplies the state in front of it, as in the first paper, and there is one bias."
    )
    torch_does = "The reset gate always multiplies behind the matrix."
    naive_error = (
        "Weights of an old Keras model (False was the default before TensorFlow 2) fit into "
        "torch's GRU, and the outputs are near enough to pass for the same."
    )
    faithful_line = "semantics.GRU(3, 4, reset_after=False)"
    source = (
        "keras.io/api/layers/recurrent_layers/gru",
        "tensorflow.org/versions/r1.15/api_docs/python/tf/keras/layers/GRU",
        "docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html",
        "github.com/pytorch/pytorch/issues/8153",
    )
    apart = 0.02

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"x": normal(8, 6, 3), "kernel": normal(3, 12), "recurrent": normal(4, 12)}

    def in_keras(keras, x, kernel, recurrent):
        gru = keras.layers.GRU(4, reset_after=False, use_bias=False)
        gru.build(x.shape)
        gru.set_weights([kernel, recurrent])
        return gru(x)

    def naive(torch, x, kernel, recurrent):
        """nn.GRU(3, 4)"""

        def ordered(w):
            z, r, h = w.chunk(3, dim=-1)
            return torch.cat([r, z, h], dim=-1)

        gru = torch.nn.GRU(3, 4, bias=False, batch_first=True)
        gru.weight_ih_l0.data, gru.weight_hh_l0.data = ordered(kernel).T, ordered(recurrent).T
        return gru(x)[0][:, -1]

    def faithful(torch, x, kernel, recurrent):
        """semantics.GRU(3, 4, reset_after=False)"""
        from parity import semantics

        def ordered(w):
            z, r, h = w.chunk(3, dim=-1)
            return torch.cat([r, z, h], dim=-1)

        gru = semantics.GRU(3, 4, reset_after=False, use_bias=False)
        gru.weight_ih_l0.data, gru.weight_hh_l0.data = ordered(kernel).T, ordered(recurrent).T
        return gru(x)
