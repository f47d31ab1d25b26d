"""The signals by which a system asks a process to end, as far as it has them.

Ctrl-C; `kill`, or a time limit; a terminal that is closed, which Windows does not tell.
"""

import signal

TO_END = tuple(x for x in signal.Signals if x.name in ("SIGINT", "SIGTERM", "SIGHUP"))
