"""Keras's ReduceLROnPlateau, as a scheduler of torch: `scheduler.step(loss)` once an epoch."""

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau as TorchReduceLROnPlateau

from parity.semantics import conventions


class ReduceLROnPlateau(TorchReduceLROnPlateau):
    """The rate times factor at the patience-th epoch without progress (keras ReduceLROnPlateau).

    torch's waits for one epoch more, takes min_delta for a share, counts no epoch of the cooldown,
    the last of which Keras counts, and leaves out changes below 1e-8. Keras compares losses in
    float32 on tensorflow, and holds the rate in the model's dtype: here, the first parameter's.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "min",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        keras_backend: str | None = None,
    ) -> None:
        """mode: "min" for a loss, "max" for an accuracy.

        Raises ValueError for another mode and for a factor of 1 or more.
        """
        if mode not in ("min", "max"):
            raise ValueError(f"mode={mode!r}: choose min, for a loss, or max, for an accuracy")
        self.keras_backend = conventions.resolve(keras_backend)
        super().__init__(
            optimizer,
            mode,  # type: ignore[arg-type]
            factor=factor,
            patience=patience,
            threshold=abs(min_delta),
            threshold_mode="abs",
            cooldown=cooldown,
            min_lr=min_lr,
            eps=0.0,
        )

    def step(self, metrics: float | Tensor, epoch: None = None) -> None:  # type: ignore[override]
        """metrics: the loss or the accuracy of the epoch that has ended."""
        current = float(metrics)
        self.last_epoch += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.last_epoch == 1 or self._is_progress(current):
            self.best = current
            self.num_bad_epochs = 0
        elif not self.in_cooldown:
            self.num_bad_epochs += 1
            if self.num_bad_epochs >= self.patience and self._reduced():
                self.cooldown_counter = self.cooldown
                self.num_bad_epochs = 0
        self._last_lr = [float(group["lr"]) for group in self.optimizer.param_groups]

    def _is_progress(self, current: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        dtype = torch.float32 if self.keras_backend == "tensorflow" else torch.float64
        reached = torch.tensor(current + sign * self.threshold, dtype=dtype)
        best = torch.tensor(self.best, dtype=dtype)
        return bool(sign * reached < sign * best)

    def _reduced(self) -> bool:
        """Whether any group's rate was above its bound."""
        is_any = False
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            like = group["params"][0]
            old = float(conventions.held(group["lr"], like))
            if torch.tensor(old, dtype=torch.float32) > torch.tensor(least, dtype=torch.float32):
                new = float(conventions.held(max(old * self.factor, least), like))
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(new)
                else:
                    group["lr"] = new
                is_any = True
        return is_any
