"""What the light half finds with torch alone: a script that runs where no Keras is.

`alone.py REFERENCE TWIN_REFERENCE` prints what it found as JSON.
"""

import contextlib
import io
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

BEGUN = time.perf_counter()  # torch is imported
import parity  # noqa: E402
from parity.cli import main  # noqa: E402
from tests.own import torch_recorded as ports  # noqa: E402

PORTS = {
    "right": ports.Net(),
    "written otherwise": ports.Written(),
    "epsilon": ports.Net(epsilon=1e-5),
    "no bias": ports.Net(bias=False),
    "seven": ports.Net(most=7.0),
    "wider": ports.Wider(),
}
FRAMEWORKS = ("keras", "tensorflow", "jax", "torchvision", "pandas", "sklearn")


def told(report: Any) -> dict[str, Any]:
    return {
        "verdict": report.verdict,
        "causes": [cause.cause for finding in report.diagnosis for cause in finding.causes],
        "mended": report.mended,
        "gates": {gate.name: gate.verdict for gate in report.gates},
        "keras": report.provenance["versions"]["keras"],
        "text": str(report),
    }


def command(*arguments: str) -> tuple[int, str]:
    """The exit status, and what is printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main.main([*arguments])
    return status, out.getvalue()


def loaded(reference: Path) -> Any:
    """The port with the weights that were recorded, as anyone loads them."""
    net = ports.Net()
    net.load_state_dict(load_file(reference / "weights.safetensors"))
    return parity.check_reference(reference, net, loaded=True)


def run(reference: Path, twins: Path) -> dict[str, Any]:
    first = told(parity.check_reference(reference, PORTS["right"]))
    seconds = time.perf_counter() - BEGUN
    before = {name: value.clone() for name, value in PORTS["epsilon"].state_dict().items()}
    checked = {name: told(parity.check_reference(reference, net)) for name, net in PORTS.items()}
    after = PORTS["epsilon"].state_dict()
    twin = ("--verbose", "--reference", str(twins), "--torch")
    return {
        "seconds": seconds,
        "first": first,
        "ports": checked,
        "kept": all(torch.equal(value, after[name]) for name, value in before.items()),
        "loaded": told(loaded(reference)),
        "not loaded": told(parity.check_reference(reference, ports.Net(), loaded=True)),
        "twin": command("check", *twin, "tests.seventh.torch_net"),
        "other twin": command("check", *twin, "tests.own.twin_momentum"),
        "no twin": command("check", *twin, "tests.own.torch_recorded:Net"),
        "settled": command("check", *twin, "tests.seventh.torch_net", "--seed", "3"),
        "keras": command("check", "mlp", "--keras-backend", "jax"),
        "other command": command("lesson"),
        "there": [name for name in FRAMEWORKS if find_spec(name)],
        "from": str(parity.__file__),
    }


if __name__ == "__main__":
    print(json.dumps(run(*map(Path, sys.argv[1:]))))
