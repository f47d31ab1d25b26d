"""A port whose table has fewer rows than it is asked for breaks off where it looks one up. Its pass
is written down to its end with the last row in their place: what stands behind can be aligned, and
the table is seen to be short."""

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class Bounded(TorchFunctionMode):
    """Looks up the nearest row of those that a table has."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        run = _bounded if func is F.embedding else func
        return run(*args, **(kwargs or {}))


def _bounded(input: Tensor, weight: Tensor, *args: Any, **kwargs: Any) -> Tensor:  # noqa: A002
    return F.embedding(input.clamp(0, len(weight) - 1), weight, *args, **kwargs)
