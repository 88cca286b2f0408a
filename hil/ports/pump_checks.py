"""What `pumpbench doctor --port` asks of a pump: who is there, its self-test, its sensors, its clock."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from hil.errors import BenchBroken, LinkTimeout, Refused
from hil.pump.client import Client
from hil.pump.readings import Status
from hil.targets.board_line import BoardLine
from hil.targets.rig_link import RigLink
from protocols import ids

_WALL = time.monotonic
_SUPPLY_LOW_MV = 3_300
_REST_PA = 10_000  # a patient lies or sits; an open line reads 0
_TICK_LIMIT_S = 3.0
_CHANGES = 4
_DRIFT_LIMIT_PPM = 100.0  # a DS3231 keeps 2 ppm: more is another part, or a clock that does not run
_STANDING = ("STANDBY", "STOPPED", "FAULT")


class Finding(msgspec.Struct, frozen=True):
    """`is_ok` None: not looked at, and `to_do` says why."""

    what: str
    is_ok: bool | None
    found: str
    to_do: str = ""


class WallClock:
    def now_s(self) -> float:
        return _WALL()


def greet(line: BoardLine) -> Client:
    """The pump at the line. BenchBroken for a rig, another protocol, or nobody: each in one line."""
    client = Client(line)
    try:
        hello = client.hello()
    except LinkTimeout:
        raise BenchBroken(
            f"{line.device}: no pump answers; is it powered, is this its port, is its program on it (pumpbench flash)?"
        ) from None
    except Refused as refusal:
        if refusal.reason == "UNKNOWN":
            raise BenchBroken(_is_rig(line)) from None
        raise
    if hello.major != ids.PROTOCOL_MAJOR:
        raise BenchBroken(
            f"{line.device}: its firmware speaks protocol {hello.major}, this host {ids.PROTOCOL_MAJOR}: an old"
            f" firmware, or an old host; pumpbench flash {line.device}"
        )
    return client


def _is_rig(line: BoardLine) -> str:
    try:
        RigLink(line, WallClock()).hello()
    except BenchBroken:
        return f"{line.device}: what answers is no pump"
    return f"{line.device}: is a rig and no pump: the ports of --port and --rig are swapped"


def check_pump(client: Client) -> list[Finding]:
    """Self-test and sensors. The self-test is left out while fluid is delivered."""
    status = client.status()
    return [_self_test(client, status), *_sensors(client.status())]


def _self_test(client: Client, status: Status) -> Finding:
    if status.mode not in _STANDING:
        return Finding("self-test", None, f"mode {status.mode}", "it is not run while the pump delivers: stop it first")
    try:
        client.self_test()
    except Refused as refusal:
        if refusal.reason in ("NOT_ALLOWED", "NEEDS_SESSION"):
            return Finding("self-test", None, refusal.reason, "the pump has keys: give --key FILE of its clinician")
        return Finding("self-test", False, refusal.reason, "pumpbench ctl log --last 5 names what failed")
    after = client.status()
    if after.mode == "FAULT":
        return Finding("self-test", False, after.mode, "pumpbench ctl log --last 5 names what failed")
    return Finding("self-test", True, f"passed, mode {after.mode}")


def _sensors(status: Status) -> list[Finding]:
    pressure_is_ok = abs(status.pressure_pa) <= _REST_PA
    supply_is_ok = status.supply_mv > _SUPPLY_LOW_MV
    return [
        Finding(
            "line pressure",
            pressure_is_ok,
            f"{status.pressure_pa / 1000:.2f} kPa",
            ""
            if pressure_is_ok
            else "at rest 0 to 10 kPa: is the sensor wired to GP26, the line open, its zero right?",
        ),
        Finding(
            "supply",
            supply_is_ok,
            f"{status.supply_mv / 1000:.3f} V",
            "" if supply_is_ok else "above 3.3 V is wanted: is the divider 2:1 at GP27, the battery charged?",
        ),
    ]


def check_clock(client: Client, span_s: float, now_s: Callable[[], float] | None = None) -> Finding:
    """Drift of the pump's wall clock over `span_s`, from one change of second to another, against `now_s`: this host,
    or a rig, which plays the clock chip and is not slowed by a busy host.
    """
    now_s = now_s or WallClock().now_s
    if not client.status().epoch_s:
        return Finding(
            "clock", False, "it has no time", "pumpbench ctl --port PORT clock --set now; a battery in its holder"
        )
    try:
        first = _offset(client, now_s)
        time.sleep(max(0.0, span_s - (now_s() - first.at_s)))
        last = _offset(client, now_s)
    except LookupError as standstill:
        return Finding("clock", False, str(standstill), "the clock stands: its DS3231 has no power, or none answers")
    took_s = last.at_s - first.at_s
    doubt_ppm = 1e6 * (first.doubt_s + last.doubt_s) / took_s
    drift_ppm = 1e6 * (first.behind_s - last.behind_s) / took_s
    is_ok = abs(drift_ppm) <= _DRIFT_LIMIT_PPM + doubt_ppm
    found = f"{drift_ppm:+.0f} ppm over {took_s:.0f} s, known to {doubt_ppm:.0f} ppm"
    return Finding(
        "clock", is_ok, found, "" if is_ok else "more than a DS3231 may: is the part genuine, its battery in?"
    )


class _Offset(msgspec.Struct, frozen=True):
    """Host time less pump time at a change of the pump's second, known to `doubt_s`."""

    behind_s: float
    doubt_s: float
    at_s: float


def _offset(client: Client, now_s: Callable[[], float]) -> _Offset:
    """The least of some changes of second: what a busy host or link adds only makes one later."""
    changes = [_next_second(client, now_s) for _ in range(_CHANGES)]
    return min(changes, key=lambda change: change.behind_s)


def _next_second(client: Client, now_s: Callable[[], float]) -> _Offset:
    """LookupError when none comes. The change lies between the question that saw the old second and the next answer."""
    begin_s = before_s = now_s()
    before = client.status().epoch_s
    while now_s() - begin_s < _TICK_LIMIT_S:
        asked_s = now_s()
        now = client.status().epoch_s
        if now != before:
            answered_s = now_s()
            return _Offset((before_s + answered_s) / 2 - now, (answered_s - before_s) / 2, answered_s)
        before_s = asked_s
    raise LookupError(f"no change within {_TICK_LIMIT_S:g} s, at {before} s since 2020")
