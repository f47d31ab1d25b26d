"""The ports of keras_models.py: the same names in the same order.

Images and sequences of convolutions come channels first. The models of CHANNELS_LAST take what
Keras takes, as torch's recurrent layers and attention do too.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity import semantics

CHANNELS_LAST = {
    *("dense_on_sequences", "einsum_dense", "einsum_dense_many_axes", "layer_normalization"),
    *("unit_normalization", "rms_normalization", "simple_rnn", "lstm", "lstm_sequences"),
    *("lstm_stacked", "lstm_stacked_cells", "lstm_stateful", "lstm_activations"),
    *("lstm_backwards", "gru", "gru_reset_before", "bidirectional_lstm", "bidirectional_gru"),
    *("bidirectional_sum", "multi_head_attention", "multi_head_attention_causal"),
    *("multi_head_attention_cross", "multi_head_attention_linears", "permute", "dot"),
    "spatial_dropout1d",
}


def _row(**row: nn.Module) -> Any:
    return nn.Sequential(OrderedDict(row))


# Dense


def dense() -> Any:
    return _row(
        hidden=nn.Linear(6, 5),
        relu=nn.ReLU(),
        square=nn.Linear(5, 5, bias=False),
        out=nn.Linear(5, 3),
        softmax=nn.Softmax(dim=1),
    )


def dense_on_maps() -> Any:
    """Dense works on the last axis; where that is axis 1, it is a 1x1 convolution."""
    return _row(dense=nn.Conv2d(3, 4, 1), relu=nn.ReLU())


def dense_on_sequences() -> Any:
    return _row(dense=nn.Linear(3, 4))


class DenseByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.ParameterDict({"w": torch.randn(6, 4), "b": torch.zeros(4)})
        self.square = nn.ParameterDict({"w": torch.randn(4, 4), "b": torch.zeros(4)})

    def forward(self, x: Tensor) -> Any:
        x = x @ self.dense["w"] + self.dense["b"]
        return torch.addmm(self.square["b"], x, self.square["w"])


def dense_by_hand() -> Any:
    return DenseByHand()


def einsum_dense() -> Any:
    return _row(einsum=nn.Linear(3, 4))


class EinsumDenseManyAxes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.einsum = nn.Linear(3 * 2, 4 * 3)
        self.back = nn.Linear(4 * 3, 5, bias=False)

    def forward(self, x: Tensor) -> Any:
        return self.back(self.einsum(x.flatten(2)))  # (N, 5, 3, 2) -> (N, 5, 12) -> (N, 5, 5)


def einsum_dense_many_axes() -> Any:
    return EinsumDenseManyAxes()


# Convolutions


def conv1d_valid() -> Any:
    return _row(conv=nn.Conv1d(3, 4, 3, stride=2), relu=nn.ReLU())


def conv1d_same() -> Any:
    return _row(conv=nn.Conv1d(3, 4, 4, padding="same"))


class Conv1dCausal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, dilation=2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(F.pad(x, (4, 0)))  # (k - 1) * dilation in front alone


def conv1d_causal() -> Any:
    return Conv1dCausal()


def conv2d_valid() -> Any:
    return _row(conv=nn.Conv2d(3, 4, (3, 2)), relu=nn.ReLU())


def conv2d_same() -> Any:
    return _row(conv=nn.Conv2d(3, 4, (3, 2), padding="same", bias=False))


def conv2d_same_strided() -> Any:
    """An even size under stride 2 is padded by one behind alone."""
    return _row(pad=nn.ZeroPad2d((0, 1, 0, 1)), conv=nn.Conv2d(3, 4, 3, stride=2))


def conv2d_dilated() -> Any:
    return _row(conv=nn.Conv2d(3, 4, (3, 2), dilation=2, padding="same"))


def conv2d_grouped() -> Any:
    return _row(conv=nn.Conv2d(4, 6, (3, 2), groups=2))


class Conv2d1x1(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Any:
        return self.conv(x.movedim(1, -1)).movedim(-1, 1)


def conv2d_1x1() -> Any:
    return Conv2d1x1()


def conv3d_valid() -> Any:
    return _row(conv=nn.Conv3d(2, 3, (2, 3, 2), stride=(1, 2, 1)))


def conv3d_same() -> Any:
    """Of 5, 6 and 4 the odd one is padded on both sides; nn.ZeroPad3d counts from the last axis."""
    return _row(pad=nn.ZeroPad3d((0, 1, 0, 1, 1, 1)), conv=nn.Conv3d(2, 3, 3, stride=2))


def depthwise_conv1d() -> Any:
    return _row(conv=nn.Conv1d(3, 6, 3, groups=3))


def depthwise_conv2d() -> Any:
    return _row(conv=nn.Conv2d(3, 6, (3, 2), groups=3, padding="same"))


class SeparableConv1d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_depthwise = nn.Conv1d(3, 6, 3, groups=3, bias=False)
        self.conv_pointwise = nn.Conv1d(6, 4, 1)

    def forward(self, x: Tensor) -> Any:
        return self.conv_pointwise(self.conv_depthwise(x))


def separable_conv1d() -> Any:
    return SeparableConv1d()


def separable_conv2d() -> Any:
    return _row(
        pad=nn.ZeroPad2d((0, 1, 0, 1)),
        conv=nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, groups=3, bias=False), nn.Conv2d(6, 4, 1), nn.ReLU()
        ),
    )


def conv1d_transpose_valid() -> Any:
    return _row(conv=nn.ConvTranspose1d(3, 4, 3, stride=2))


class ConvTransposeSame(nn.Module):
    """Keras's "same" gives n * stride, cut from (k - stride) // 2 on: for k = 3, the last goes."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x)
        for axis in range(2, x.ndim):
            x = x.narrow(axis, 0, x.shape[axis] - 1)
        return x


