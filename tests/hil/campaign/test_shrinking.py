"""The search for a smaller scenario, on made-up rules of what fails."""

from __future__ import annotations

import tomllib

import pytest

from hil.campaign.shrinking.cut import cut
from hil.campaign.shrinking.failure import Failure, failures, ground
from hil.campaign.shrinking.reduce import Shrinker
from hil.run.result import ExpectationResult, FaultResult, RunResult
from hil.words.toml_text import toml_text

TABLE = {
    "name": "long",
    "duration": "10 d",
    "seed": 31,
    "bench": {"pressure_noise": "0.31 kPa"},
    "therapy": {
        "drug": {"name": "baclofen", "concentration": "500 ug/mL"},
        "fill": "18.37 mL",
        "basal": [{"days": "mon-sun", "segments": [["00:00", "13.37 uL/h"], ["06:00", "40 uL/h"]]}],
    },
    "step": [
        *({"at": f"{hour} h", "do": "silence"} for hour in range(1, 9)),
        {"at": "5 d", "inject": "motor.stall", "duration": "3.14159 h"},
        {"at": "6 d", "do": "start", "every": "1 min", "count": 40},
    ],
    "expect": [{"never": "MOTOR_STALL"}, {"mode": "RUNNING", "at": "1 d"}],
}


def injects(table) -> bool:
    is_stalled = any(step.get("inject") == "motor.stall" for step in table.get("step", []))
    has_rate = "uL/h" in str(table.get("therapy", {}).get("basal"))
    return is_stalled and has_rate and "expect" in table


def test_what_does_not_matter_is_left_out():
    smallest = Shrinker(injects).shrink(TABLE)
    assert [step["inject"] for step in smallest["step"]] == ["motor.stall"]
    assert len(smallest["expect"]) == 1
    assert "bench" not in smallest and "fill" not in smallest["therapy"]
    assert smallest["therapy"]["basal"] in ("13.37 uL/h", "40 uL/h", "10 uL/h")
    assert TABLE["seed"] == 31  # the table that was handed in stays as it was


def test_two_steps_that_only_fail_together_both_stay():
    def is_failing(table) -> bool:
        times = {step["at"] for step in table.get("step", []) if step.get("do") == "silence"}
        return {"2 h", "7 h"} <= times

    smallest = Shrinker(is_failing).shrink(TABLE)
    assert [step["at"] for step in smallest["step"]] == ["2 h", "7 h"]


def test_a_count_falls_to_the_least_that_fails():
    smallest = Shrinker(lambda table: any(step.get("count", 0) >= 7 for step in table.get("step", []))).shrink(TABLE)
    assert smallest["step"][0]["count"] == 7


def test_what_is_left_always_fails_even_when_time_is_over():
    tries = []

    def is_failing(table) -> bool:
        tries.append(table)
        return injects(table)

    smallest = Shrinker(is_failing, lambda: len(tries) >= 5).shrink(TABLE)
    assert len(tries) == 5
    assert injects(smallest)


def test_no_candidate_is_run_twice():
    seen = []

    def is_failing(table) -> bool:
        assert table not in seen
        seen.append(table)
        return injects(table)

    assert Shrinker(is_failing).shrink(TABLE)
    assert len(seen) < 300


def test_the_text_of_a_table_is_read_as_the_same_table():
    assert tomllib.loads(toml_text(TABLE)) == TABLE
    odd = {"name": 'a "b" \\ µ', "x y": 1.5, "flag": True, "step": [{"expect": {"refused": "LOCKOUT"}}]}
    assert tomllib.loads(toml_text(odd)) == odd


def result(verdict: str, *seen: tuple[str, str]) -> RunResult:
    expectations = [ExpectationResult(text, each, "seen 12") for text, each in seen]  # type: ignore[arg-type]
    return RunResult("s", "f", "sim", 0, verdict, expectations=expectations)  # type: ignore[arg-type]


def test_a_failure_keeps_its_name_at_other_times_and_figures():
    table = {"expect": [{"alarm": "MOTOR_STALL", "after": "1 h", "within": "3 min"}]}
    later = {"expect": [{"alarm": "MOTOR_STALL", "after": "2 h", "within": "9 min"}]}
    first = failures(result("fail", ("a step is accepted", "pass"), ("alarm", "fail")), table)
    assert first == failures(result("fail", ("alarm", "fail")), later)
    assert {each.kind for each in first} == {"expectation"}


@pytest.mark.parametrize(
    ("run", "kinds"),
    [
        pytest.param(result("fail", ("step 3: start is accepted", "fail"), ("x", "pass")), {"step"}, id="a refusal"),
        pytest.param(
            result("fail", ("the firmware does not end by an error", "fail"), ("x", "fail")),
            {"firmware", "expectation"},
            id="a traceback, and what came of it",
        ),
        pytest.param(result("invalid", ("x", "invalid")), set(), id="an invalid run is no failure"),
        pytest.param(result("pass", ("x", "pass")), set(), id="nor is one that passes"),
    ],
)
def test_what_failed_is_told_apart(run, kinds):
    assert {failure.kind for failure in failures(run, {"expect": [{"never": "ANY"}]})} == kinds


def test_another_expectation_is_another_failure():
    assert Failure("expectation", "a") != Failure("expectation", "b")


def result_of(seen: str, **fields) -> RunResult:
    expectations = [ExpectationResult("alarm MOTOR_STALL", "fail", seen)]
    return RunResult("x", "x", "sim", 0, "fail", expectations=expectations, **fields)


@pytest.mark.parametrize(
    ("seen", "way"),
    [
        ("never raised; alarms of the run: none", "never"),
        ("raised outside that time: 00:57", "outside"),
        ("raised 3 times, first at 00:01", "count"),
        ("MOTOR_STALL raised at 00:01, never cleared", "not cleared"),
        ("0 of them", "never"),
        ("4 of them: STALL(1, 2) at 00:01", "count"),
    ],
)
def test_the_way_in_which_an_expectation_failed_is_part_of_the_failure(seen, way):
    (failure,) = failures(result_of(seen), {"expect": [{"alarm": "MOTOR_STALL"}]})
    assert failure.way == way


def test_a_smaller_scenario_keeps_a_fault_that_took_effect_and_a_pump_that_delivered():
    whole = ground(result_of("never raised", faults=[FaultResult("motor.stall", 1.0, True)], delivered_nl=5_000))
    assert whole.is_kept_by(whole)
    for less in (
        result_of("never raised", delivered_nl=5_000),
        result_of("never raised", faults=[FaultResult("motor.stall", 1.0, False)], delivered_nl=5_000),
        result_of("never raised", faults=[FaultResult("motor.stall", 1.0, True)]),
    ):
        assert not whole.is_kept_by(ground(less))


@pytest.mark.slow
def test_an_alarm_that_comes_too_early_is_not_cut_down_to_one_that_never_comes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "early.toml").write_text(
        'name = "early"\nduration = "2 h"\n[therapy]\nfill = "15 mL"\nbasal = "60 uL/h"\n'
        '[[step]]\nat = "50 min"\ninject = "motor.stall"\nduration = "20 min"\n'
        '[[expect]]\nalarm = "MOTOR_STALL"\nafter = "1 h"\nwithin = "10 min"\n'
    )
    smallest = tomllib.loads(cut("early.toml", "sim", "", 8.0).text)
    assert [step["inject"] for step in smallest["step"]] == ["motor.stall"]
    assert "basal" in smallest["therapy"]
