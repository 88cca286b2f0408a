"""`make rehearsal`: flashing day on an emulated pump and rig, by the commands of the real bench.

Power on, flash, configuration, the prompt of maintenance mode, doctor, three scenarios, report. Both boards are served
at ports of their own and spoken to as real ones, by the wall clock. Calibration by balance
is rehearsed by tests/hil/commands/test_ctl_calibrate.py: a rig moves no fluid.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hil.board.image_search import VARIABLE, find_image
from hil.console import error, out
from hil.errors import BenchBroken, PumpbenchError
from hil.targets.base import BOOT_S
from hil.targets.board import BoardClock
from hil.targets.board_line import BoardLine
from hil.targets.hands import switch_on_for_maintenance
from hil.targets.rig_bench import RigBench

FOLDER = Path("out/rehearsal")
_SERVED_S = 60
_STEP_S = 600
_OFF_S = 1.0
_BENCH = '{"refill_due_h": 48}\n'
_HEAD = """
duration = "60 s"
start_clock = "2026-03-02 08:00:00"
[therapy]
fill = "15 mL"
basal = "600 uL/h"
"""
STORIES = {
    "delivers": """name = "Rehearsal: a minute at 600 uL/h"
requirements = ["THR-04"]"""
    + _HEAD
    + """
[[expect]]
mode = "RUNNING"
at = "50 s"
[[expect]]
truth = "delivered"
equals_programme_within = "10 %"
""",
    "bolus": """name = "Rehearsal: a bolus on top of basal"
requirements = ["THR-09"]"""
    + _HEAD
    + """
[[step]]
at = "10 s"
do = "clinician_bolus"
volume = "10 uL"
duration = "30 s"
[[expect]]
truth = "delivered"
equals_programme_within = "10 %"
""",
    "stall": """name = "Rehearsal: the motor stalls"
requirements = ["DET-01"]"""
    + _HEAD
    + """
[[step]]
at = "15 s"
inject = "motor.stall"
[[expect]]
alarm = "MOTOR_STALL"
after = "15 s"
within = "35 s"
""",
}


@contextmanager
def two_boards(folder: Path) -> Iterator[tuple[str, str]]:
    """Ports of an emulated pump and of its rig, while the block runs."""
    pump, rig = folder / "pump", folder / "rig"
    words = [*_PUMPBENCH, "emulate", "--rig", "--link", str(pump), "--rig-link", str(rig)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as served:
        try:
            end_s = time.monotonic() + _SERVED_S
            while not rig.exists():
                if served.poll() is not None or time.monotonic() > end_s:
                    raise BenchBroken("pumpbench emulate --rig did not serve its two ports")
                time.sleep(0.2)
            time.sleep(1.0)
            yield str(pump), str(rig)
        finally:
            served.terminate()


_PUMPBENCH = (sys.executable, "-m", "hil.cli")


def switch_on(pump_port: str, rig_port: str, in_maintenance: bool) -> None:
    """Give the pump its supply by the rig, whose dead man waits for ever meanwhile."""
    with closing(BoardLine(rig_port)) as line, closing(BoardLine(pump_port)) as pump:
        clock = BoardClock(pump)
        rig = RigBench(line, clock, lambda: clock.now_ns)
        rig.setup(dead_man_s=0)
        rig.off()
        time.sleep(_OFF_S)
        if in_maintenance:
            switch_on_for_maintenance(rig, rig, clock)
        else:
            rig.restore()
            rig.release("silence")
            rig.on()
        time.sleep(BOOT_S)


class Day:
    """Carries the steps out and keeps what became of each."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def step(self, name: str, *words: str) -> None:
        begin_s = time.monotonic()
        done = subprocess.run([*_PUMPBENCH, *words], capture_output=True, text=True, timeout=_STEP_S, check=False)
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        took_s = time.monotonic() - begin_s
        out.print(
            f"{'ok' if not done.returncode else 'FAILED':<7} {name:<22} {took_s:5.0f} s  {lines[-1]}", soft_wrap=True
        )
        if done.returncode:
            self.failed.append(name)
            for line in lines[:-1]:
                error(f"  {line}")


def rehearse(folder: Path) -> list[str]:
    """The steps that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    bench = folder / "bench.json"
    bench.write_text(_BENCH, encoding="utf-8")
    for name, text in STORIES.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    day = Day()
    with two_boards(folder) as (pump, rig):
        ctl = ("ctl", "--port", pump, "--wait", "20 s")
        switch_on(pump, rig, in_maintenance=False)
        # sim cannot run what mpy-cross compiles, a Pico can: there --source is left out.
        day.step("flash", "flash", pump, "--source", "--config", str(bench))
        day.step("configuration", *ctl, "config", "--compare", str(bench))
        switch_on(pump, rig, in_maintenance=True)
        day.step("keys, shown", "ctl", "--port", pump, "keys", "show")
        switch_on(pump, rig, in_maintenance=False)
        day.step("clock", *ctl, "clock", "--set", "now")
        day.step("sensors", *ctl, "sensors")
        day.step("doctor", "doctor", "--port", pump, "--rig", rig)
        stories = [str(folder / f"{name}.toml") for name in STORIES]
        day.step("scenarios", "run", *stories, "--target", f"serial:{pump}", "--rig", rig, "--report", str(folder))
    return day.failed


def main() -> int:
    begin_s = time.monotonic()
    try:
        image = find_image()
        if image is None:
            out.print(f"no MicroPython image ({VARIABLE}): both boards are emulated by sim")
        else:
            out.print(
                "both boards are emulated by sim, which keeps pace with the wall clock; two emulated chips do not"
            )
        failed = rehearse(FOLDER)
    except PumpbenchError as problem:
        error(str(problem))
        return problem.exit_code
    out.print(f"{time.monotonic() - begin_s:.0f} s, {len(failed)} steps failed; report: {FOLDER}/report.html")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
