"""The exercises as they are written: edits that fit the real ports, and names that exist."""

import ast
import re

import pytest

from parity.course import exercises
from parity.course.exercises import EXERCISES, Exercise
from parity.course.exercises.exercise import diff, faulty, keras_model, solution
from parity.course.twins import source
from parity.diagnose.causes import CAUSES
from parity.errors import ParityError
from parity.gates import GATES
from parity.pairs import PAIRS

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@pytest.mark.parametrize("pair", sorted({exercise.pair for exercise in EXERCISES}))
def test_a_pair_has_three_to_five_numbered_from_one(pair: str) -> None:
    numbers = [exercise.number for exercise in exercises.of(pair)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 3 <= len(numbers) <= 5


@each
def test_every_edit_fits_the_real_port_at_one_place_alone(exercise: Exercise) -> None:
    text = solution(exercise)
    for edit in exercise.edits:
        assert text.count(edit.right) == 1, edit.right
        text = text.replace(edit.right, edit.wrong)
    assert text == faulty(exercise)
    for edit in reversed(exercise.edits):
        if edit.wrong:
            assert text.count(edit.wrong) == 1, "a reader could not tell which one to mend"


@each
def test_the_solution_is_the_real_port_but_for_what_it_says(exercise: Exercise) -> None:
    (pair,) = (pair for pair in PAIRS if pair.name == exercise.pair)
    for text, module in ((solution(exercise), pair.torch), (keras_model(exercise), pair.keras)):
        real = source(module)
        assert code(text) == code(real)
        assert set(text.splitlines()) <= set(real.splitlines()), "lines are left out, none altered"


def code(text: str) -> str:
    """A file's syntax tree without its docstring; comments are not in it."""
    tree = ast.parse(text)
    return ast.dump(ast.Module(tree.body[1:], []))


@each
def test_the_faulty_file_gives_nothing_away(exercise: Exercise) -> None:
    text = faulty(exercise)
    compile(text, "port.py", "exec")
    assert "DIFFERS" not in text
    assert "to notice" not in text
    assert all(edit.wrong.count("#") <= edit.right.count("#") for edit in exercise.edits)


@each
def test_gate_layer_cause_and_entry_are_names_that_exist(exercise: Exercise) -> None:
    assert exercise.gate in GATES
    layers = re.findall(r'name="(\w+)"', keras_model(exercise))
    assert exercise.layer in ("", *layers)
    assert exercise.cause in ("", *CAUSES)
    if exercise.cause:
        assert exercise.entry == CAUSES[exercise.cause].entry
    else:
        assert exercise.entry in {"", *(cause.entry for cause in CAUSES.values())}


@each
def test_task_and_hint_do_not_name_the_cause(exercise: Exercise) -> None:
    for text in (exercise.title, exercise.task, exercise.hint):
        assert exercise.cause not in text or not exercise.cause
        assert not any(edit.wrong.strip() in text for edit in exercise.edits if edit.wrong)


@each
def test_the_diff_takes_out_the_mistake_alone(exercise: Exercise) -> None:
    lines = diff(exercise).splitlines()[2:]
    taken = [line for line in lines if line.startswith("-")]
    given = [line for line in lines if line.startswith("+")]
    assert taken or given
    assert len(taken) + len(given) <= 16


def test_no_pair_of_that_name_and_no_exercise_of_that_number_are_errors() -> None:
    with pytest.raises(ParityError, match="no pair is called 'mlpp'"):
        exercises.of("mlpp")
    with pytest.raises(ParityError, match="mlp has no exercise 9; it has 1 to 5"):
        exercises.find("mlp", 9)
