"""What a layer of a person's own does with one learned weight, by what it says of it: x is the
value, w the weight. On arrays and on tensors alike."""

import math
from collections.abc import Callable
from typing import Any

WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "x * w": lambda x, w: x * w,
    "x + w": lambda x, w: x + w,
    "x / w": lambda x, w: x / w,
    "x - w": lambda x, w: x - w,
    "x * exp(w)": lambda x, w: x * math.e**w,
    "x / exp(w)": lambda x, w: x / math.e**w,
    "x * (1 + w)": lambda x, w: x * (1 + w),
}
