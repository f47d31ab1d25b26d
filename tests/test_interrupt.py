"""Ctrl-C in the middle of training: what is finished is kept, and the command says how to go on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WAIT_S = 60


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    """The signal goes to the whole group of processes, as a terminal sends it."""
    options = ["--data", "digits", "--epochs", "60", "--rounds", "0", "--out", str(tmp_path)]
    command = [sys.executable, "-m", "parity", "compare", "simple_ae", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
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


def wait_for_an_epoch(out: Path) -> None:
    """Until some run has finished its first epoch."""
    for _ in range(WAIT_S * 20):
        for path in out.glob("unfinished/*/epochs.jsonl"):
            if len(path.read_text().splitlines()) > 1:
                return
        time.sleep(0.1)
    raise AssertionError("no epoch was finished")


START_A_WORKER = """
import os, time
from parity.sides.process import Worker
if __name__ == "__main__":
    worker = Worker("torch")
    print(worker.run(os.getpid), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(START_A_WORKER)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.kill()
        process.wait()
    for _ in range(WAIT_S * 10):
        if not _lives(worker):
            return
        time.sleep(0.1)
    raise AssertionError(f"worker {worker} lives on")


def _lives(pid: int) -> bool:
    """A zombie that nobody has waited for is dead."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
