"""Run a port with mistakes as its owner would, wrapped in the patch that should mend it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from parity.records.comparison import Array
from parity.records.interventions import Change
from parity.selftest import torch_twin
from parity.selftest.spec import Spec
from parity.sides.patched import Patched

State = dict[str, Array]


def mended(
    spec: Spec, state: State, changes: Sequence[Change], inputs: Sequence[Array]
) -> Array | None:
    """What it gives in float64; None where it breaks off, or gives another type."""
    port = Patched(_built(spec, state), changes)
    made = [x.double() if x.is_floating_point() else x for x in map(torch.tensor, inputs)]
    try:
        with torch.no_grad():
            got: Tensor = port(*made)
    except Exception:  # what breaks off is not mended
        return None
    found: Array = got.numpy()
    return found if got.dtype == torch.float64 else None


def _built(spec: Spec, state: State) -> nn.Module:
    """A port with these weights, as far as they fit: a mistake may have made a tensor smaller."""
    net = torch_twin.build(spec).double().eval()
    own = net.state_dict()
    given = {name: torch.as_tensor(array) for name, array in state.items()}
    fits = {name: x for name, x in given.items() if name in own and own[name].shape == x.shape}
    net.load_state_dict(fits, strict=False)
    return net
