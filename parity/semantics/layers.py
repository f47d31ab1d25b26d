"""Layers whose conventions differ: batch normalisation and Gaussian noise."""

import torch
from torch import Tensor, nn

from parity.semantics import conventions


class _KerasBatchNorm(nn.modules.batchnorm._BatchNorm):
    """keras.layers.BatchNormalization over axis 1.

    `momentum` is the share of the moving statistics that is kept, 0.99; torch's is the share of
    the new batch, 0.1. `epsilon` is 1e-3; torch's 1e-5. The moving variance is that of the batch
    itself; torch stores n / (n - 1) of it. A batch of one gives the bias; torch raises an error.
    A layer with trainable=False in Keras infers: call `.eval()` on it.

    On jax and torch Keras computes this layer in float32 even in a float64 model. So does this
    one, to float32's rounding, as the order of a compiler's additions is not known. On torch the
    variance is mean(x*x) - mean(x)**2, which loses digits where the mean is large.

    Parameters and buffers have torch's names, so that state dicts of nn.BatchNorm fit.
    """

    def __init__(
        self,
        num_features: int,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        keras_backend: str | None = None,
    ) -> None:
        """center, scale: whether there are a bias and a weight.

        Raises ValueError for a momentum outside [0, 1] or a negative epsilon.
        """
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum={momentum}: give the share that is kept, in [0, 1]")
        if epsilon < 0:
            raise ValueError(f"epsilon={epsilon}: give a number that is not negative")
        super().__init__(num_features, eps=epsilon, momentum=momentum)
        if not center:
            self.register_parameter("bias", None)
        if not scale:
            self.register_parameter("weight", None)
        self.keras_backend = conventions.resolve(keras_backend)

    def reset_parameters(self) -> None:
        self.reset_running_stats()
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """inputs (N, C) or (N, C, ...); returns the same shape and dtype."""
        self._check_input_dim(inputs)  # type: ignore[no-untyped-call]
        wide = inputs.dtype == torch.float64 and self.keras_backend == "tensorflow"
        x = inputs.to(torch.float64 if wide else torch.float32)
        if self.training:
            mean, variance = self._moments(x)
            self._move(mean.detach(), variance.detach())
        else:
            mean, variance = self._buffers_as(x)
        inverse = (variance + self.eps).rsqrt()
        if self.weight is not None:
            inverse = inverse * self.weight.to(x.dtype)
        shape = (1, -1, *[1] * (x.ndim - 2))
        shift = -mean * inverse
        if self.bias is not None:
            shift = shift + self.bias.to(x.dtype)
        return (x * inverse.view(shape) + shift.view(shape)).to(inputs.dtype)

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        axes = [axis for axis in range(x.ndim) if axis != 1]
        if self.keras_backend == "torch":
            mean = x.mean(dim=axes)
            return mean, x.square().mean(dim=axes) - mean.square()
        variance, mean = torch.var_mean(x, dim=axes, correction=0)
        return mean, variance

    def _buffers_as(self, x: Tensor) -> tuple[Tensor, Tensor]:
        assert self.running_mean is not None
        assert self.running_var is not None
        return self.running_mean.to(x.dtype), self.running_var.to(x.dtype)

    def _move(self, mean: Tensor, variance: Tensor) -> None:
        assert self.momentum is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        assert self.running_mean is not None
        assert self.running_var is not None
        for buffer, new in ((self.running_mean, mean), (self.running_var, variance)):
            kept = buffer.to(new.dtype) * self.momentum
            buffer.copy_(kept + new * (1.0 - self.momentum))


class BatchNorm1d(_KerasBatchNorm, nn.BatchNorm1d):
    """Batch normalisation of (N, C) or (N, C, L) with Keras's conventions."""


class BatchNorm2d(_KerasBatchNorm, nn.BatchNorm2d):
    """Batch normalisation of (N, C, H, W) with Keras's conventions."""


class BatchNorm3d(_KerasBatchNorm, nn.BatchNorm3d):
    """Batch normalisation of (N, C, D, H, W) with Keras's conventions."""


class GaussianNoise(nn.Module):
    """Adds normal noise while training, and does not clip (keras.layers.GaussianNoise).

    The noise is drawn by `torch.randn_like`, so that a harness can put another draw in its place.
    """

    def __init__(self, stddev: float) -> None:
        """Raises ValueError outside [0, 1], as Keras does."""
        super().__init__()
        if not 0 <= stddev <= 1:
            raise ValueError(f"stddev={stddev}: give a number in [0, 1], as for Keras")
        self.stddev = stddev

    def forward(self, inputs: Tensor) -> Tensor:
        """Any shape in, the same out."""
        if not self.training or self.stddev == 0:
            return inputs
        return inputs + self.stddev * torch.randn_like(inputs)

    def extra_repr(self) -> str:
        return f"stddev={self.stddev}"
