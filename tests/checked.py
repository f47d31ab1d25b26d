"""Small live pairs by name, each made of the same seeds, and checked in one process."""

from collections.abc import Callable
from typing import Any

import keras
import torch

import parity
from parity.checking.report import Report


class Cases(dict[str, Callable[[], Any]]):
    """Functions that make both models, and what else `parity.check` is given."""

    def add(self, make: Callable[[], Any]) -> Callable[[], Any]:
        self[make.__name__] = make
        return make

    def checked(self) -> dict[str, Report]:
        found = {}
        for name, make in self.items():
            keras.utils.set_random_seed(1)
            torch.manual_seed(1)
            found[name] = parity.check(*make())
        return found


def causes(report: Report) -> list[str]:
    return [cause.cause for finding in report.diagnosis for cause in finding.causes]
