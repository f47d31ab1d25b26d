"""A port that runs under the changes of a diagnosis, as a module of a person's own."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.utils import _pytree as pytree

from parity.records.comparison import Step
from parity.records.interventions import Change
from parity.sides import interventions, rewired, torch_calling
from parity.sides.mended import Mending, TakenTooEarlyError
from parity.sides.recorded_call import Call
from parity.sides.torch_lent import eagerly, unfused


class Patched(nn.Module):
    """A port, `port`, some steps of which are done otherwise whenever it is called.

    Its parameters and buffers are the port's; gradients flow, and statistics move. It is for
    looking at a mended port: each call is recorded, and runs as it was written, not compiled.
    """

    def __init__(
        self,
        port: nn.Module,
        changes: Sequence[Change],
        in_training: Sequence[Change] = (),
        whole: Sequence[str] = (),
        inputs: Sequence[str] = (),
    ) -> None:
        """in_training: further changes, in training mode alone. whole: the classes of modules that
        are a step each. inputs: where the port takes which, in the order in which changes name
        them; by default as they are given."""
        super().__init__()
        self.port = port
        self._changes = {False: tuple(changes), True: (*changes, *in_training)}
        self._whole = frozenset(whole)
        self._inputs = tuple(inputs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """As the port's. Where a step is to take what a later one gives, the record of the pass is
        played again, and no gradient flows."""
        if self._inputs:
            given = torch_calling.given(self.port, self._inputs, args, kwargs)
        else:
            given = [x for x in pytree.tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        changes = self._changes[self.port.training]
        call = partial(self.port, *args, **kwargs)
        with eagerly(), unfused():
            try:
                with _Moving(self.port, *given, changes=changes, whole=self._whole) as moving:
                    return moving.returned(call())
            except TakenTooEarlyError:
                return rewired.output(self.port, given, call, changes, self._whole)


class _Moving(Mending):
    """In training mode a changed step moves the module's own statistics."""

    def _changed(
        self, name: str, kind: str, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        call = Call(Step(name, kind, ()), function, args, kwargs)
        output, rerun = interventions.run(self._of(name), call, function, args, kwargs)
        if isinstance(function, nn.Module) and isinstance(rerun.function, nn.Module):
            moved = dict(rerun.function.named_buffers())
            for role, buffer in function.named_buffers():
                if role in moved:
                    buffer.data.copy_(moved[role])
        return output


def patched(
    module: nn.Module,
    changes: Sequence[Change],
    in_training: Sequence[Change] = (),
    whole: Sequence[str] = (),
    inputs: Sequence[str] = (),
) -> nn.Module:
    """The module, wrapped so that it runs under these changes. See Patched."""
    return Patched(module, changes, in_training, whole, inputs)