def conv1d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose1d(3, 4, 3, stride=2))


def conv2d_transpose_valid() -> Any:
    return _row(conv=nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 1)))


def conv2d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose2d(3, 2, 3, stride=2))


def conv2d_transpose_even() -> Any:
    return _row(conv=nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1))


def conv2d_transpose_output_padding() -> Any:
    return _row(conv=nn.ConvTranspose2d(3, 2, 3, stride=2, output_padding=1))


def conv3d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose3d(3, 2, 3, stride=2))


# Padding, cropping, pooling, sizes


def zero_padding1d() -> Any:
    return _row(pad=nn.ZeroPad1d((1, 2)))


class ZeroPadding2d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.pad(x, (0, 3, 1, 2))  # left, right, top, bottom


def zero_padding2d() -> Any:
    return ZeroPadding2d()


class Cropping1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x[:, :, 1:-2]


def cropping1d() -> Any:
    return Cropping1d()


class Cropping2d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x[:, :, 1:-2, :-3]


def cropping2d() -> Any:
    return Cropping2d()


def max_pooling1d_valid() -> Any:
    return _row(pool=nn.MaxPool1d(2))


def max_pooling1d_same() -> Any:
    return _row(pool=nn.MaxPool1d(2, ceil_mode=True))


def max_pooling2d_valid() -> Any:
    return _row(pool=nn.MaxPool2d((3, 2), stride=2))


def max_pooling2d_same() -> Any:
    return _row(pool=nn.MaxPool2d(2, ceil_mode=True))


class MaxPool2dOverlapping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Any:
        return self.pool(F.pad(x, (0, 1, 0, 1), value=-torch.inf))


def max_pooling2d_same_overlapping() -> Any:
    return MaxPool2dOverlapping()


def max_pooling3d_valid() -> Any:
    return _row(pool=nn.MaxPool3d(2))


def max_pooling3d_same() -> Any:
    return _row(pool=nn.MaxPool3d(2, ceil_mode=True))


def average_pooling1d_valid() -> Any:
    return _row(pool=nn.AvgPool1d(3, stride=2))


def average_pooling1d_same() -> Any:
    return _row(pool=nn.AvgPool1d(2, ceil_mode=True))


def average_pooling2d_valid() -> Any:
    return _row(pool=nn.AvgPool2d(2))


def average_pooling2d_same() -> Any:
    return _row(pool=nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False))


