"""Spectral normalisation as Keras has it."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.func import functional_call

from parity.semantics import conventions
from parity.semantics.initializers import truncated_normal_

SMALLEST = 1e-7  # keras.config.epsilon(): the norm that a vector has at least


class SpectralNormalization(nn.Module):
    """A layer whose weight is divided by its largest singular value, as Keras's of this name does.

    In training each pass takes `power_iterations` steps of the power method from `vector_u` on,
    v = u W', u = v W, both of norm 1, and divides by sigma = v W u'. At inference the layer is
    called as it is. What becomes of the weight itself is not the same on Keras's backends:

    - tensorflow, torch: the normalised weight takes its place, before the optimizer moves it on;
      the gradient is the normalised weight's.
    - jax: the weight stays as it was, and is not normalised at inference; the gradient goes
      through the division, not through u and v. So does torch's parametrisation, which though
      normalises at inference too, and starts from another u.

    On torch Keras normalises vectors in float32, and so does this one.
    (keras/src/layers/normalization/spectral_normalization.py)
    """

    vector_u: Tensor

    def __init__(
        self, layer: nn.Module, power_iterations: int = 1, keras_backend: str | None = None
    ) -> None:
        """layer: an nn.Linear, Conv, ConvTranspose or Embedding.

        Raises ValueError for another layer, for a convolution with groups, whose kernel Keras
        divides otherwise, and for power_iterations below 1.
        """
        super().__init__()
        if power_iterations < 1:
            raise ValueError(f"power_iterations={power_iterations}: give a whole number from 1 on")
        if not isinstance(getattr(layer, "weight", None), nn.Parameter):
            raise ValueError(f"{type(layer).__name__} has no weight to normalise")
        if getattr(layer, "groups", 1) != 1:
            raise ValueError(f"groups={layer.groups}: give a convolution without groups")
        self.layer = layer
        self.power_iterations = power_iterations
        self.keras_backend = conventions.resolve(keras_backend)
        start = torch.empty(1, len(self._matrix()))
        self.register_buffer("vector_u", truncated_normal_(start, stddev=0.02))

    def forward(self, *args: Tensor) -> Tensor:
        """What the layer takes, and what it gives."""
        held = self._weight()
        weight: Tensor = held
        if self.training:
            weight = held / self._power_method()
            if self.keras_backend != "jax":
                weight = _Assigned.apply(held, weight.detach())
                held.data.copy_(weight.detach())
        found: Tensor = functional_call(self.layer, {"weight": weight}, args)
        return found

    def _weight(self) -> nn.Parameter:
        return cast(nn.Parameter, self.layer.weight)

    def _matrix(self) -> Tensor:
        """Keras's kernel as a matrix, its last axis first: (channels, everything else)."""
        weight = self._weight()
        return weight.T if isinstance(self.layer, nn.Embedding) else weight.flatten(1)

    def _power_method(self) -> Tensor:
        """sigma, with a gradient; 1 for a weight of zeros, which changes nothing."""
        matrix = self._matrix()
        with torch.no_grad():
            u = self.vector_u
            for _ in range(self.power_iterations):
                v = self._unit(u @ matrix)
                u = self._unit(v @ matrix.T)
            is_zero = (matrix == 0).all()
            self.vector_u.copy_(torch.where(is_zero, self.vector_u, u))
        sigma = (v @ matrix.T @ u.T).squeeze()
        return torch.where(is_zero, 1.0, sigma)

    def _unit(self, vector: Tensor) -> Tensor:
        inverse = vector.square().sum().rsqrt().clamp(max=1 / SMALLEST)
        if self.keras_backend == "torch":
            inverse = conventions.through_float32(inverse)
        return vector * inverse

    def extra_repr(self) -> str:
        return f"power_iterations={self.power_iterations}, keras_backend={self.keras_backend!r}"


class _Assigned(torch.autograd.Function):
    """Another value in a weight's place, whose gradient is the weight's: tf.Variable.assign."""

    @staticmethod
    def forward(ctx: object, weight: Tensor, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None
