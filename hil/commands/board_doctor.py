"""`pumpbench doctor --port`: the board at a port, and with --rig each wire to its rig."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from hil.board.key_files import read_key
from hil.console import err, out
from hil.errors import BenchBroken
from hil.ports.pump_checks import Finding, WallClock, check_clock, check_pump, greet
from hil.ports.wiring_checks import check_power, check_wiring
from hil.pump.client import Client
from hil.targets.base import BOOT_S
from hil.targets.board_line import BoardLine
from hil.targets.rig_bench import RigBench
from hil.targets.rig_link import RigLink

_OFF_S = 1.0
_SETTLE_S = 1.0
_WORDS = {True: "ok", False: "WRONG", None: "not looked at"}


def look_at(port: str, rig_port: str, key: Path | None, clock_s: int) -> int:
    """Print each finding with what to do; the exit code. BenchBroken when nobody can be spoken to."""
    service_key = None if key is None else read_key(key)
    findings: list[Finding] = []

    def tell(*found: Finding) -> None:
        for finding in found:
            to_do = f"; {finding.to_do}" if finding.to_do else ""
            out.print(f"{_WORDS[finding.is_ok]:<13} {finding.what:<15} {finding.found}{to_do}", soft_wrap=True)
        findings.extend(found)

    with ExitStack() as open_lines:
        pump = open_lines.enter_context(closing(BoardLine(port)))
        tell(Finding("port", True, pump.device))
        rig = None
        if rig_port:
            rig_line = open_lines.enter_context(closing(BoardLine(rig_port)))
            rig = _rig_at(rig_line, pump)
            open_lines.callback(_release, rig)
            tell(Finding("rig", True, f"{rig_line.device}, messages of version {rig.hello['version']}"))
        client = greet(pump)
        if service_key is not None:
            client.open_session("SERVICE", service_key)
        tell(_firmware(client), *check_pump(client))
        if sys.stderr.isatty():
            err.print(f"comparing the clock for {clock_s} s", style="dim")
        now_s = None if rig is None else (lambda: rig.truth_now()["t_us"] / 1e6)
        tell(check_clock(client, clock_s, now_s))
        if rig is not None:
            client.leave_to_repl()
            time.sleep(_SETTLE_S)
            tell(*check_wiring(pump, rig), check_power(pump, rig))
    wrong = sum(finding.is_ok is False for finding in findings)
    out.print(f"{len(findings)} looked at, {wrong} wrong")
    return 1 if wrong else 0


def _rig_at(line: BoardLine, pump: BoardLine) -> RigBench:
    """The rig, with the pump freshly switched on and its clock set to this host's."""
    try:
        rig = RigBench(line, WallClock(), time.monotonic_ns)
    except BenchBroken as trouble:
        try:
            RigLink(pump, WallClock()).hello()
        except BenchBroken:
            raise trouble from None
        raise BenchBroken(f"{pump.device} is the rig: the ports of --port and --rig are swapped") from None
    rig.setup(datetime.now().replace(microsecond=0))
    rig.off()
    time.sleep(_OFF_S)
    rig.on()
    time.sleep(BOOT_S)
    return rig


def _release(rig: RigBench) -> None:
    """Buttons let go. The pump stays on: the dead man takes its supply when no host comes."""
    rig.restore()


def _firmware(client: Client) -> Finding:
    hello = client.pump
    if hello is None:
        return Finding("firmware", None, "it has not said")
    return Finding("firmware", True, f"protocol {hello.major}.{hello.minor}, board {hello.device_id.hex()}")
