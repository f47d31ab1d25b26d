"""Help, lists and completion: read at any width, and true of the parser."""

import argparse
import shutil
import subprocess

import pytest

from parity.cli import main

NAMES = list(main.COMMANDS)


def helped(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    return verb(name).format_help()


def verb(name: str) -> argparse.ArgumentParser:
    (commands,) = main.parser([name])._subparsers._group_actions  # type: ignore[union-attr]
    assert isinstance(commands.choices, dict)
    found: argparse.ArgumentParser = commands.choices[name]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_eighty_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = helped(name, 80, monkeypatch).splitlines()
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_forty_columns_but_for_long_options_and_paths(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = helped(name, 40, monkeypatch).splitlines()
    long = [line for line in lines if len(line) > 40 and not line.strip(" [").startswith("-")]
    assert [line for line in long if " " in line.strip()] == []


def test_where_one_example_is_broken_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "  parity check cnn                   is the port" in helped("check", 120, monkeypatch)
    narrow = helped("check", 80, monkeypatch)
    assert "  parity check cnn\n      is the port" in narrow
    assert "  parity show conv_ae\n      the two files" in narrow


def test_a_list_keeps_its_columns_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["differences", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if line[:1].strip()]
    assert len(max(names, key=len)) >= 28, "as wide as the column was"
    assert all(line[len(line.split()[0])] == " " for line in lines)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["chekc"], "no command 'chekc' (did you mean 'check'?); there are list, check"),
        (["check", "conv_transpose"], "'conv_transpose' (did you mean 'conv_transpose_ae'?); the"),
        (["show", "mpl"], "no pair is called 'mpl' (did you mean 'mlp'?)"),
        (["differences", "adam-epsilom"], "'adam-epsilom' (did you mean 'adam-epsilon'?)"),
        (["check", "-v", "-q"], "not allowed with argument"),
    ],
)
def test_a_wrong_name_tells_what_may_have_been_meant(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(argv) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_choices_and_pairs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    ask = 'COMP_WORDS=(parity "$@"); COMP_CWORD=$#; _shtab_parity parity "${@: -1}"; echo '
    ask += '"${COMPREPLY[*]}"'
    for line, answer in {
        "chec": "check",
        "check conv_t": "conv_transpose_ae",
        "check --junit READ": "README.md",
        "check --format mark": "markdown",
        "transfer ml": "mlp",
        "results sh": "show",
    }.items():
        shell = subprocess.run(
            ["bash", "-c", f"complete() {{ :; }}\n{script}\n{ask}", "bash", *line.split()],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert shell.stdout.split() == [answer], line


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_other_shells_have_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["completion", shell]) == 0
    assert "conv_transpose_ae" in capsys.readouterr().out
