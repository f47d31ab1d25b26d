"""Takes away from our code what Linux alone has: modules, functions, signals, /proc.

Python runs this file as it starts, where this folder is on PYTHONPATH: in workers too. Libraries
know each system by themselves, and go by its name; they keep what they have on this one.
"""

import builtins
import os
import signal
import sys
from types import ModuleType
from typing import Any

OURS = ("parity", "keras_reference", "torch_port", "__main__", "__mp_main__", "lacks")
MODULES = ("fcntl", "grp", "pwd", "resource", "termios")
FUNCTIONS = (
    *("fork", "forkpty", "getpgid", "getuid", "killpg", "nice", "register_at_fork", "setsid"),
    *("getloadavg", "mkfifo", "sched_getaffinity", "sched_setaffinity", "sysconf", "uname"),
    "O_DIRECTORY",
)
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1")


def asked_by_us() -> bool:
    """Did our code call what called this, by itself or through pathlib?"""
    frame: Any = sys._getframe()
    while frame is not None and package(frame) in ("sitecustomize", "pathlib"):
        frame = frame.f_back
    return frame is not None and package(frame) in OURS


def package(frame: Any) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def take_away(module: ModuleType, names: tuple[str, ...]) -> None:
    kept = {name: vars(module).pop(name) for name in names}

    def missing(name: str) -> Any:
        if name in kept and not asked_by_us():
            return kept[name]
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    vars(module)["__getattr__"] = missing  # asked for what a module has not (PEP 562)


def import_but(name: str, *args: Any, _import: Any = builtins.__import__, **named: Any) -> Any:
    if name in MODULES and asked_by_us():
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return _import(name, *args, **named)


def refuse(event: str, values: tuple[Any, ...]) -> None:
    """There is no /proc, and a folder cannot be opened."""
    if event != "open" or not isinstance(values[0], str) or not asked_by_us():
        return
    path = values[0]
    if path.startswith("/proc"):
        raise FileNotFoundError(2, "No such file or directory", path)
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)


take_away(os, FUNCTIONS)
take_away(signal, SIGNALS)
vars(builtins)["__import__"] = import_but
sys.addaudithook(refuse)
