"""What others' code raises, in a line; nothing of it crosses from process to process."""

import pytest

from parity.errors import ModelError, line
from parity.sides.process import guard

TRACED = "in user code:\n\n    File net.py, line 7\n\n    ValueError: 4 and 3 differ\n"
OF_KERAS = (
    "Exception encountered when calling Own.call().\n\n"
    "\x1b[1m{{function_node of:Conv}} No dilation here.\x1b[0m\n\nArguments received by Own.call():"
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError("first\nsecond"), "ValueError: first"),
        (ValueError(TRACED), "ValueError: 4 and 3 differ"),
        (RuntimeError("loading:\n  no key a"), "RuntimeError: no key a"),
        (RuntimeError("ends in a colon:"), "RuntimeError: ends in a colon:"),
        (ValueError(), "ValueError"),
        (
            ValueError(OF_KERAS),
            "ValueError: Exception encountered when calling Own.call(): No dilation here.",
        ),
    ],
)
def test_an_error_is_a_line_that_says_what_went_wrong(error: Exception, said: str) -> None:
    assert line(error) == said


def of_ours() -> None:
    try:
        raise KeyError("theirs")
    except KeyError as error:
        raise ModelError("ours") from error


def of_theirs() -> None:
    raise KeyError("theirs")


@pytest.mark.parametrize("function", [of_ours, of_theirs])
def test_what_stands_behind_an_error_stays_in_its_process(function: object) -> None:
    with pytest.raises(ModelError) as raised:
        guard(function, (), {}, "torch")  # type: ignore[arg-type]
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
