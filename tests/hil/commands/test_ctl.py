"""`pumpbench ctl` and `pumpbench inject` against a pump behind a real port."""

from __future__ import annotations

import csv
import io
import json
import stat
from typing import Any

import pytest

from hil.board import raw_repl
from hil.commands.ctl import status as ctl_status
from hil.ports.control import ask_bench
from hil.ports.open_line import open_line
from hil.ports.pty_port import PtyPort
from hil.ports.tcp_port import TcpPort
from hil.pump.client import Client
from tests.hil.served_pump import ServedPump, pumpbench

THERAPY = """
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL", soft_bolus = "30 uL", hard_bolus = "60 uL" }
basal = [
  { days = "mon-fri", segments = [["00:00", "15 uL/h"], ["06:30", "30.5 uL/h"]] },
  { days = "sat,sun", segments = [["00:00", "20 uL/h"]] },
]
patient_bolus = { volume = "10 uL", duration = "1 min", lockout = "2 h", per_day = 6 }
dose_limit = { volume = "900 uL", window = "24 h" }
"""


@pytest.fixture(scope="module")
def bench():
    with ServedPump(PtyPort) as served:
        yield served


@pytest.fixture
def ctl(bench, monkeypatch, capsys):
    """`ctl("start", "--yes")`: exit code, stdout, stderr."""
    return lambda *words: pumpbench(monkeypatch, capsys, "ctl", "--port", bench.url, *words)


@pytest.fixture
def found(ctl):
    """`found("status")`: the JSON object of a command that must succeed."""

    def ask(*words):
        code, out, error = ctl(*words, "--json")
        assert code == 0, (out, error)
        return json.loads(out)

    return ask


@pytest.fixture
def refused(ctl):
    def ask(*words):
        code, out, _ = ctl(*words, "--json")
        answer = json.loads(out)
        assert (code, answer["ok"]) == (1, False)
        return answer["reason"]

    return ask


@pytest.fixture
def therapy(tmp_path):
    file = tmp_path / "therapy.toml"
    file.write_text(THERAPY)
    return str(file)


@pytest.fixture
def running(found, therapy):
    """The pump is commissioned and runs; stopped afterwards, so that no test leans on the one before."""
    found("programme", "upload", therapy, "--yes")
    found("refill", "--withdrawn", "0 mL", "--filled", "18 mL", "--yes")
    found("start", "--yes")
    yield
    if found("status")["mode"] == "RUNNING":
        found("stop")


def test_a_clinic_day_from_upload_to_stop(found, refused, bench, therapy):
    assert len(found("programme", "upload", therapy, "--yes")) == 1
    assert found("programme", "diff", therapy) == {"differences": []}
    found("refill", "--withdrawn", "0 mL", "--filled", "18 mL", "--yes")
    found("start", "--yes")
    shot = found("status")
    assert (shot["mode"], shot["rate_nl_per_h"], shot["alarms"]) == ("RUNNING", 30_500, [])
    found("bolus", "clinician", "20 uL", "--over", "10 min", "--yes")
    assert refused("bolus", "clinician", "5 uL", "--yes") == "BOLUS_ACTIVE"
    assert found("status")["bolus_kind"] == "CLINICIAN"
    found("bolus", "cancel")
    found("bolus", "patient", "--yes")
    ask_bench(bench.url, {"do": "run", "duration": "5 min"})
    assert refused("bolus", "patient", "--yes") == "LOCKOUT"
    found("minimum-rate", "--yes")
    assert found("status")["mode"] == "MIN_RATE"
    assert refused("bolus", "priming", "100 uL", "--yes") == "WRONG_MODE"
    found("stop")
    assert found("status")["mode"] == "STOPPED"


def test_a_programme_that_the_pump_refuses_leaves_nothing_staged(refused, found, therapy, tmp_path):
    found("programme", "upload", therapy, "--yes")
    before = found("programme", "read")
    too_fast = tmp_path / "too_fast.toml"
    too_fast.write_text(THERAPY.replace("soft_bolus", 'hard_rate = "20 uL/h", soft_bolus'))
    assert refused("programme", "upload", str(too_fast), "--yes") == "OUT_OF_RANGE"
    assert "UPLOAD_OPEN" not in found("status")["flags"]
    assert refused("programme", "read", "--staged") == "NOT_STAGED"
    assert found("programme", "read") == before


