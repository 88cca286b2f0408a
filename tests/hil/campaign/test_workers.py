"""Worker processes: what one of them loses, and what is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from hil.campaign.batch import Job, run_jobs
from hil.campaign.workers import WorkerDied, call_all
from hil.scenario.reader import read_text

RUNS = """
import time
from hil.campaign.workers import call_all
print("begun", flush=True)
call_all(time.sleep, [60, 60], 2, lambda number, answer: None)
"""


def perish(number: int) -> int:
    """Number 1 is killed as by a system that has no memory left."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 10


def test_a_killed_worker_loses_its_own_call_only():
    answers: dict[int, object] = {}
    call_all(perish, [0, 1, 2, 3], 2, answers.__setitem__)
    assert {number: answers[number] for number in (0, 2, 3)} == {0: 0, 2: 20, 3: 30}
    assert isinstance(answers[1], WorkerDied) and "signal 9" in str(answers[1])


def test_an_error_in_a_call_is_its_answer():
    answers: dict[int, object] = {}
    call_all(int, ["7", "seven"], 2, answers.__setitem__)
    assert answers[0] == 7 and isinstance(answers[1], ValueError)


def test_a_run_whose_worker_was_killed_is_infra_and_the_others_are_kept(monkeypatch):
    text = "name = '{}'\nduration = '1 min'\n[[expect]]\nnever = 'ANY'\n"
    scenarios = [read_text(text.format(name), name)[0] for name in ("kept", "killed")]

    def keep(job: Job, *_of_the_run: object) -> None:
        if job.scenario.name == "killed":
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("hil.campaign.batch._keep", keep)
    kept, lost = run_jobs([Job(scenario) for scenario in scenarios], 2)
    assert kept.verdict == "pass"
    assert lost.verdict == "infra" and "signal 9" in lost.message


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the workers of a killed parent on Linux only")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_no_worker_outlives_its_parent(number):
    with subprocess.Popen([sys.executable, "-c", RUNS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "begun\n"
        workers = _children(parent.pid, 2)
        parent.send_signal(number)
    deadline_s = time.monotonic() + 10
    while any(_is_alive(worker) for worker in workers):
        assert time.monotonic() < deadline_s, "a worker goes on without its parent"
        time.sleep(0.02)


def _children(pid: int, count: int) -> list[int]:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            found = [int(word) for word in file.read().split()]
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError("the workers did not start")


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
