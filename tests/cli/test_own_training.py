"""A person's own pair is trained from the command line: --training FILE.py, --data FILE.npz."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity.cli import main
from parity.records.comparison import Array
from tests.cli.refusing import Refusal, refusal

__all__ = ["refusal"]

Run = Callable[..., str]
MODELS = "tests/trained/{}_models/{}.py:{}"
HOUSES = "two_inputs"
OWN = ("--keras", "tests.own.keras_net:build", "--torch", "tests.own.torch_net:Net")
ALIKE: dict[str, Array] = {"x": np.ones((9, 4)), "y": np.ones((9, 2))}


def pair(name: str) -> tuple[str, ...]:
    keras, torch = MODELS.format("keras", name, "build"), MODELS.format("torch", name, "Net")
    return "--keras", keras, "--torch", torch


def says(name: str) -> str:
    """The port's file, which has its loss and its optimizer beside the module."""
    return MODELS.format("torch", name, "").rstrip(":")


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    figures, category = draw.normal(size=(44, 5)), np.eye(3)[draw.integers(3, size=44)]
    file = tmp_path / "houses.npz"
    price, weights = figures[:, :1] - category[:, :1], draw.uniform(0.2, 3, 44)
    np.savez(file, figures=figures, x_category=category, y=price, sample_weight=weights)
    return file