def test_a_bolus_over_the_soft_limit_needs_a_second_word(ctl, running, refused, found):
    assert refused("bolus", "clinician", "40 uL", "--over", "1 h", "--yes") == "SOFT_LIMIT"
    assert found("status")["bolus_kind"] == "NONE"
    found("bolus", "clinician", "40 uL", "--over", "1 h", "--confirm-soft-limit", "--yes")
    assert found("status")["bolus_kind"] == "CLINICIAN"
    found("bolus", "cancel")
    over = ("80 uL", "--over", "1 h", "--confirm-soft-limit")
    assert refused("bolus", "clinician", *over, "--yes") == "OUT_OF_RANGE"


def test_nothing_moves_without_a_confirmation(ctl, running, found, monkeypatch):
    before = found("status")["last_sequence"]
    for words in (("start",), ("bolus", "clinician", "20 uL"), ("bolus", "patient"), ("minimum-rate",)):
        code, out, error = ctl(*words)
        assert (code, out) == (2, "") and "--yes" in error
    monkeypatch.setattr("sys.stdin", Typist("yes"))
    code, _, error = ctl("bolus", "clinician", "20 uL")
    assert code == 1 and "nothing was sent" in error and "baclofen 500 ug/mL" in error
    assert found("status")["last_sequence"] == before
    monkeypatch.setattr("sys.stdin", Typist("20 uL"))
    assert ctl("bolus", "clinician", "20 uL", "--over", "1 h")[0] == 0
    assert found("status")["bolus_kind"] == "CLINICIAN"
    found("bolus", "cancel")


class Typist(io.StringIO):
    """A terminal on which somebody types these lines."""

    def __init__(self, *lines):
        super().__init__("".join(f"{line}\n" for line in lines))

    def isatty(self):
        return True


def test_the_refill_dialogue_asks_step_by_step(ctl, running, found, monkeypatch):
    found("stop")
    monkeypatch.setattr("sys.stdin", Typist("17.9 mL", "16 mL", "FILLED"))
    code, out, error = ctl("refill")
    assert (code, "confirmed" in out) == (0, True), error
    assert found("status")["reservoir_nl"] == 16_000_000


def test_a_refill_that_is_left_changes_nothing(ctl, running, found, monkeypatch):
    before = found("status")["reservoir_nl"]
    monkeypatch.setattr("sys.stdin", Typist("17.9 mL", "16 mL", "no"))
    assert ctl("refill")[0] == 1
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert ctl("refill", "--withdrawn", "1 mL")[0] == 2
    assert found("status")["reservoir_nl"] == pytest.approx(before, abs=1000)
    found("refill", "--withdrawn", "17.9 mL", "--filled", "18 mL", "--yes")  # no refill was left open


def test_what_was_read_can_be_uploaded_again(ctl, running, found, tmp_path):
    code, text, _ = ctl("programme", "read", "--toml")
    assert code == 0
    file = tmp_path / "read.toml"
    file.write_text(text)
    assert found("programme", "diff", str(file)) == {"differences": []}
    assert found("programme", "read")["mon"] == "00:00 15 uL/h, 06:30 30.5 uL/h"


def test_a_difference_is_shown_and_is_exit_code_1(ctl, running, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text(THERAPY.replace("30.5 uL/h", "31 uL/h").replace("per_day = 6", "per_day = 7"))
    code, out, _ = ctl("programme", "diff", str(file), "--json")
    differences = {row["item"]: row for row in json.loads(out)["differences"]}
    assert code == 1 and set(differences) == {"mon", "tue", "wed", "thu", "fri", "patient bolus"}
    assert differences["mon"]["file"] == "00:00 15 uL/h, 06:30 31 uL/h"


def test_a_file_that_the_pump_refuses_leaves_the_old_programme(ctl, running, found, tmp_path):
    before = found("programme", "read")
    file = tmp_path / "over.toml"
    file.write_text(THERAPY.replace('soft_bolus = "30 uL"', 'hard_rate = "25 uL/h"'))
    code, out, _ = ctl("programme", "upload", str(file), "--yes", "--json")
    assert (code, json.loads(out)["reason"]) == (1, "OUT_OF_RANGE")
    assert found("programme", "read") == before
    assert "UPLOAD_OPEN" not in found("status")["flags"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[therapy]\nbasal = '2 uL/fortnight'", "therapy.toml:2: therapy.basal"),
        ("drug = 1", "missing"),
        ("[therapy", "is not valid TOML"),
    ],
)
def test_a_bad_therapy_file_is_told_with_its_line(ctl, tmp_path, text, complaint):
    (tmp_path / "therapy.toml").write_text(text)
    code, _, error = ctl("programme", "upload", str(tmp_path / "therapy.toml"), "--yes")
    assert code == 2 and complaint in error