class AvgPool2dSame(nn.Module):
    """Padded by one behind alone, and divided by how many pixels are no padding."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Any:
        shares = self.pool(F.pad(torch.ones_like(x), (0, 1, 0, 1)))
        return self.pool(F.pad(x, (0, 1, 0, 1))) / shares


def average_pooling2d_same_even() -> Any:
    return AvgPool2dSame()


def average_pooling3d_same() -> Any:
    return _row(pool=nn.AvgPool3d(2, ceil_mode=True))


class GlobalAveragePool1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x.mean(dim=2)


def global_average_pooling1d() -> Any:
    return GlobalAveragePool1d()


def global_average_pooling2d() -> Any:
    return _row(pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten())


class GlobalMaxPool1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x.amax(dim=2)


def global_max_pooling1d() -> Any:
    return GlobalMaxPool1d()


def global_max_pooling2d() -> Any:
    return _row(pool=nn.AdaptiveMaxPool2d(1))


def upsampling1d() -> Any:
    return _row(up=nn.Upsample(scale_factor=2))


def upsampling2d_nearest() -> Any:
    return _row(up=nn.Upsample(scale_factor=(2, 3)))


def upsampling2d_bilinear() -> Any:
    return _row(up=nn.Upsample(scale_factor=2, mode="bilinear"))


class Resize(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.interpolate(x, size=(7, 9), mode="bilinear")


def resizing_bilinear() -> Any:
    return Resize()


# Normalisation


def batch_normalization() -> Any:
    return _row(norm=nn.BatchNorm1d(6, eps=1e-3, momentum=0.01))


def batch_normalization_maps() -> Any:
    return _row(norm=nn.BatchNorm2d(3, momentum=0.1))


def batch_normalization_volumes() -> Any:
    return _row(norm=nn.BatchNorm3d(2, eps=1e-3, momentum=0.01))


def batch_normalization_plain() -> Any:
    return _row(norm=nn.BatchNorm2d(3, eps=1e-3, momentum=0.01, affine=False))


def batch_normalization_unscaled() -> Any:
    """torch.nn has a weight and a bias, or neither: the weight stays 1."""
    norm = nn.BatchNorm2d(3, eps=1e-3, momentum=0.01)
    norm.weight.requires_grad_(False)
    return _row(norm=norm)


def batch_normalization_uncentered() -> Any:
    norm = nn.BatchNorm2d(3, eps=1e-3, momentum=0.01)
    norm.bias.requires_grad_(False)
    return _row(norm=norm)


def layer_normalization() -> Any:
    return _row(norm=nn.LayerNorm(6, eps=1e-3))


def layer_normalization_maps() -> Any:
    return _row(norm=nn.LayerNorm((3, 5, 4), eps=1e-3))


class LayerNormChannels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(3, eps=1e-3, bias=False)

    def forward(self, x: Tensor) -> Any:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def layer_normalization_channels() -> Any:
    return LayerNormChannels()


def group_normalization() -> Any:
    return _row(norm=nn.GroupNorm(3, 6, eps=1e-3))


class UnitNorm(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.normalize(x, dim=-1)


def unit_normalization() -> Any:
    return UnitNorm()


def rms_normalization() -> Any:
    return _row(norm=nn.RMSNorm(6, eps=1e-6))


class RescalingNormalization(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Any:
        x = x / 128 - 1
        mean = x.new_tensor([0.5, -0.25, 0.125]).view(3, 1, 1)
        variance = x.new_tensor([4.0, 0.25, 1.5]).view(3, 1, 1)
        return self.conv((x - mean) / variance.sqrt())


def rescaling_normalization() -> Any:
    return RescalingNormalization()


# Tokens and sequences


def embedding() -> Any:
    return _row(embed=nn.Embedding(11, 4))


class EmbeddingMaskedLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.first = semantics.LSTM(4, 5, return_sequences=True)
        self.second = semantics.LSTM(5, 3)

    def forward(self, ids: Tensor) -> Any:
        mask = ids != 0
        return self.second(self.first(self.embed(ids), mask=mask), mask=mask)


def embedding_masked_lstm() -> Any:
    return EmbeddingMaskedLSTM()


class EmbeddingMaskedAverage(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 4)

    def forward(self, ids: Tensor) -> Any:
        x = self.embed(ids)
        mask = (ids != 0).unsqueeze(-1).to(x.dtype)
        return (x * mask).sum(dim=1) / mask.sum(dim=1)


def embedding_masked_average() -> Any:
    return EmbeddingMaskedAverage()


class LastOutput(nn.Module):
    """A recurrent layer's output of the last step."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x)[0][:, -1]


