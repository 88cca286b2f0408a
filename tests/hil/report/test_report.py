"""The report file: whole, without a network, and honest about what did not hold."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from hil.report.figure import BAND_OPACITY, FAULT_COLOUR, curves_of, difference, figure
from hil.report.matrix import requirement_rows
from hil.report.page import encoded_figures, write_report
from hil.run.result import AlarmResult, ExpectationResult, FaultResult, RunResult, Series, Span, Verdict
from hil.words.quantity import clock_text, duration_text, percent_text, volume_text

DAY_S = 86_400.0


def result(name: str = "Stall & recovery", verdict: Verdict = "pass", **changes) -> RunResult:
    """Two days at 20 uL/h with a stall of three hours, as the runner would hand it over."""
    fields: dict[str, Any] = {
        "requirements": ["DET-01", "THR-05"],
        "simulated_s": 2 * DAY_S,
        "wall_s": 0.5,
        "expectations": [ExpectationResult("MOTOR_STALL within 10 min", verdict, "raised at 1 d 02:01")],
        "faults": [FaultResult("motor.magnetic_field", 93_600.0, True)],
        "alarms": [AlarmResult("MOTOR_STALL", "HIGH", "RAISED", 93_660.0)],
        "programmed_nl": 960_000,
        "delivered_nl": 900_000,
        "computed_nl": 899_700,
        "strokes": 3000,
        "event_log_sha256": "5e" * 32,
        "versions": {"pumpbench": "0.1.0"},
        "series": {
            "programmed_nl": Series([0.0, 2 * DAY_S], [0.0, 960_000.0]),
            "delivered_nl": Series([0.0, 93_600.0, 104_400.0, 2 * DAY_S], [0.0, 520_000.0, 520_000.0, 900_000.0]),
            "line_pressure_kpa": Series([0.0, 50.0, 2 * DAY_S], [1.3, 6.0, 1.3]),
        },
        "alarm_spans": [Span("MOTOR_STALL", 93_660.0, None)],
        "fault_spans": [Span("motor.magnetic_field", 93_600.0, 96_000.0)],
        "log": [f"line {i}" for i in range(500)],
        "why": "A stalled pump must call for help.",
        "reproduce": "pumpbench run stall.toml --target sim --seed 7",
    }
    return RunResult(name, "stall.toml", "sim", 7, verdict, **(fields | changes))


def own_part(page: str) -> str:
    """The page without plotly.js, which mentions many addresses that it never asks for."""
    return re.sub(r"<script>/\*\*.*?</script>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    path = write_report([result()], tmp_path_factory.mktemp("report") / "made" / "on demand")
    assert path.name == "report.html"
    return path.read_text(encoding="utf-8")


def test_the_file_carries_plotly_and_asks_for_nothing_outside(page):
    own = own_part(page)
    assert "Plotly.newPlot" in own and len(page) - len(own) > 1_000_000
    assert not re.search(r"https?://", own)
    assert not re.search(r"<(link|img|iframe)\b|<script[^>]+src=|@import|url\(", own)


def test_the_page_says_what_was_run_what_was_seen_and_how_to_repeat_it(page):
    for text in (
        "Stall &amp; recovery",
        "raised at 1 d 02:01",
        "pumpbench run stall.toml --target sim --seed 7",
        "-6.25 % of programmed",
        "345\u202f600 × real time",
        "1 d 02:01:00",
        "300 lines left out",
        "5e" * 32,
        "never connect it to a person",
    ):
        assert text in page, text


def test_text_of_a_run_cannot_become_markup(tmp_path):
    evil = "</script><b>x</b>"
    path = write_report([result(evil, fault_spans=[Span(evil, 0.0, 1.0)], why=evil, log=[evil])], tmp_path)
    assert evil not in own_part(path.read_text(encoding="utf-8"))


def test_a_failed_expectation_and_a_dead_fault_stand_first(tmp_path):
    broken = result(
        verdict="invalid",
        expectations=[
            ExpectationResult("mode RUNNING", "pass", "RUNNING"),
            ExpectationResult("buzzer HIGH", "invalid", "no buzzer on this bench"),
        ],
        faults=[FaultResult("motor.slip", 60.0, False)],
        message="a fault never took effect",
    )
    text = write_report([broken], tmp_path).read_text(encoding="utf-8")
    assert "First expectation that did not hold:</b> buzzer HIGH" in text
    assert "<b>motor.slip</b> injected at 0 d 00:01:00 never took effect" in text
    assert "a fault never took effect" in text


def test_what_failed_is_told_once_above_the_plot(tmp_path):
    seen = "never raised; alarms of the run: none"
    expectation = ExpectationResult("alarm MOTOR_STALL", "fail", seen)
    failed = result(verdict="fail", expectations=[expectation], message=f"alarm MOTOR_STALL: {seen}")
    text = own_part(write_report([failed], tmp_path).read_text(encoding="utf-8"))
    assert text[: text.index('class="cards"')].count(seen) == 1


def test_a_run_without_any_measurement_still_makes_a_report(tmp_path):
    bare = RunResult("No port", "x.toml", "serial:none", 0, "infra", message="no such port")
    text = write_report([bare], tmp_path).read_text(encoding="utf-8")
    assert "no such port" in text and "The pump raised none." in text


def test_many_runs_get_a_summary_and_only_failed_ones_are_open(tmp_path):
    runs = [result("first"), result("second", "fail"), result("third")]
    text = write_report(runs, tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'<details class="scenario (\w+)" id="run-\d"( open)?>', text) == [
        ("pass", ""),
        ("fail", " open"),
        ("pass", ""),
    ]
    assert '<a href="#run-1">second</a>' in text and "1 of 1" in text and "0 of 1" in text


def test_the_curves_of_a_large_library_stay_within_the_budget_of_the_file():
    rough = Series([float(i) for i in range(4000)], [float(i * 7919 % 4001) for i in range(4000)])
    library = [result(str(i), series={"line_pressure_kpa": rough}) for i in range(40)]
    texts = encoded_figures(library)
    assert sum(map(len, texts)) <= 1_100_000
    assert all(len(json.loads(text)["data"][0]["x"]) > 100 for text in texts)


def test_the_figure_has_a_row_for_each_known_quantity_a_lane_for_each_fault_and_alarm():
    run = result()
    drawn = figure(run, curves_of(run, 1000))
    titles = [note["text"] for note in drawn["layout"]["annotations"]]
    assert titles == [
        "<b>Volume</b>, µL",
        "<b>Delivered minus programmed</b>, µL",
        "<b>Line pressure</b>, kPa",
        "<b>Faults and alarms</b>",
    ]
    assert drawn["layout"]["yaxis4"]["ticktext"] == ["motor.magnetic_field", "MOTOR_STALL"]
    fault, alarm = drawn["layout"]["shapes"]
    assert (fault["x0"], fault["x1"], fault["fillcolor"]) == (93_600.0, 96_000.0, FAULT_COLOUR)
    assert (alarm["x0"], alarm["x1"]) == (93_660.0, 2 * DAY_S), "a span without an end lasts to the end"
    assert alarm["opacity"] == BAND_OPACITY[alarm["fillcolor"]]
    tops = [drawn["layout"][f"yaxis{n or ''}"]["domain"] for n in ("", 2, 3, 4)]
    assert all(below[1] < above[0] for above, below in zip(tops, tops[1:], strict=False))
    assert drawn["data"][0]["y"][-1] == 960.0


def test_the_difference_is_taken_at_the_times_of_the_delivered_curve():
    delivered = Series([0.0, 50.0, 100.0, 200.0], [0.0, 40.0, 100.0, 100.0])
    programmed = Series([0.0, 100.0], [0.0, 100.0])
    assert difference(delivered, programmed) == Series(delivered.t_s, [0.0, -10.0, 0.0, 0.0])
    assert difference(delivered, None) is None
    assert difference(delivered, Series([], [])) is None


def test_a_requirement_is_as_good_as_its_worst_run_and_no_evidence_is_dropped():
    runs = [
        result("good", requirements=["THR-05", "ALM-01"]),
        result("bad", "fail", requirements=["THR-05", "XXX-99"]),
    ]
    rows, untouched = requirement_rows(runs)
    assert [(row.requirement.id, row.verdict, [number for number, _ in row.runs]) for row in rows] == [
        ("THR-05", "fail", [0, 1]),
        ("ALM-01", "pass", [0]),
        ("XXX-99", "fail", [1]),
    ]
    names = {requirement.id for requirement in untouched}
    assert "DET-01" in names and "THR-05" not in names


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (clock_text(93_615.4), "1 d 02:00:15"),
        (clock_text(59.6), "0 d 00:01:00"),
        (duration_text(604_800), "7 d"),
        (duration_text(2400), "40 min"),
        (duration_text(0.34), "340 ms"),
        (volume_text(300), "300 nL"),
        (volume_text(-41_700), "-41.7 µL"),
        (volume_text(17_800_000), "17.8 mL"),
        (percent_text(99, 100), "-1.00 %"),
        (percent_text(5, 0), "–"),
    ],
)
def test_quantities_read_as_a_person_writes_them(shown, text):
    assert shown == text
