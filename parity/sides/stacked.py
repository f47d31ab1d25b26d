"""A stack of torch's recurrent layers, layer by layer: what is dropped between them is drawn by
somebody else."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from parity.errors import ModelError

KERNELS: tuple[Callable[..., Any], ...] = (torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu)

Drop = Callable[[Tensor, float], Tensor]
States = Tensor | tuple[Tensor, ...]  # (layers * directions, N, units), a cell's beside an LSTM's


def dropping(drop: Drop, kernel: Callable[..., Any], *args: Any) -> Any:
    """As the kernel, with its arguments. Raises ModelError for packed sequences that are dropped
    of, which no draw of Keras's answers."""
    if not isinstance(args[3], bool):
        if args[6] and args[7] and args[5] > 1:
            raise ModelError(
                "the port drops between the layers of a packed sequence, which cannot be given "
                "shared draws; let each layer be a module, with nn.Dropout between them"
            )
        return kernel(*args)
    x, states, weights, has_biases, layers, rate, is_training, *rest = args
    if not (rate and is_training) or layers == 1:
        return kernel(*args)
    several = states if isinstance(states, tuple | list) else [states]
    begun = list(zip(*(state.chunk(layers) for state in several), strict=True))
    each, ended = len(weights) // layers, []
    for n in range(layers):
        own = begun[n] if isinstance(states, tuple | list) else begun[n][0]
        given = x if n == 0 else drop(x, rate)
        chosen = weights[n * each : (n + 1) * each]
        x, *last = kernel(given, own, chosen, has_biases, 1, 0.0, is_training, *rest)
        ended.append(last)
    return x, *(torch.cat(of) for of in zip(*ended, strict=True))
