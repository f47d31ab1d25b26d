"""`parity exercise`: lists, writes, refuses, hints, solves; and the test that it writes."""

from pathlib import Path

import pytest

from parity.cli import main
from parity.course import exercises
from parity.course.exercises import EXERCISES
from parity.course.exercises.exercise import diff, faulty, solution
from parity.course.exercises.folder import write

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("wide_terminal")


def test_all_exercises_are_listed_and_those_of_one_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["exercise"]) == 0
    shown = capsys.readouterr().out
    assert all(exercise.title in shown for exercise in EXERCISES)
    assert main.main(["exercise", "cnn"]) == 0
    shown = capsys.readouterr().out
    assert all((exercise.title in shown) == (exercise.pair == "cnn") for exercise in EXERCISES)


def test_an_exercise_is_written_with_its_task_its_port_and_its_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["exercise", "mlp", "1", "--out", str(tmp_path)]) == 0
    folder, exercise = tmp_path / "mlp_1", exercises.find("mlp", 1)
    names = {path.name for path in folder.iterdir()}
    assert names == {"README.md", "keras_model.py", "port.py", "test_mlp_1.py"}
    assert (folder / "port.py").read_text(encoding="utf-8") == faulty(exercise)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert " ".join(exercise.task.split()) in " ".join(readme.split())
    assert exercise.hint not in readme
    assert "double" not in readme
    assert f"wrote {folder}" in capsys.readouterr().out


def test_a_folder_can_be_written_anew_in_another_language(tmp_path: Path) -> None:
    arguments = ["exercise", "mlp", "2", "--out", str(tmp_path)]
    readme = tmp_path / "mlp_2" / "README.md"
    assert main.main([*arguments, "--lang", "fr"]) == main.main(arguments) == 0
    assert readme.read_text(encoding="utf-8").startswith("# Exercise 2")
    assert main.main([*arguments, "--lang", "fr"]) == 0
    assert readme.read_text(encoding="utf-8").startswith("# Exercice 2")


def test_an_edited_folder_is_not_overwritten_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["exercise", "mlp", "2", "--out", str(tmp_path)]
    assert main.main(arguments) == main.main(arguments) == 0, (
        "what nobody edited can be written anew"
    )
    port = tmp_path / "mlp_2" / "port.py"
    port.write_text("mine", encoding="utf-8")
    assert main.main(arguments) == 2
    error = capsys.readouterr().err
    assert "mlp_2 was edited (port.py); --force overwrites it" in error
    assert port.read_text(encoding="utf-8") == "mine"
    assert main.main([*arguments, "--force"]) == 0
    assert port.read_text(encoding="utf-8") == faulty(exercises.find("mlp", 2))


def test_a_hint_shows_no_solution_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["exercise", "cnn", "2", "--hint"]) == 0
    assert capsys.readouterr().out.strip() == exercises.find("cnn", 2).hint.replace("`", "")
    assert not list(tmp_path.iterdir())


def test_a_solution_shows_the_diff_gate_layer_cause_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["exercise", "cnn", "2", "--solution"]) == 0
    shown = capsys.readouterr().out
    exercise = exercises.find("cnn", 2)
    for line in diff(exercise).splitlines():
        assert line.rstrip() in shown
    for words in (exercise.gate, exercise.layer, exercise.cause, exercise.entry):
        assert words in shown
    assert exercise.explanation[:40] in shown


@pytest.mark.parametrize(
    ("gate", "layer", "status", "said"),
    [
        ("forward", "out", 0, ("The gate is right.", "The layer is right.")),
        ("structure", "out", 1, ("It finds nothing wrong with this port.", "The layer is right.")),
        ("lockstep", "pool1", 1, ("another rings before it", "pool1 agrees, or only hands on")),
        ("forward", "none", 1, ("The gate is right.", "There is one layer at which it begins.")),
    ],
)
def test_a_prediction_is_answered_choice_by_choice(
    gate: str, layer: str, status: int, said: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["exercise", "cnn", "2", "--predict", gate, layer]) == status
    lines = capsys.readouterr().out.splitlines()
    assert all(words in line for words, line in zip(said, lines, strict=True))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cnn", "2", "--predict", "foward", "out"], "no gate 'foward' (did you mean 'forward'?)"),
        (["cnn", "2", "--predict", "forward", "conv9"], "no layer 'conv9'"),
        (["mlpp", "1"], "no pair is called 'mlpp'"),
        (["mlp", "9"], "mlp has no exercise 9; it has 1 to 5"),
        (["mlp", "--hint"], "of which exercise?"),
    ],
)
def test_what_there_is_not_is_one_clear_error(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["exercise", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_written_test_fails_without_the_cause_and_passes_when_mended(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    write(exercises.find("simple_ae", 1), pytester.path)
    mended = exercises.find("simple_ae", 5)
    (write(mended, pytester.path) / "port.py").write_text(solution(mended), encoding="utf-8")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["differ: first at encoder (port.py:*)", "*forward float64 *differ*"]
    )
    result.stdout.no_fnmatch_line("*activation-missing*")
    result.stdout.no_fnmatch_line("*Traceback*")
