"""Know, not hope, that a PyTorch translation is the Keras model it came from.

import parity

report = parity.check(keras_model, torch_module)
assert report, report

Nothing is loaded before it is used: `import parity.semantics` takes torch alone.
"""

import importlib
import sys
from typing import TYPE_CHECKING

__all__ = [
    "COPY",
    "Change",
    "Context",
    "Finding",
    "GateResult",
    "LayerCheck",
    "Ledger",
    "Move",
    "ParityError",
    "Place",
    "Places",
    "Report",
    "Taken",
    "Training",
    "__version__",
    "check",
    "check_pair",
    "check_reference",
    "moves",
    "patched",
    "record",
    "rule",
    "transfer",
]

if TYPE_CHECKING:
    from parity.api import Report, check, check_pair, check_reference, record, transfer
    from parity.errors import ParityError
    from parity.mapping.layout_moves import COPY
    from parity.mapping.rules import moves
    from parity.mapping.rules.registry import Context, Place, Places, rule
    from parity.records.comparison import Finding, GateResult, LayerCheck, Ledger, Move
    from parity.records.interventions import Change, Taken
    from parity.records.own_training import Training
    from parity.records.version import __version__
    from parity.sides.patched import patched
else:
    _HOMES = {
        "COPY": "parity.mapping.layout_moves",
        "Change": "parity.records.interventions",
        "Context": "parity.mapping.rules.registry",
        "Finding": "parity.records.comparison",
        "GateResult": "parity.records.comparison",
        "LayerCheck": "parity.records.comparison",
        "Ledger": "parity.records.comparison",
        "Move": "parity.records.comparison",
        "ParityError": "parity.errors",
        "Place": "parity.mapping.rules.registry",
        "Places": "parity.mapping.rules.registry",
        "Report": "parity.api",
        "Taken": "parity.records.interventions",
        "Training": "parity.records.own_training",
        "check": "parity.api",
        "check_pair": "parity.api",
        "check_reference": "parity.api",
        "moves": "parity.mapping.rules",
        "patched": "parity.sides.patched",
        "record": "parity.api",
        "rule": "parity.mapping.rules.registry",
        "__version__": "parity.records.version",
        "transfer": "parity.api",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'parity' has no attribute {name!r}")
        found = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
        return found


if "ipykernel" in sys.modules:  # a notebook, whose cells show what a framework tells of its start
    from parity.sides import quiet

    quiet.at_import("tensorflow")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
