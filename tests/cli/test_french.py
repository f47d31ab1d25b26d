"""Commands with --lang fr: help, refusals and what the terminal says, before anything is run."""

import re

import pytest

from parity.cli import main
from parity.language import spoken
from tests.course.lesson.reading import ENGLISH

OPTION = re.compile(r"[\w-]+-[\w-]+")  # and other names
SPEAKING = ("check", "lesson", "differences", "exercise")


def said(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main.main(argv)
    printed = capsys.readouterr()
    assert spoken() == "en", "it is over with the command"
    return status, (printed.out + printed.err).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def english(text: str) -> list[str]:
    plain = OPTION.sub("", text)
    return [line for line in plain.splitlines() if len(ENGLISH.findall(line)) > 1]


@pytest.mark.parametrize("command", SPEAKING)
def test_help_is_in_the_language_that_is_asked_for_wherever_it_stands(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert english(said([command, "--help"], capsys)[1])
    for argv in ([command, "--lang", "fr", "--help"], [command, "--help", "--lang=fr"]):
        status, text = said(argv, capsys)
        assert (status, english(text)) == (0, [])
        assert text.startswith("utilisation : parity")


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["check", "mpl"], "erreur : aucune paire ne s'appelle 'mpl' (vouliez-vous dire 'mlp' ?)"),
        (["check", "--keras", "a:b"], "donnez --keras et --torch tous les deux, et aucune paire"),
        (["check", "--dtype", "f"], "argument --dtype : choix impossible : 'f' (possibles : "),
        (["check", "--steps", "0"], "argument --steps : '0' n'est pas un entier à partir de 1"),
        (["check", "-v", "-q"], "ne va pas avec"),
        (["check", "mlp", "--seed"], "argument --seed : il lui faut une valeur"),
        (["lesson", "mlp", "--out", "README.md"], "README.md n'est pas un dossier ; choisissez"),
        (["exercise", "mlp", "99"], "mlp n'a pas d'exercice 99 ; il en a de 1 à"),
        (["exercise", "mlp", "1", "--predict", "data", "fc9"], "pas de couche 'fc9'"),
        (["differences", "adam-epsilom"], "(vouliez-vous dire 'adam-epsilon' ?)"),
    ],
)
def test_a_refusal_is_in_french(
    argv: list[str], wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said([*argv, "--lang", "fr"], capsys)
    assert status == 2
    assert wanted in text
    assert english(text) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["exercise"],
        ["exercise", "mlp", "1", "--hint"],
        ["exercise", "mlp", "1", "--solution"],
        ["exercise", "mlp", "1", "--predict", "forward", "fc1"],
        ["differences", "--list"],
    ],
)
def test_what_a_student_reads_is_in_french(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert english(said(argv, capsys)[1])
    assert english(said([*argv, "--lang", "fr"], capsys)[1]) == []


def test_an_unknown_language_is_refused_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(["check", "--lang", "french", "mlp"], capsys)
    assert status == 2
    assert "invalid choice: 'french'" in text
