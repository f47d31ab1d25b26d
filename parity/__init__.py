"""Know, not hope, that a PyTorch translation is the Keras model it came from.

import parity

report = parity.check(keras_model, torch_module)
assert report, report
"""

from parity.api import Report, check, check_pair
from parity.mapping.rules.registry import Context, Place, Places, rule

__all__ = ["Context", "Place", "Places", "Report", "check", "check_pair", "rule"]
