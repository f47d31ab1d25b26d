"""How a command ends: its exit status, and one line of whatever went wrong.

A traceback is kept in a file, which the line names, where the error is of a person's own code, of a
framework's or, unforeseen, of ours.
"""

import contextlib
import io
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from parity import language
from parity.errors import ListedError, ParityError, line, printable
from parity.language import gettext as _
from parity.sides import signals

BAD_INPUT, INTERRUPTED = 2, 130
SIGNALLED = 128  # and the signal's number, as shells have it


class EndedError(KeyboardInterrupt):
    """A signal asks the process to end; who minds Ctrl-C minds that, too."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Printed:
    """Standard output; where it cannot be written, whoever prints raises ParityError, once."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an ASCII terminal shows what it can

    def write(self, text: str) -> int:
        with self._minded():
            return int(self._stream.write(text))

    def flush(self) -> None:
        with self._minded():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _minded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # Python would try once more as it ends, complain, and exit with 120.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            raise ParityError(f"standard output: {error.strerror or error}") from error


def run(command: Callable[[], int]) -> int:
    """Run a command; returns its exit status. What goes wrong is a line on standard error."""
    printed: Any = _Printed(sys.stdout or io.StringIO())  # whoever started this may have closed it
    with contextlib.redirect_stdout(printed):
        status, told = _ended(command)
        with contextlib.suppress(ParityError):
            printed.flush()
    if told and sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"parity: {printable(told)}", file=sys.stderr)
    return status


def _ended(command: Callable[[], int]) -> tuple[int, str]:
    """The exit status, and what is to be said; "" of a command that came to its end."""
    try:
        with _signals_raised():
            status = command()
            sys.stdout.flush()
    except EndedError as error:
        ended = _("ended by {signal}").format(signal=signal.Signals(error.number).name)
        return SIGNALLED + error.number, ended
    except KeyboardInterrupt:
        return INTERRUPTED, _("interrupted")
    except ParityError as error:
        return BAD_INPUT, _("error: {what}").format(what=_foreseen(error))
    except BaseException as error:  # also a stray sys.exit, whose status would mean something
        return BAD_INPUT, _("error: {what}").format(what=_fault(error))
    return status, ""


@contextlib.contextmanager
def _signals_raised() -> Iterator[None]:
    """A signal to end raises EndedError, unless it is ignored, as `nohup` has it, or handled."""
    own = signals.TO_END if threading.current_thread() is threading.main_thread() else ()
    default = [asked for asked in own if signal.getsignal(asked) == signal.SIG_DFL]
    for asked in default:
        signal.signal(asked, _end)
    try:
        yield
    finally:
        for asked in default:
            signal.signal(asked, signal.SIG_DFL)


def _end(number: int, frame: object) -> None:
    raise EndedError(number)


def _foreseen(error: ParityError) -> str:
    # Elsewhere than in a list lines are of another's message.
    told = str(error) if isinstance(error, ListedError) else " ".join(str(error).split("\n"))
    lines = ((line, line.lstrip()) for line in told.split("\n"))
    said = "\n".join(line.removesuffix(text) + language.told(text) for line, text in lines)
    return f"{said} ({_kept_at(error.trace)})" if error.trace else said


def _fault(error: BaseException) -> str:
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, OSError) and error.filename:  # of the system, rather than of ours
        return f"{error.filename}: {error.strerror} ({_kept_at(trace)})"
    ours = _("this is a fault of parity, whose traceback is in {file}").format(file=_kept(trace))
    return f"{line(error)}; {ours}"


def _kept_at(trace: str) -> str:
    return _("traceback: {file}").format(file=_kept(trace))


def _kept(trace: str) -> str:
    """The file that a traceback is written to."""
    try:
        descriptor, path = tempfile.mkstemp(".txt", "parity-traceback-")
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(trace)
    except OSError as error:
        return f"no file: {error}"
    return path