class Outputs(nn.Module):
    """A recurrent layer's outputs without its states."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x)[0]


def simple_rnn() -> Any:
    return LastOutput(nn.RNN(3, 4, batch_first=True))


class LSTMWithHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        _, (last, _) = self.rnn(x)
        return self.out(last[0])


def lstm() -> Any:
    return LSTMWithHead()


def lstm_sequences() -> Any:
    return Outputs(nn.LSTM(3, 4, bias=False, batch_first=True))


class LSTMStacked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.LSTM(3, 4, batch_first=True)
        self.second = nn.LSTM(4, 5, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        x, _ = self.first(x)
        x, _ = self.second(x)
        return x[:, -1]


def lstm_stacked() -> Any:
    return LSTMStacked()


def lstm_stacked_cells() -> Any:
    return LastOutput(nn.LSTM(3, 4, num_layers=2, batch_first=True))


class LSTMStateful(nn.Module):
    """Each batch goes on where the one before it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.states: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Any:
        outputs, (hidden, memory) = self.rnn(x, self.states)
        self.states = hidden.detach(), memory.detach()
        return outputs[:, -1]


def lstm_stateful() -> Any:
    return LSTMStateful()


def lstm_activations() -> Any:
    return _row(rnn=semantics.LSTM(3, 4, activation="relu", recurrent_activation="hard_sigmoid"))


class LSTMBackwards(nn.Module):
    """Keras gives the outputs in the order of computation, the last step's first."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.rnn(x.flip(1))[0]


def lstm_backwards() -> Any:
    return LSTMBackwards()


def gru() -> Any:
    return Outputs(nn.GRU(3, 4, batch_first=True))


def gru_reset_before() -> Any:
    return _row(rnn=semantics.GRU(3, 4, reset_after=False))


class BidirectionalLast(nn.Module):
    """The last output of each direction; the backward one's is at the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Any:
        _, (last, _) = self.rnn(x)
        return torch.cat([last[0], last[1]], dim=1)


def bidirectional_lstm() -> Any:
    return BidirectionalLast()


def bidirectional_gru() -> Any:
    return Outputs(nn.GRU(3, 4, batch_first=True, bidirectional=True))


class BidirectionalSum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, 4, nonlinearity="relu", batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Any:
        _, last = self.rnn(x)
        return last[0] + last[1]


def bidirectional_sum() -> Any:
    return BidirectionalSum()


# Attention


class SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.attention(x, x, x, need_weights=False)[0]


def multi_head_attention() -> Any:
    return SelfAttention()


class CausalAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, bias=False, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        blocked = torch.ones(5, 5, dtype=torch.bool, device=x.device).triu(1)  # True: unseen
        return x + self.attention(x, x, x, attn_mask=blocked, need_weights=False)[0]


def multi_head_attention_causal() -> Any:
    return CausalAttention()


class CrossAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, kdim=5, vdim=5, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Any:
        return self.attention(x, memory, memory, need_weights=False)[0]


def multi_head_attention_cross() -> Any:
    return CrossAttention()


class AttentionOfLinears(nn.Module):
    """Heads that together are wider than the input, as torch's own attention has none."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_q = nn.Linear(6, 2 * 4)
        self.attention_k = nn.Linear(6, 2 * 4)
        self.attention_v = nn.Linear(6, 2 * 4)
        self.attention_out = nn.Linear(2 * 4, 6)

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            project(x).unflatten(2, (2, -1)).transpose(1, 2)  # (N, heads, T, size)
            for project in (self.attention_q, self.attention_k, self.attention_v)
        )
        heads = F.scaled_dot_product_attention(q, k, v)
        return self.attention_out(heads.transpose(1, 2).flatten(2))


def multi_head_attention_linears() -> Any:
    return AttentionOfLinears()


# Shapes


class FlattenDense(nn.Module):
    """Flattened in Keras's order of height, width and channels."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(5 * 4 * 3, 2)

    def forward(self, x: Tensor) -> Any:
        return self.dense(x.permute(0, 2, 3, 1).flatten(1))


