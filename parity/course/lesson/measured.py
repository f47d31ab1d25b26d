"""Check a pair while its page is built."""

from typing import Any

from parity.checking import models, run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.course.lesson.records import Checked
from parity.records.pair import Pair
from parity.sides.process import Sides


def measure(
    pair: Pair, sides: Sides, shown: Probe, provenance: dict[str, Any], choice: Options
) -> Checked:
    """Run the chosen gates on the pair."""
    plan = models.draw_up(pair, sides, choice, shown)
    report, _ = run.gates(plan, sides, choice, shown, provenance)
    return Checked(plan, report, sides.keras.backend)
