"""What records say, by its form: places, numbers, sentences in a row."""

import pytest

from parity.errors import ParityError
from parity.language import digits, gettext, languages, speaking, spoken, told
from parity.language.sentences import Sentences

KNOWN = {
    "epsilon is {n0}, Keras's {n1}": "epsilon vaut {n0}, celui de Keras {n1}",
    "{0} is not {1}": "{1} n'est pas {0}",
    "the loss": "la perte",
    ", ": " ; ",
    "; ": " ; ",
}


def said(text: str) -> str:
    return Sentences(KNOWN).told(text, lambda number: number.replace(".", ","))


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("epsilon is 1.5e-05, Keras's 0.001", "epsilon vaut 1,5e-05, celui de Keras 0,001"),
        ("epsilon is small, Keras's 0.001", "epsilon is small, Keras's 0.001"),
        ("the loss is not 2.5%", "2,5% n'est pas la perte"),
        ("the loss; the loss is not x", "la perte ; x n'est pas la perte"),
        ("1.5, 2.5", "1,5 ; 2,5"),
        ("nn.Dropout(0.5)", "nn.Dropout(0.5)"),
    ],
)
def test_a_sentence_is_told_as_far_as_its_form_is_known(text: str, is_said: str) -> None:
    assert said(text) == is_said


def test_a_language_is_spoken_within_and_not_after() -> None:
    with speaking("fr"):
        assert (spoken(), gettext("The gates"), told("differ")) == (
            "fr",
            "Les contrôles",
            "diffère",
        )
        assert digits("1,234.5") == "1\N{NARROW NO-BREAK SPACE}234,5"
    assert (spoken(), gettext("The gates"), told("differ")) == ("en", "The gates", "differ")


def test_a_language_that_there_is_not_is_one_clear_error() -> None:
    assert languages()[0] == "en"
    with (
        pytest.raises(
            ParityError, match=r"no language 'fra' \(did you mean 'fr'\?\); there are en"
        ),
        speaking("fra"),
    ):
        pass


@pytest.mark.parametrize(
    ("code", "is_said"),
    [
        ("nn.Linear(3, 1.5), of logits", "nn.Linear(3, 1.5), de logits"),
        ("x = 1.5; y is not x", "x = 1.5; y is not x"),
        ("the loss", "la perte"),
    ],
)
def test_of_code_the_words_alone_are_told(code: str, is_said: str) -> None:
    known = KNOWN | {"nn.Linear({0}), of logits": "nn.Linear({0}), de logits"}
    assert Sentences(known).told_whole(code) == is_said
