"""Two timelines side by side: what counts as the same, and where a difference is reported."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from hil.campaign.compare import ENABLE_NET, STEP_NET, TOLERANCES, bursts, compare, shortened
from hil.cli import app
from hil.commands.compare import describe
from hil.run.record import AlarmSeen, LogSeen, Record
from hil.scenario.reader import read_text

SECOND_NS = 10**9
MS_NS = 10**6

SCENARIO = """
name = "two targets"
why = "the first divergence"
requirements = ["DET-01"]
duration = "100 s"
seed = 7
start_clock = "2026-03-02 08:00:00"
[[step]]
at = "20 s"
inject = "motor.stall"
[[step]]
at = "60 s"
clear = "motor.stall"
[[expect]]
never = ["SYSTEM_FAULT"]
"""


def burst(start_ns: int, count: int) -> list[tuple[int, int]]:
    return [(start_ns + 312_500 * edge, 1 - edge % 2) for edge in range(2 * count)]


def record(shift_ns: int = 0, strokes: int = 3, steps: int = 16, pressure_pa: int = 5000) -> Record:
    edges, enable = [(-20 * SECOND_NS, 0)], [(-20 * SECOND_NS, 1)]
    for stroke in range(strokes):
        begin_ns = (10 + 20 * stroke) * SECOND_NS + shift_ns
        edges += [*burst(begin_ns - 40 * MS_NS, 48), *burst(begin_ns, steps)]  # the first row aligns the indexer
        enable += [(begin_ns - 1, 0), (begin_ns + steps * 625_000, 1)]
    return Record(
        end_ns=100 * SECOND_NS,
        alarms=[AlarmSeen(30 * SECOND_NS + shift_ns, "MOTOR_STALL", "RAISED")],
        log=[
            LogSeen(-5 * SECOND_NS, "BOOT", 1, 1, 1),
            LogSeen(30 * SECOND_NS + shift_ns, "OCCLUSION", pressure_pa, 300, 2),
        ],
        waves={STEP_NET: edges, ENABLE_NET: enable},
    )


def divergence(left: Record, right: Record):
    return compare(("sim", "mpy"), left, right).divergence


def test_a_record_agrees_with_itself_and_says_on_how_much():
    found = compare(("sim", "mpy"), record(), record())
    assert found.divergence is None
    assert found.entries == {"event": 1, "alarm": 1, "stroke": 3}
    assert found.shift_ns == {"event": 0, "alarm": 0, "stroke": 0}


def test_a_shift_within_the_tolerance_is_the_same_story():
    shift_ns = TOLERANCES["stroke"].time_ns
    found = compare(("sim", "mpy"), record(), record(shift_ns))
    assert found.divergence is None
    assert found.shift_ns["stroke"] == shift_ns


def test_a_stroke_that_comes_too_late_is_the_first_divergence():
    found = divergence(record(), record(TOLERANCES["stroke"].time_ns + 1))
    assert found is not None
    assert (found.signal, found.t_ns) == ("stroke", 10 * SECOND_NS)
    assert "apart" in found.why


def test_a_stroke_of_another_length_shows_both_lengths():
    found = divergence(record(), record(steps=18))
    assert found is not None and found.why == "16 against 18"


def test_a_stroke_that_only_one_target_makes_is_reported():
    found = divergence(record(), record(strokes=4))
    assert found is not None
    assert found.t_ns == 70 * SECOND_NS
    assert found.entries[0] is None and found.entries[1] is not None


def test_what_the_end_cuts_off_on_one_target_is_no_divergence():
    left, right = record(), record()
    right.alarms.append(AlarmSeen(right.end_ns - 1, "STEP_LOSS", "RAISED"))
    assert divergence(left, right) is None


def test_another_alarm_at_the_same_time_is_not_the_same_thing():
    left, right = record(), record()
    right.alarms[0] = AlarmSeen(right.alarms[0].t_ns, "CATHETER_OCCLUSION", "RAISED")
    found = divergence(left, right)
    assert found is not None and (found.signal, found.why) == ("alarm", "not the same thing")


def test_a_measured_number_may_differ_a_little_and_not_more():
    assert divergence(record(), record(pressure_pa=5090)) is None
    found = divergence(record(), record(pressure_pa=5600))
    assert found is not None and (found.signal, found.why) == ("event", "5000 against 5600")


def test_the_earliest_of_several_divergences_is_told():
    right = record(pressure_pa=9000)
    right.waves = record(steps=14).waves
    found = divergence(record(), right)
    assert found is not None and (found.signal, found.t_ns) == ("stroke", 10 * SECOND_NS)


def test_a_divergence_tells_time_both_values_and_the_step_before_it():
    scenario = read_text(SCENARIO, "two.toml")[0]
    found = divergence(record(), record(pressure_pa=9000))
    assert found is not None
    first, left, right, after = describe(scenario, found)
    assert first.startswith("first divergence at") and "event: 5000 against 9000" in first
    assert "OCCLUSION (5000, 300), log entry 2" in left and left.startswith("    sim:")
    assert "OCCLUSION (9000, 300), log entry 2" in right and right.startswith("    mpy:")
    assert after == "  after step 0, two.toml:8"


def test_edges_are_gathered_into_bursts():
    edges = [(0, 0), *burst(SECOND_NS, 16), *burst(2 * SECOND_NS, 3), *burst(3 * SECOND_NS, 9)]
    enable = [(0, 0), (3 * SECOND_NS - 1, 1)]  # without current an edge is no step
    assert bursts(edges, enable) == [(SECOND_NS, 16), (2 * SECOND_NS, 3)]


@pytest.mark.parametrize("pause_ms", [5, 11, 19])
def test_bursts_of_a_fast_pump_are_not_taken_for_one(pause_ms):
    """50 mL/h: 46 strokes of 16 microsteps a second."""
    apart_ns = 16 * 625_000 + pause_ms * MS_NS
    starts = [SECOND_NS + number * apart_ns for number in range(40)]
    edges = [(0, 0), *(edge for start in starts for edge in burst(start, 16))]
    assert bursts(edges, [(0, 0)]) == [(start, 16) for start in starts]


def test_one_microstep_is_the_same_stroke_and_two_are_not():
    assert divergence(record(steps=210), record(steps=209)) is None
    found = divergence(record(steps=210), record(steps=208))
    assert found is not None and found.why == "210 against 208"


def test_a_shortened_scenario_leaves_out_what_comes_later():
    short = shortened(read_text(SCENARIO, "two.toml")[0], 30 * SECOND_NS)
    assert short.duration_ns == 30 * SECOND_NS
    assert [step.index for step in short.steps] == [0]
    assert short.expectations == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [("sim", "two or more"), ("sim,mars", "two or more"), ("sim,serial:", "two or more")],
)
def test_targets_that_cannot_be_compared_are_bad_usage(words, message):
    done = CliRunner().invoke(app, ["compare", "demo_week", "--targets", words])
    assert done.exit_code == 2
    assert message in done.output


def test_a_target_that_is_not_there_is_infrastructure(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(SCENARIO)
    done = CliRunner().invoke(app, ["compare", str(file), "--targets", "sim,serial:/dev/nowhere"])
    assert done.exit_code == 3


def test_sim_and_mpy_tell_the_same_story_of_a_stall(tmp_path):
    pytest.importorskip("micropython_unix")
    file = tmp_path / "two.toml"
    file.write_text(SCENARIO.replace("[[step]]", THERAPY + "[[step]]", 1))
    done = CliRunner().invoke(app, ["compare", str(file), "--targets", "sim,mpy"])
    assert done.exit_code == 0, done.output
    assert "sim and mpy agree on" in done.output


THERAPY = """
[therapy]
fill = "18 mL"
basal = [{ days = "mon,tue,wed,thu,fri,sat,sun", segments = [["00:00", "900 uL/h"]] }]
"""
