"""What a real bench cannot do of a scenario, known before the run begins: such a run is blocked, not tried."""

from __future__ import annotations

from hil.scenario.model import (
    BuzzerExpectation,
    Do,
    Inject,
    PatientExpectation,
    Scenario,
    TruthExpectation,
    WaveExpectation,
)
from hil.scenario.verbs import VERBS
from hil.targets import rig_faults
from hil.words.bench import pump_settings
from hil.words.quantity import format_duration

LONG_NS = 10 * 60 * 10**9  # as long as somebody waits beside a bench
# Keys of [bench] that a rig can be told (hil/targets/rigged.py: settings_of).
_RIG_KEYS = frozenset(
    (
        "volume_per_rev",
        "calibration_error",
        "compliance",
        "patient_pressure",
        "posture",
        "posture_period",
        "reservoir",
        "fill",
        "concentration",
        "supply",
        "rotor_phase",
        "back_pressure_loss",
    )
)
# What of `Hands` (hil/scenario/verbs.py) is there with a rig only.
_RIG_HANDS = frozenset(("bench", "power", "withdraw", "fill"))
_WEIGHED = ("delivered", "missed")  # what a balance tells
_CONDITIONS_OF_A_PUMP = ("alarm", "mode")


def reasons(scenario: Scenario, has_rig: bool, may_be_long: bool, has_balance: bool = False) -> list[str]:
    """Why the scenario cannot be run on a board; empty when it can."""
    found = []
    if scenario.duration_ns > LONG_NS and not may_be_long:
        found.append(f"it lasts {format_duration(scenario.duration_ns)} by the wall clock: ask for it with --long")
    settings = pump_settings(scenario.bench)
    if settings:
        found.append(f"the pump would have to be configured ({', '.join(sorted(settings))}): pumpbench flash --config")
    found += _of_bench(scenario, has_rig)
    found += rig_faults.what_blocks(scenario) if has_rig else _of_steps_without_a_rig(scenario)
    found += _of_expectations(scenario, has_rig, has_balance)
    return list(dict.fromkeys(found))


def _of_bench(scenario: Scenario, has_rig: bool) -> list[str]:
    able = _RIG_KEYS if has_rig else frozenset()
    who = "a rig" if has_rig else "a bench without a rig"
    return [f"[bench] {key}: {who} cannot be made so" for key in scenario.bench if key not in able]


def _of_steps_without_a_rig(scenario: Scenario) -> list[str]:
    found = []
    for step in scenario.steps:
        if isinstance(step.action, Inject):
            found.append(f"{step.action.fault}: nothing here can inject it; --rig URL names what can")
        elif isinstance(step.action, Do) and _takes_a_hand(step.action.verb):
            found.append(f"{step.action.verb}: it takes a hand at the bench; --rig URL names one")
        if step.when is not None and step.when.kind not in _CONDITIONS_OF_A_PUMP:
            found.append(f"a step waits for {step.when.kind}, which nothing here can see; --rig URL names what can")
    return found


def _takes_a_hand(verb: str) -> bool:
    """The verb's function says itself what it uses: a second list of verbs would drift from the first."""
    return bool(_RIG_HANDS & set(VERBS[verb].hand.__code__.co_names))


def _of_expectations(scenario: Scenario, has_rig: bool, has_balance: bool) -> list[str]:
    found = []
    for expectation in scenario.expectations:
        if isinstance(expectation, PatientExpectation):
            found.append("patient: a real bench has no model of a patient")
        elif isinstance(expectation, WaveExpectation):
            found.append(f"wave {expectation.net}: a real bench records no waves")
        elif has_balance and isinstance(expectation, TruthExpectation) and expectation.quantity in _WEIGHED:
            continue
        elif isinstance(expectation, (TruthExpectation, BuzzerExpectation)) and not has_rig:
            found.append(f"{expectation.text}: nothing here measures it; --rig URL names what can")
    return found
