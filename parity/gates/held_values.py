"""Keras's values along a walk: each is asked once, and held as long as a segment will take it."""

from parity.records.comparison import Array, Dtype

Values = list[dict[Dtype, Array]]


class HeldValues:
    def __init__(self, inputs: list[list[str]], results: list[str]) -> None:
        """inputs: by segment, the names of what it takes; results: of what it gives."""
        self._inputs, self._results = inputs, results
        each = enumerate(zip(inputs, results, strict=True))
        self._last = {name: n for n, (names, result) in each for name in (*names, result)}
        self._values: dict[str, dict[Dtype, Array]] = {}
        known: set[str] = set()
        self._lacking: list[list[str]] = []
        for names, result in zip(inputs, results, strict=True):
            new = [name for name in (*names, result) if name not in known]
            self._lacking.append(new)
            known.update(new)

    @property
    def asked(self) -> list[str]:
        """Every value, in the order in which it is asked."""
        return [name for names in self._lacking for name in names]

    def lacking(self, number: int) -> list[str]:
        """What a segment takes and gives that was not asked before."""
        return self._lacking[number]

    def values(
        self, number: int, new: Values
    ) -> tuple[dict[str, dict[Dtype, Array]], dict[Dtype, Array]]:
        """What a segment takes, by name, and what it gives. new: what it lacked."""
        self._values |= zip(self._lacking[number], new, strict=True)
        given = {name: self._values[name] for name in self._inputs[number]}
        output = self._values[self._results[number]]
        self._values = {n: x for n, x in self._values.items() if self._last[n] > number}
        return given, output