def test_alarms_are_listed_silenced_and_acknowledged(running, found, refused, bench, ctl):
    ask_bench(bench.url, {"do": "inject", "fault": "motor.stall"})
    ask_bench(bench.url, {"do": "run", "duration": "10 min"})
    (alarm,) = [alarm for alarm in found("alarms")["alarms"] if alarm["name"] == "MOTOR_STALL"]
    assert alarm["priority"] == "HIGH"
    assert "MOTOR_STALL" in ctl("alarms")[1]
    found("silence")
    assert "its cause is still there" in ctl("acknowledge", "motor-stall")[2]
    assert refused("acknowledge", "motor-stall") in ("ALARM_ACTIVE", "NOT_ALLOWED", "WRONG_MODE")
    ask_bench(bench.url, {"do": "clear"})
    ask_bench(bench.url, {"do": "run", "duration": "30 min"})
    for alarm in found("alarms")["alarms"]:
        found("acknowledge", alarm["name"])
    assert found("alarms") == {"alarms": []}
    code, _, error = ctl("silence")
    assert code == 1 and "no alarm to silence" in error
    code, _, error = ctl("acknowledge", "MOTOR_STAL")
    assert code == 2 and 'did you mean "MOTOR_STALL"' in error


def test_the_log_is_exported(ctl, running, tmp_path):
    code, out, _ = ctl("log", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and rows[0]["code"] == "BOOT"
    assert [row["log_seq"] for row in rows] == list(range(len(rows)))
    assert ctl("log", "--csv", str(tmp_path / "log.csv"))[0] == 0
    table = list(csv.DictReader((tmp_path / "log.csv").open()))
    assert [row["text"] for row in table][: len(rows)] == [row["text"] for row in rows]
    assert ctl("log", "--last", "2", "--csv", "-")[1].count("\n") == 3
    assert ctl("log", "--from", "1", "--count", "1")[1].count("\n") == 1
    assert ctl("log", "--csv", str(tmp_path / "no" / "log.csv"))[0] == 2


def test_the_clock_is_shown_and_set(found, ctl):
    assert found("clock", "--set", "2027-01-02 03:04:05")["pump"].startswith("2027-01-02 03:04:0")
    assert abs(found("clock", "--set", "now")["pump_ahead_s"]) <= 2
    assert ctl("clock", "--set", "soon")[0] == 2


def test_the_live_view_shows_figures_and_events(ctl, running, found, monkeypatch):
    monkeypatch.setattr(ctl_status, "_EVERY_S", 0.2)
    code, out, _ = ctl("status", "--watch", "--times", "2")
    assert code == 0 and "RUNNING" in out and "uL/h" in out
    code, out, _ = ctl("status", "--watch", "--times", "2", "--json")
    assert [json.loads(line)["mode"] for line in out.splitlines()] == ["RUNNING"] * 2


def test_self_test_is_refused_while_the_pump_runs(running, refused):
    assert refused("self-test") == "WRONG_MODE"


def test_who_comes_second_is_told_why_not(monkeypatch, capsys):
    with (
        ServedPump(lambda loop, take: TcpPort(loop, take, 0)) as served,
        Client(open_line(served.url)) as first,
    ):
        first.hello()
        code, _, error = pumpbench(monkeypatch, capsys, "ctl", "--port", served.url, "status")
        assert code == 1 and "BUSY" in error and "another host" in error


def test_a_port_that_is_not_there_is_exit_code_3(monkeypatch, capsys):
    code, out, _ = pumpbench(monkeypatch, capsys, "ctl", "--port", "/dev/none", "status", "--json")
    assert (code, json.loads(out)["error"]) == (3, "BenchBroken")
    assert pumpbench(monkeypatch, capsys, "ctl", "status")[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("bolus", "clinician", "20"),
        ("bolus", "bridge", "20 uL", "3 uL"),
        ("bolus", "priming", "20 uLL"),
        ("refill", "--withdrawn", "much"),
        ("log", "--last", "3", "--from", "2"),
    ],
)
def test_bad_usage_is_exit_code_2_and_says_what_is_allowed(ctl, words):
    code, _, error = ctl(*words, "--yes") if words[0] != "log" else ctl(*words)
    assert code == 2 and "allowed" in error


# inject


def test_inject_speaks_to_the_bench_and_not_to_the_pump(bench, monkeypatch, capsys, found):
    def inject(*words):
        return pumpbench(monkeypatch, capsys, "inject", "--port", bench.url, *words)

    code, out, _ = inject("supply.sag", "voltage=3.2 V", "duration=10 min")
    assert code == 0 and "supply.sag" in out
    assert json.loads(inject("run", "duration=1 min", "--json")[1])["now_s"] > 0
    assert "SUPPLY_LOW" in {alarm["name"] for alarm in found("alarms")["alarms"]}
    assert "active, took effect" in inject("faults")[1]
    code, out, _ = inject("motor.stal", "--json")
    assert code == 2 and json.loads(out)["ok"] is False
    assert inject("clear")[0] == 0
    assert "supply_mv" in inject("truth")[1]
    code, _, error = inject("motor.stal")
    assert code == 2 and 'did you mean "motor.stall"' in error
    assert inject("motor.coupling", "fraction")[0] == 2
    assert pumpbench(monkeypatch, capsys, "inject", "truth")[0] == 2
    assert pumpbench(monkeypatch, capsys, "inject", "--port", "pump://", "truth")[0] == 3


