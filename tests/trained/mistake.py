"""A mistake of training that is planted in a port: a small change, and what must be said of it."""

from typing import Any


class Mistake:
    """says: what was done; gate: the first that must ring; cause: what must be named first.

    changes: what stands in the place of the port's own Net, loss, optimizer, scheduler or step.
    """

    def __init__(self, says: str, gate: str, cause: str, **changes: Any) -> None:
        self.says = says
        self.gate = gate
        self.cause = cause
        self.changes = changes

    def __repr__(self) -> str:
        return self.says
