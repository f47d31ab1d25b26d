"""Everything that a model returned when it was run whole, one record a value."""

from dataclasses import dataclass

from parity.records.comparison import Array


@dataclass(frozen=True)
class Returned:
    """One value in what a model returns.

    path    where it stands: "" for all there is, "[0]", "['mask']", ".logits"
    key     what it is called there, or by the model: "mask"; "" where it has a place alone
    kind    "tensor", or what it is instead: "NumPy array", "None", "float", ...
    value   None where it holds no numbers
    """

    path: str
    key: str
    kind: str
    value: Array | None


@dataclass(frozen=True)
class Answer:
    """What a model returned in one run, in order; `error` where it broke off.

    container   "tuple", "dict", "ModelOutput", ...; "" for a single value
    note        how it was run, where it could not be run plainly
    """

    parts: tuple[Returned, ...] = ()
    container: str = ""
    error: str = ""
    note: str = ""
