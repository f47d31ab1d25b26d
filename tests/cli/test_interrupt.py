"""Ctrl-C in the middle of training: what is finished is kept, and the command says how to go on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

WAIT_S = 600  # for what comes at once where the machine is idle


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="has no groups of processes")
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    """The signal goes to the whole group of processes, as a terminal sends it."""
    options = ["--data", "digits", "--epochs", "60", "--rounds", "0", "--out", str(tmp_path)]
    command = [sys.executable, "-m", "parity", "compare", "simple_ae", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        # A shell starts its background jobs deaf to Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        wait_for_an_epoch(tmp_path)
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    printed = " ".join(rest.split())
    assert (
        f"{tmp_path} keeps what is finished; to go on, repeat the command with --resume" in printed
    )
    assert (tmp_path / "unfinished" / "simple_ae.json").exists(), "the check"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="has no groups of processes")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_is_one_line_and_leaves_no_worker(name: str) -> None:
    """Also where it goes to the workers too, as when a terminal is closed."""
    asked = signal.Signals[name]
    if signal.getsignal(asked) == signal.SIG_IGN:
        pytest.skip(f"{name} is ignored here, as under nohup")
    with subprocess.Popen(
        [sys.executable, "-m", "parity", "check", "mlp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        workers = wait_for_workers(process.pid)
        os.killpg(process.pid, asked)
        _, said = process.communicate(timeout=WAIT_S)
    assert (process.returncode, said) == (128 + asked, f"parity: ended by {name}\n")
    wait_until_gone(workers)


def wait_for_workers(pid: int) -> list[int]:
    """Until both sides have a process that minds signals as workers do."""
    for _ in range(WAIT_S * 20):
        found = psutil.Process(pid).children(recursive=True)
        if sum(child.num_threads() > 1 for child in found) >= 2:
            return [child.pid for child in found]
        time.sleep(0.05)
    raise AssertionError("no workers were started")


def wait_until_gone(pids: list[int]) -> None:
    for _ in range(WAIT_S * 10):
        if not any(map(_lives, pids)):
            return
        time.sleep(0.1)
    raise AssertionError(f"some of {pids} live on")


def wait_for_an_epoch(out: Path) -> None:
    """Until some run has finished its first epoch."""
    for _ in range(WAIT_S * 20):
        for path in out.glob("unfinished/*/epochs.jsonl"):
            if len(path.read_text(encoding="utf-8").splitlines()) > 1:
                return
        time.sleep(0.1)
    raise AssertionError("no epoch was finished")


START_A_WORKER = """
import os, time
from parity.sides.process import Worker
if __name__ == "__main__":
    worker = Worker("torch")
    print(worker.run(os.getpid), worker._folder.name, flush=True)
    time.sleep(600)
"""


def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(START_A_WORKER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        worker, folder = process.stdout.readline().split()
        process.kill()
        process.wait()
    wait_until_gone([int(worker)])
    assert not Path(folder).exists()


def _lives(pid: int) -> bool:
    """A zombie that nobody has waited for is dead."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
