"""What every one of Keras's optimizers can be told, and what is wrong with it."""

from typing import Any, TypedDict

from torch import Tensor

from parity.semantics import conventions

Group = dict[str, Any]


class SharedByAdamW(TypedDict, total=False):
    """The options of every optimizer here, named as Keras names them, with Keras's defaults.

    clipnorm: the largest norm of any one gradient (torch's clip_grad_norm_ is global_clipnorm).
    global_clipnorm: the largest norm of all gradients together, over all param groups.
    clipvalue: the largest absolute value of a gradient's element.
    use_ema: keep a moving average of the weights (False; see averaging).
    ema_momentum: the share of the average that a step keeps (0.99).
    ema_overwrite_frequency: after how many updates the average takes the weights' place each
        time; None (the default) for at the end only.
    gradient_accumulation_steps: how many calls of step() make one update (see accumulation).
    keras_backend: "tensorflow", "jax" or "torch": whose arithmetic to follow (see conventions).
    """

    clipnorm: float | None
    global_clipnorm: float | None
    clipvalue: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    gradient_accumulation_steps: int | None
    keras_backend: str | None


class Shared(SharedByAdamW, total=False):
    """The same, and what AdamW has a default of its own for.

    weight_decay: the weights shrink by `weight_decay * lr` of themselves before the update. That
        is decoupled in *every* Keras optimizer; torch's Adam and SGD add it to the gradient.
    """

    weight_decay: float | None


def complete(
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    global_clipnorm: float | None = None,
    clipvalue: float | None = None,
    use_ema: bool = False,
    ema_momentum: float = 0.99,
    ema_overwrite_frequency: int | None = None,
    gradient_accumulation_steps: int | None = None,
    keras_backend: str | None = None,
) -> Group:
    """The shared options with Keras's defaults, as a param group holds them."""
    return {
        "weight_decay": weight_decay,
        "clipnorm": clipnorm,
        "global_clipnorm": global_clipnorm,
        "clipvalue": clipvalue,
        "use_ema": use_ema,
        "ema_momentum": ema_momentum,
        "ema_overwrite_frequency": ema_overwrite_frequency,
        "gradient_accumulation_steps": gradient_accumulation_steps,
        "keras_backend": conventions.resolve(keras_backend),
    }


def check(group: Group) -> None:
    """Raises ValueError, naming the option, the value and the remedy."""
    for name in ("lr", "epsilon", "initial_accumulator_value", "weight_decay"):
        value = group.get(name)
        if value is not None and not isinstance(value, Tensor) and not value >= 0:
            raise ValueError(f"{name}={value}: give a number that is not negative")
    for name in ("beta_1", "beta_2", "rho"):
        if name in group and not 0 <= group[name] < 1:
            raise ValueError(f"{name}={group[name]}: give a number in [0, 1), the share kept")
    for name in ("momentum", "ema_momentum"):
        if not 0 <= group.get(name, 0) <= 1:
            raise ValueError(f"{name}={group[name]}: give a number in [0, 1]")
    for name, least in (("gradient_accumulation_steps", 2), ("ema_overwrite_frequency", 1)):
        value = group[name]
        if value is not None and not (isinstance(value, int) and value >= least):
            raise ValueError(f"{name}={value}: give a whole number from {least} on, or None")
    _check_clipping(group)


def _check_clipping(group: Group) -> None:
    given = {
        name: group[name]
        for name in ("clipnorm", "global_clipnorm", "clipvalue")
        if group[name] is not None
    }
    for name, value in given.items():
        if not value > 0:
            raise ValueError(f"{name}={value}: give a positive number, or None not to clip")
    if len(given) > 1:
        listed = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ValueError(f"{listed}: give only one of them, as in Keras")
