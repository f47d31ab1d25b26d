"""What a port does on its way when it was cast to a low precision."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Promotion:
    """A step that gives float32 though what it takes of the pass is of low precision, as a tensor
    beside it is float32.

    step: its name; where: the line that called it, "my/net.py:38".
    """

    step: str
    where: str


@dataclass(frozen=True)
class LowPass:
    """casts: does the port cast up for itself somewhere? promotions: those that hold on to the end
    of the pass, or to where it breaks off, with no cast behind them; lost: the steps that make NaN
    or infinity of numbers."""

    casts: bool = False
    promotions: tuple[Promotion, ...] = ()
    lost: tuple[str, ...] = ()