@pytest.fixture
def run(lent: None, wide_terminal: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on a pair: what it printed, if it ended with this status."""

    def command(verb: str, name: str, *options: object, status: int = 0) -> str:
        found = main.main([verb, *pair(name), *map(str, options)])
        printed = capsys.readouterr()
        assert found == status, printed
        return printed.out + printed.err

    return command


def test_both_are_trained_whole_and_compared(run: Run, houses: Path, tmp_path: Path) -> None:
    out, file = tmp_path / "results", tmp_path / "measuring.py"
    file.write_text(
        "from tests.trained.torch_models.two_inputs import loss, optimizer\n"
        "torch_metrics = {'mae': lambda output, target: (output - target).abs().mean()}\n"
        "keras_metrics = ['mae']\n",
        encoding="utf-8",
    )
    options = "--epochs", 2, "--rounds", 0, "--out", out
    printed = run("compare", HOUSES, "--training", file, "--data", houses, *options)
    assert "35 train and 9 test samples (the last fifth is kept to test on)" in printed
    assert (out / "pictures" / "two_inputs-predictions.png").stat().st_size
    page = (out / "README.md").read_text(encoding="utf-8")
    assert "train loss" in page
    (measured,) = json.loads((out / "tables" / "metrics.json").read_text(encoding="utf-8"))
    assert measured["metric"] == "mae"
    assert measured["torch"] == pytest.approx(measured["keras"], rel=1e-5)
    assert "test accuracy" not in page, "there is no telling what is right of a price"
    ends = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((out / "runs").glob("*.json"))
    ]
    keras, torch = ([epoch["test_loss"] for epoch in one["history"]] for one in ends)
    assert len(keras) == 3
    assert keras[0] > keras[2], "it learns"
    np.testing.assert_allclose(keras, torch, rtol=1e-5)


def test_drift_is_followed(run: Run, houses: Path, tmp_path: Path) -> None:
    out = tmp_path / "lockstep"
    options = "--steps", 7, "--out", out
    printed = run("lockstep", HOUSES, "--training", says(HOUSES), "--data", houses, *options)
    assert "7 steps, weights" in printed
    (record,) = (out / "records").glob("*.json")
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["data"] == {"data": "houses", "train": 35, "test": 9, "unit": "samples"} | {
        "data_note": "the last fifth is kept to test on"
    }
    assert found["drift"][-1]["port"]["weights"] < 1e-13
    assert (out / "two_inputs-tensorflow-float64.png").stat().st_size


def test_a_mistake_rings_and_is_named(run: Run, houses: Path, tmp_path: Path) -> None:
    file = tmp_path / "mistaken.py"
    file.write_text(
        "from tests.trained.torch_models.two_inputs import loss as torch_loss\n"
        "from parity import semantics\n"
        "def torch_optimizer(parameters):\n"
        "    return semantics.RMSprop(parameters, lr=0.005, momentum=0.5, centered=True)\n",
        encoding="utf-8",
    )
    chosen = [word for gate in ("output", "loss", "optimizer") for word in ("--gate", gate)]
    given = "--training", file, "--data", houses, *chosen
    printed = run("check", HOUSES, *given, status=1)
    assert "cause optimizer-betas" in printed
    assert "momentum is 0.5 in the port, 0.9 in Keras" in printed


def test_preparations_are_compared_on_raw_images(run: Run, houses: Path, tmp_path: Path) -> None:
    file = tmp_path / "preparing.py"
    file.write_text(
        "from tests.trained.torch_models.two_inputs import loss, optimizer\n"
        "import keras, numpy as np\n"
        "from torchvision import transforms\n"
        "raw = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3), np.uint8)\n"
        "layers = keras.layers\n"
        "keras_preprocess = keras.Sequential([layers.Resizing(9, 9), layers.Rescaling(1 / 255)])\n"
        "each = [transforms.Resize((9, 9)), transforms.ToTensor()]\n"
        "torch_preprocess = transforms.Compose(each)\n",
        encoding="utf-8",
    )
    given = "--training", file, "--data", houses, "--gate", "output", "--gate", "data"
    printed = run("check", HOUSES, *given, status=1)
    assert "cause resize-antialias, input-rounding preprocessing" in " ".join(printed.split())
    assert "resize in floats, not in uint8 or a PIL image" in printed


def test_files_with_the_twin_headings_are_shown_the_data_as_well(
    lent: None, wide_terminal: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).integers(0, 256, (20, 28, 28), "u1"))
    files = "--keras", "keras_reference/simple_ae.py", "--torch", "torch_port/simple_ae.py"
    gates = "--gate", "data", "--gate", "loss"
    assert main.main(["check", *files, "--data", str(tmp_path / "x.npz"), *gates]) == 0
    assert re.search(r"data +pass", capsys.readouterr().out)


def save(folder: Path, arrays: dict[str, Array]) -> None:
    given: dict[str, Any] = arrays
    np.savez(folder / "data.npz", **given)


DATA: dict[str, dict[str, Array]] = {
    "x has 9 samples and y 5; give as many of each": ALIKE | {"y": np.ones((5, 2))},
    "holds y and no x; write it by np.savez(FILE, x=..., y=...)": {"y": np.ones((9, 2))},
    "holds both y and y_a; give one array": ALIKE | {"y_a": np.ones(9)},
    "y_test is missing": ALIKE | {"x_test": np.ones((9, 4))},
    "z is missing, of which there is z_test": ALIKE
    | {"x_test": np.ones((9, 4)), "y_test": np.ones((9, 2)), "z_test": np.ones(9)},
    "holds both x and x_train": ALIKE | {"x_train": np.ones((9, 4))},
    "'y' is of <U1; give real numbers": ALIKE | {"y": np.array(["a"] * 9)},
}


@pytest.mark.parametrize("message", DATA)
def test_data_that_are_none_are_refused(refusal: Refusal, message: str, tmp_path: Path) -> None:
    save(tmp_path, DATA[message])
    (tmp_path / "how.py").touch()
    assert message in refusal("check", *OWN, "--training", "how.py", "--data", "data.npz")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("check", *OWN, "--data", "no.npz", "--training", "how.py"), "no.npz is no .npz or .npy"),
        (("check", *OWN, "--training", "no.py"), "--training: no file 'no.py'"),
        (("check", *OWN, "--data", "data.npz"), "--data goes with --training FILE.py"),
        (("check", "mlp", "--training", "how.py"), "are for a pair of your own"),
        (("compare", "mlp", "--data", "data.npz"), "are for a pair of your own"),
        (("compare", *OWN), "give --training FILE.py and --data FILE.npz"),
        (("lockstep", *OWN), "give --training FILE.py and --data FILE.npz"),
        (("compare", "--data", "mnits"), "none of auto, mnist, digits, and no FILE.npz"),
        (("compare", *OWN, "--training", "how.py", "--lanes", "tuned"), "matched alone"),
        (("lockstep", *OWN, "--training", "how.py", "--naive"), "have the twin headings"),
        (
            ("check", "--keras", "a.py", "--torch", "b.py", "--training", "how.py"),
            "is for files that do not say how they are trained",
        ),
        (
            ("check", "--reference", "r", "--torch", "a:B", "--training", "no.py"),
            "--training: no file 'no.py'",
        ),
        (
            ("record", *OWN, "--to", "r", "--data", "data.npz"),
            "--data goes with --training FILE.py",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    refusal: Refusal, argv: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    save(tmp_path, ALIKE)
    (tmp_path / "how.py").touch()
    assert message in refusal(*argv)
