"""What of this machine the process may use, and has used. What one system alone tells stands here.

Beside it stands what psutil and the standard library tell on Linux, macOS and Windows alike.
"""

import contextlib
import platform
import sys
from pathlib import Path

import psutil

# proc(5), of Linux alone.
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PROCESSORS = Path("/proc/cpuinfo")


def cores() -> int:
    """Those that this process may run on; where a system does not say (macOS), all."""
    process = psutil.Process()
    own = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count()
    return own or 1


def available_memory() -> int:
    """Bytes that can be had without swapping."""
    return int(psutil.virtual_memory().available)


def processor() -> str:
    """Its model as Linux names it; elsewhere its family or architecture."""
    named = (line.partition(":")[2].strip() for line in _lines(PROCESSORS, "model name"))
    return next(named, "") or platform.processor() or platform.machine()


def reset_host_peak() -> None:
    """From now on the peak is counted anew: on Linux. Elsewhere no process can say so."""
    with contextlib.suppress(OSError):
        CLEAR.write_text("5", encoding="ascii")  # resets the peak resident set


def host_peak() -> int:
    """The largest resident set, in bytes: since the reset, or else since the process began."""
    if counted := _lines(STATUS, "VmHWM:"):
        return int(counted[0].split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        memory = psutil.Process().memory_info()
        return int(getattr(memory, "peak_wset", memory.rss))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def page_faults() -> int:
    """How often the system has given this process a page of memory, until now; 0 where no one
    counts."""
    try:
        import resource
    except ImportError:  # Windows
        return int(getattr(psutil.Process().memory_info(), "num_page_faults", 0))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _lines(path: Path, beginning: str) -> list[str]:
    """Those of a file of the system that begin so; none where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.startswith(beginning)]