# Keys


@pytest.mark.requirement("LNK-05")
def test_keys_are_made_for_their_owner_only(monkeypatch, capsys, tmp_path):
    def keys(*words):
        return pumpbench(monkeypatch, capsys, "ctl", "keys", *words)

    assert keys("make", str(tmp_path / "keys"))[0] == 0
    made = sorted((tmp_path / "keys").iterdir())
    assert [path.name for path in made] == ["clinician.key", "patient.key", "service.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert len({path.read_text() for path in made}) == 3
    code, _, error = keys("make", str(tmp_path / "keys"))
    assert code == 2 and "there already" in error


@pytest.mark.requirement("LNK-05")
@pytest.mark.requirement("LNK-04")
def test_a_board_is_keyed_in_maintenance_mode_and_then_wants_proofs(monkeypatch, capsys, tmp_path):
    keys = str(tmp_path / "keys")
    pumpbench(monkeypatch, capsys, "ctl", "keys", "make", keys)
    with ServedPump(PtyPort, is_in_maintenance=True) as served:

        def ctl(*words: str) -> tuple[int, Any]:
            code, out, error = pumpbench(monkeypatch, capsys, "ctl", "--port", served.url, *words, "--json")
            return code, json.loads(out.splitlines()[-1]) if out else error

        assert ctl("keys", "show") == (0, {"is_keyless": True, "roles": []})
        assert ctl("keys", "write", keys, "--yes")[1]["roles"] == ["patient", "clinician", "service"]
        ask_bench(served.url, {"do": "release", "button": "silence"})
        for state in ("off", "on"):
            ask_bench(served.url, {"do": "power", "state": state})
        ask_bench(served.url, {"do": "run", "duration": "10 s"})
        assert "KEYLESS" not in ctl("status")[1]["flags"]
        assert ctl("clock", "--set", "now")[1]["reason"] == "NOT_ALLOWED"

        def as_role(role, key, *words):
            return ctl("--role", role, "--key", f"{keys}/{key}.key", *words)

        assert as_role("patient", "patient", "clock", "--set", "now")[1]["reason"] == "NOT_ALLOWED"
        assert as_role("clinician", "patient", "clock", "--set", "now")[1]["reason"] == "BAD_KEY"
        assert as_role("clinician", "clinician", "clock", "--set", "now")[0] == 0
        # The application runs: no prompt. After leaving it there is one, but nobody holds the button.
        with monkeypatch.context() as impatient:
            impatient.setattr(raw_repl, "_ENTER_TIMEOUT_S", 0.2)
            assert ctl("keys", "erase", "--yes")[0] == 3
        assert as_role("service", "service", "repl", "--yes")[0] == 0
        ask_bench(served.url, {"do": "run", "duration": "5 s"})
        for words in (("erase", "--yes"), ("write", keys, "--yes")):
            code, answer = ctl("keys", *words)
            assert code == 1 and "silence button" in answer["message"]
        assert ctl("keys", "show")[1]["roles"] == ["patient", "clinician", "service"]
        ask_bench(served.url, {"do": "press", "button": "silence", "hold": ""})
        assert ctl("keys", "erase", "--yes")[0] == 0
        assert ctl("keys", "show")[1]["is_keyless"]


def test_a_watch_into_a_pipe_writes_a_line_for_each_look(ctl, running):
    code, out, _ = ctl("status", "--watch", "--times", "2")
    lines = out.strip().splitlines()
    assert code == 0 and len(lines) == 2
    assert all("RUNNING" in line and "reservoir" in line for line in lines)


def test_a_keyless_pump_says_that_it_has_no_keys(bench, running, ctl, tmp_path):
    (tmp_path / "any.key").write_text("00" * 32)
    code, _, error = ctl("--role", "clinician", "--key", str(tmp_path / "any.key"), "status")
    assert code == 1 and "wants neither --role nor --key" in error


def test_a_clinician_bolus_of_no_duration_is_refused_before_it_is_sent(ctl, running):
    code, _, error = ctl("bolus", "clinician", "20 uL", "--over", "0 s", "--yes")
    assert code == 2 and "duration_s" in error
