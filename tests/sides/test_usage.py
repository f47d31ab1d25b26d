"""What a process may use of this machine, and what it has used."""

import subprocess
import sys

import pytest

from parity.sides import usage
from parity.sides.usage import Busy

SPIN = "import time\nwhile time.process_time() < 0.3: pass"


def test_what_neither_this_process_nor_its_own_did_was_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usage, "busy", lambda: Busy(clock=20.0, processors=118.0, own=6.0))
    assert usage.others(Busy(clock=10.0, processors=100.0, own=0.0)) == pytest.approx(1.2)


def test_a_process_that_this_one_began_is_no_other() -> None:
    before = usage.busy()
    subprocess.run([sys.executable, "-c", SPIN], check=True)
    assert usage.busy().own - before.own >= 0.25
