"""How much memory this process has used at most. Linux; elsewhere since the process began."""

import contextlib
import resource
import sys
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def reset_host_peak() -> None:
    """From now on the peak is counted anew, where the system lets a process say so."""
    with contextlib.suppress(OSError):
        CLEAR.write_text("5")  # proc(5): resets the peak resident set


def host_peak() -> int:
    """The largest resident set, in bytes."""
    with contextlib.suppress(OSError):
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