def flatten_dense() -> Any:
    return FlattenDense()


class Reshape(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(6, 24)
        self.conv = nn.Conv2d(3, 2, 2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(self.dense(x).view(-1, 2, 4, 3).permute(0, 3, 1, 2))


def reshape() -> Any:
    return Reshape()


class Permute(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Any:
        return self.dense(x.transpose(1, 2))


def permute() -> Any:
    return Permute()


class RepeatVector(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        outputs, _ = self.rnn(x.unsqueeze(1).repeat(1, 5, 1))
        return outputs[:, -1]


def repeat_vector() -> Any:
    return RepeatVector()


# Merging


class Merged(nn.Module):
    def __init__(self, merge: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.a = nn.Linear(6, 4)
        self.b = nn.Linear(6, 4)
        self.merge = merge

    def forward(self, x: Tensor) -> Any:
        return self.merge(self.a(x), F.relu(self.b(x)))


def add() -> Any:
    return Merged(lambda a, b: a + b)


def subtract() -> Any:
    return Merged(lambda a, b: a - b)


def multiply() -> Any:
    return Merged(lambda a, b: a * b)


def average() -> Any:
    return Merged(lambda a, b: (a + b) / 2)


def maximum() -> Any:
    return Merged(torch.maximum)


def minimum() -> Any:
    return Merged(torch.minimum)


def concatenate() -> Any:
    return Merged(lambda a, b: torch.cat([a, b], dim=1))


class ConcatenateMaps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 2, 3)
        self.b = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Any:
        return torch.cat([self.a(x), self.b(x)], dim=1)


def concatenate_maps() -> Any:
    return ConcatenateMaps()


class Dot(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Any:
        return self.a(x) @ self.b(x).transpose(1, 2)


def dot() -> Any:
    return Dot()


# Activations


def _squareplus(x: Tensor) -> Tensor:
    return (x + (x.square() + 4).sqrt()) / 2


def _sparse_plus(x: Tensor) -> Tensor:
    return torch.where(x <= -1, 0.0, torch.where(x >= 1, x, (x + 1).square() / 4))


def _sparse_sigmoid(x: Tensor) -> Tensor:
    return ((x + 1) / 2).clamp(0, 1)


def _sparsemax(x: Tensor) -> Tensor:
    """Keras's: its threshold adds up all partial sums of the support, not the support alone.

    Where more than one class is left, the result is not the projection that sparsemax should be,
    and its sum is not 1.
    """
    ordered = x.sort(dim=1, descending=True).values
    sums = ordered.cumsum(dim=1)
    ranks = torch.arange(1, x.shape[1] + 1, device=x.device)
    support = ordered - (sums - 1) / ranks > 0
    threshold = ((sums * support).sum(dim=1, keepdim=True) - 1) / support.sum(dim=1, keepdim=True)
    return (x - threshold).relu()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": nn.Identity(),
    "relu": F.relu,
    "relu6": F.relu6,
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": F.logsigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "hard_silu": F.hardswish,
    "hard_tanh": F.hardtanh,
    "tanh_shrink": F.tanhshrink,
    "hard_shrink": F.hardshrink,
    "soft_shrink": F.softshrink,
    "softmax": nn.Softmax(dim=1),
    "log_softmax": nn.LogSoftmax(dim=1),
    "exponential": torch.exp,
    "squareplus": _squareplus,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "sparsemax": _sparsemax,
}


class Activations(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before = nn.ModuleDict({name: nn.Linear(6, 6) for name in ACTIVATIONS})

    def forward(self, x: Tensor) -> Any:
        for name, activation in ACTIVATIONS.items():
            x = activation(self.before[name](x))
        return x


def activations() -> Any:
    return Activations()


class ActivationLayers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 2)
        self.second = nn.Conv2d(4, 4, 2)
        self.elu = nn.ELU(alpha=0.5)
        self.third = nn.Conv2d(4, 4, 2)

    def forward(self, x: Tensor) -> Any:
        x = F.leaky_relu(self.first(x), 0.1).clamp(max=1.5)
        x = self.elu(self.second(x))
        return self.third(x).softmax(dim=1)


def activation_layers() -> Any:
    return ActivationLayers()


def prelu() -> Any:
    return _row(prelu=nn.PReLU(6))


def prelu_maps() -> Any:
    return _row(prelu=nn.PReLU(3))


class PReLUUnshared(nn.Module):
    """A slope for each place, which nn.PReLU has not."""

    def __init__(self) -> None:
        super().__init__()
        self.prelu = nn.ParameterDict({"weight": torch.zeros(3, 6, 5)})

    def forward(self, x: Tensor) -> Any:
        return torch.where(x > 0, x, x * self.prelu["weight"])


def prelu_unshared() -> Any:
    return PReLUUnshared()


def tanh() -> Any:
    return _row(dense=nn.Linear(6, 4), tanh=nn.Tanh())


def leaky_relu() -> Any:
    return _row(leaky=nn.LeakyReLU(0.3), out=nn.Linear(6, 3))


def leaky_relu_by_name() -> Any:
    """The layer's slope is 0.3, that of the name is 0.2, and torch's 0.01."""
    return _row(dense=nn.Linear(6, 4), leaky=nn.LeakyReLU(0.2))


def gelu_exact() -> Any:
    return _row(dense=nn.Linear(6, 4), gelu=nn.GELU())


def gelu_tanh() -> Any:
    return _row(dense=nn.Linear(6, 4), gelu=nn.GELU(approximate="tanh"))


class GLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(6, 8)

    def forward(self, x: Tensor) -> Any:
        return F.glu(self.dense(x))


def glu() -> Any:
    return GLU()


# Noise, which does nothing at inference


def dropouts() -> Any:
    """torch.nn has no Gaussian dropout; a port that only infers leaves it out."""
    return _row(
        dropout=nn.Dropout(0.5),
        spatial=nn.Dropout2d(0.5),
        conv=nn.Conv2d(3, 4, 3),
        alpha=nn.AlphaDropout(0.5),
    )


class SpatialDropout1d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spatial = nn.Dropout1d(0.5)
        self.rnn = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        x = self.spatial(x.transpose(1, 2)).transpose(1, 2)  # nn.Dropout1d drops along axis 1
        return self.rnn(x)[0][:, -1]


def spatial_dropout1d() -> Any:
    return SpatialDropout1d()


def gaussian_noise() -> Any:
    return _row(noise=semantics.GaussianNoise(0.5), out=nn.Linear(6, 3))


# Ways to write a model


class SharedDense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        x = torch.tanh(self.shared(x))
        x = torch.tanh(self.shared(x))
        return self.out(x)


def shared_dense() -> Any:
    return SharedDense()


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(x + self.second(F.relu(self.first(x))))


def subclassed() -> Any:
    return Residual()


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = _row(conv=nn.Conv2d(3, 4, 3), relu=nn.ReLU(), pool=nn.MaxPool2d(2))
        self.out = nn.Linear(2 * 1 * 4, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(self.features(x).permute(0, 2, 3, 1).flatten(1))


def nested() -> Any:
    return Nested()


class TwoInputsTwoOutputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.dense = nn.Linear(4, 3)
        self.kind = nn.Linear(8, 3)
        self.size = nn.Linear(8, 1)

    def forward(self, image: Tensor, extra: Tensor) -> Any:
        features = self.conv(image).mean(dim=(2, 3))
        both = torch.cat([features, self.dense(extra)], dim=1)
        return self.kind(both).softmax(dim=1), self.size(both)


def two_inputs_two_outputs() -> Any:
    return TwoInputsTwoOutputs()


class DictionaryInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.of_left = nn.Linear(4, 5)
        self.of_right = nn.Linear(3, 5)

    def forward(self, x: dict[str, Tensor]) -> Any:
        return self.of_left(x["left"]) * self.of_right(x["right"])


def dictionary_inputs() -> Any:
    return DictionaryInputs()


class KerasOps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding="same")
        self.gate = nn.Linear(4, 3)
        self.out = nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.conv(x))
        x = x.mean(dim=(2, 3)) + x.amax(dim=(2, 3))
        x = torch.cat([x, torch.sigmoid(self.gate(x))], dim=1)
        return self.out(x)


def keras_ops() -> Any:
    return KerasOps()
