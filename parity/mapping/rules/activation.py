"""PReLU, the activation that has weights."""

from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, rule


@rule("PReLU", torch=("PReLU", "prelu", "mul"), operation="prelu")
def prelu(context: Context) -> Places:
    """alpha is (H, W, C), with 1 for a shared axis. torch's PReLU has one a channel: (C,) or (1,).

    A port with a slope of its own for each place holds them channels first, as its maps:
    torch.where(x > 0, x, self.alpha * x).
    """
    slopes = next(iter(context.torch), "weight")
    move = moves.per_feature(context.keras["alpha"], context.torch.get(slopes))
    return Places((Place("alpha", move, slopes),))
