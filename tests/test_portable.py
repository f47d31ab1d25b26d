"""Our code needs nothing that Linux alone has: in these processes it has none of it.

`tests/elsewhere/sitecustomize.py` takes it away, from workers too.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ELSEWHERE = Path(__file__).parent / "elsewhere"


def elsewhere(*command: str) -> str:
    """What a Python process prints that lacks what other systems lack."""
    found = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ELSEWHERE), str(ROOT)))},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


LACKING = """
import os, signal
def lacking() -> list[str]:
    found = [name for name in ("fork", "uname", "sched_getaffinity") if hasattr(os, name)]
    found += [name for name in ("SIGKILL", "SIGHUP") if hasattr(signal, name)]
    for name in ("fcntl", "resource", "pwd"):
        try:
            __import__(name)
        except ImportError:
            continue
        found.append(name)
    for place in ("/proc/self/status", "/proc/meminfo"):
        try:
            open(place, encoding="utf-8").close()
        except FileNotFoundError:
            continue
        found.append(place)
    return found
"""


ASK = """
from lacks import lacking
from parity.sides.process import Worker
print(lacking(), Worker("torch").run(lacking))
"""


def test_the_processes_do_lack_it(tmp_path: Path) -> None:
    """And so do their workers."""
    (tmp_path / "lacks.py").write_text(LACKING, encoding="utf-8")
    script = tmp_path / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    assert elsewhere(str(script)) == "[] []\n"


IMPORT_ALL = """
import importlib, pkgutil, sys
FRAMEWORKS = ("keras", "tensorflow", "jax", "torch", "torchvision")
class Without:
    def find_spec(self, name, path=None, target=None):
        if name in FRAMEWORKS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
import parity
for module in pkgutil.walk_packages(parity.__path__, "parity.", onerror=lambda name: None):
    try:
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)
    except ModuleNotFoundError as error:
        if error.name not in FRAMEWORKS:
            raise
"""


def test_every_module_without_a_framework_can_be_imported() -> None:
    found = elsewhere("-c", IMPORT_ALL).split()
    assert len(found) > 200
    assert {"parity.sides.process", "parity.sides.usage", "parity.errors"} <= set(found)


def test_a_pair_is_checked() -> None:
    gates = [f"--gate={name}" for name in ("structure", "weights", "forward")]
    shown = elsewhere("-m", "parity", "check", "mlp", *gates, "--dtype", "float64")
    for gate in ("structure", "weights", "forward float64"):
        assert f"{gate} pass" in " ".join(shown.split())


USE_A_FOLDER = """
import sys
from pathlib import Path
from parity.errors import ResultsError
from parity.records.files import write_json
from parity.train.run_store import Folder
out = Path(sys.argv[1])
with Folder(out, {}, {}, resume=True):
    write_json(out / "found.json", {"a": 1})
    try:
        Folder(out, {}, {}, resume=True)
    except ResultsError as error:
        print(error)
"""


def test_a_results_folder_is_held_and_written(tmp_path: Path) -> None:
    said = elsewhere("-c", USE_A_FOLDER, str(tmp_path))
    assert said.startswith(f"{tmp_path} is in use by another parity command")
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]


MEASURE = """
import psutil
if hasattr(psutil.Process, "cpu_affinity"):
    del psutil.Process.cpu_affinity  # as on macOS
from parity.sides import usage
before = usage.busy()
usage.reset_host_peak()
print(usage.cores(), usage.available_memory(), usage.host_peak(), usage.page_faults())
print(usage.processor())
now = usage.busy()
print(now.processors >= before.processors > 0, now.own > 0, usage.others(before) >= 0)
"""


def test_the_machine_is_described() -> None:
    figures, processor, busy = elsewhere("-c", MEASURE).strip().split("\n")
    cores, memory, peak, faults = (int(figure) for figure in figures.split())
    assert cores >= 1
    assert memory > peak > 1 << 20
    assert faults >= 0
    assert processor
    assert busy == "True True True"
