"""Whatever a person types at `ctl`, `run` and `inject`: a message and an exit code, never a traceback."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from hil.board.key_files import ROLES
from hil.campaign.batch import Job
from hil.cli import app
from hil.errors import PumpbenchError
from hil.run.judging import result_without_run
from hil.run.result import RunResult
from protocols import codec, frame, ids, messages

EXIT_CODES = {0, 1, 2, 3, 4}
NUMBERS = ["0", "1", "-1", "1.5", "999999999999", "1e99", "1e400", "nan", "inf", "", "0x10", "½", "１２"]
UNITS = ["nL", "uL", "mL", "uL/h", "ug/day", "U/h", "s", "min", "h", "d", "week", "kPa", "%", "bananas", "", "\x1b[31m"]
WORDS = [
    *("status", "start", "stop", "minimum-rate", "bolus", "clinician", "patient", "priming", "bridge", "cancel"),
    *("programme", "upload", "diff", "read", "refill", "alarms", "silence", "acknowledge", "log", "clock", "self-test"),
    *("repl", "keys", "write", "MOTOR_STALL", "motor.stall", "catheter.kink", "truth", "faults", "clear", "power"),
    *("state=on", "button=patient", "duration=1 h", "k=1000", "=", "a=", "demo_week", "stall", "nowhere.toml", "/"),
    *("--yes", "--json", "--over", "--set", "--from", "--count", "--last", "--csv", "-", "--withdrawn", "--filled"),
    *("--confirm-soft-limit", "--all", "--only", "--seed", "--target", "sim", "chip", "serial:/dev/null", "--speed"),
    *("-j", "--junit", "--report", "--vcd", "--toml", "--help", "2026-03-02 08:00:00", "1999-01-01", "now", "[bold]"),
]
quantities = st.builds("{} {}".format, st.sampled_from(NUMBERS), st.sampled_from(UNITS))
texts = st.text(string.printable + "µ\ud800\x00\x1b", max_size=8).filter(lambda text: "\x00" not in text)
words = st.one_of(st.sampled_from(WORDS), quantities, st.sampled_from(NUMBERS), texts)
sensible = st.sampled_from(
    [
        ["bolus", "clinician", "VALUE", "--over", "VALUE", "--yes"],
        ["bolus", "priming", "VALUE", "--yes"],
        ["bolus", "bridge", "VALUE", "VALUE", "--yes"],
        ["refill", "--withdrawn", "VALUE", "--filled", "VALUE", "--yes"],
        ["clock", "--set", "VALUE"],
        ["log", "--from", "NUMBER", "--count", "NUMBER"],
        ["log", "--last", "NUMBER", "--json"],
        ["acknowledge", "VALUE"],
        ["status", "--json"],
        ["programme", "read"],
        ["programme", "upload", "VALUE", "--yes"],
    ]
)


class AnsweringPump:
    """Answers every request with OK and a body of zeros; a port that keeps nothing."""

    timeout: float | None = None

    def __init__(self) -> None:
        self._decoder = frame.FrameDecoder()
        self._waiting = bytearray()

    @property
    def in_waiting(self) -> int:
        return len(self._waiting)

    def read(self, size: int = 1, /) -> bytes:
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return bytes(taken)

    def write(self, data: bytes, /) -> None:
        for byte in data:
            if self._decoder.feed_byte(byte) == frame.FRAME:
                kind, sequence = self._decoder.type, self._decoder.sequence
                body = b""
                name = next(
                    row[messages.NAME]
                    for row in messages.CATALOGUE
                    if row[messages.DIRECTION] == messages.REQUEST and row[messages.NUMBER] == kind
                )
                row = messages.row_named(messages.BODY, name)
                if row is not None:
                    body = codec.pack(row, self._lowest(row, name))
                self._waiting += frame.encode(ids.MSG_ANSWER, sequence, bytes((kind, 0)) + body)

    @staticmethod
    def _lowest(row: tuple, name: str) -> dict[str, object]:
        values: dict[str, object] = {"major": ids.PROTOCOL_MAJOR} if name == "HELLO" else {}
        for field, code, _, low, _ in row[messages.FIELDS]:
            values.setdefault(field, bytes(low) if code.endswith("s") else max(0, low))
        return {**values, "items": []} if row[messages.REPEATED] else values

    def close(self) -> None:
        pass


def check(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)
    failure = done.exception
    if isinstance(failure, PumpbenchError):
        assert failure.exit_code in EXIT_CODES and "\n" not in str(failure).strip()
    elif failure is not None and not isinstance(failure, SystemExit):
        raise failure
    else:
        assert done.exit_code in EXIT_CODES, (arguments, done.exit_code)


def not_run(jobs: list[Job], workers: int) -> list[RunResult]:
    return [result_without_run(job.scenario, job.target, "pass", "", job.reproduce) for job in jobs]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Nothing is run, and nothing is written but here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hil.commands.ctl.line.open_line", lambda url: AnsweringPump())
    monkeypatch.setattr("hil.commands.run._run_all", not_run)


def check_ctl(pattern: list[str], values: list[str], role: str | None) -> None:
    left = iter([*values, *["1"] * 8])
    session = [] if role is None else ["--role", role]
    check(["ctl", "--port", "x", *session, *(next(left) if word in ("VALUE", "NUMBER") else word for word in pattern)])


def samples(count: int):
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


anything = given(
    st.sampled_from([["ctl", "--port", "x"], ["run"], ["inject", "--port", "/tmp/none"]]), st.lists(words, max_size=6)
)
likely = given(
    sensible,
    st.lists(st.one_of(quantities, st.sampled_from(NUMBERS), texts), max_size=3),
    st.none() | st.sampled_from([*ROLES]),
)


@samples(60)
@anything
def test_no_command_line_ends_in_a_traceback(command, arguments):
    check([*command, *arguments])


@samples(60)
@likely
def test_no_value_in_a_command_ends_in_a_traceback(pattern, values, role):
    check_ctl(pattern, values, role)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@samples(10_000)
@anything
def test_no_command_line_of_ten_thousand_ends_in_a_traceback(command, arguments):
    check([*command, *arguments])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@samples(10_000)
@likely
def test_no_value_of_ten_thousand_ends_in_a_traceback(pattern, values, role):
    check_ctl(pattern, values, role)
