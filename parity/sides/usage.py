"""What of this machine the process may use, and has used. What one system alone tells stands here.

Beside it stands what psutil and the standard library tell on Linux, macOS and Windows alike.
"""

import contextlib
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# proc(5), of Linux alone.
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PROCESSORS = Path("/proc/cpuinfo")


def cores() -> int:
    """Those that this process may run on; where a system does not say (macOS), all."""
    process = psutil.Process()
    own = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count()
    return own or 1


@dataclass(frozen=True)
class Busy:
    """Seconds until now: on a clock, of the processors that this process may run on, and of those
    for itself and the processes that it began."""

    clock: float
    processors: float
    own: float


def busy() -> Busy:
    """How long the processors have worked. Those that a virtual machine was not given count."""
    every, process = psutil.cpu_times(percpu=True), psutil.Process()
    places = process.cpu_affinity() if hasattr(process, "cpu_affinity") else range(len(every))
    worked = sum(_worked(every[place]) for place in places if place < len(every))
    return Busy(time.monotonic(), worked, sum(_of(one) for one in _family(process)))


def others(before: Busy) -> float:
    """How many processors other programs have kept busy since then, on average."""
    now = busy()
    worked = now.processors - before.processors - (now.own - before.own)
    passed = now.clock - before.clock
    return max(0.0, worked / passed) if passed else 0.0


def _worked(times: Any) -> float:
    """Seconds of a processor, whatever a system counts of them: a guest's are the user's, too."""
    idle = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(times) - sum(getattr(times, name, 0.0) for name in idle))


def _family(process: psutil.Process) -> Iterator[psutil.Process]:
    yield process
    with contextlib.suppress(psutil.Error):
        yield from process.children(recursive=True)


def _of(process: psutil.Process) -> float:
    """Seconds of a process, and of those that it began and that have ended; none once it has."""
    try:
        return float(sum(process.cpu_times()[:4]))  # user, system, and the same of its children
    except psutil.Error:
        return 0.0


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
