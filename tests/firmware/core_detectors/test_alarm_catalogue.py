"""The catalogue says everything about every alarm, and says what the requirements say."""

from __future__ import annotations

import pytest

from hil.docs import alarm_table
from protocols import alarms, ids
from tests.firmware.core_detectors.bench_figures import core

catalogue = core("alarm_catalogue")
LAST_ALARM = core("alarm_rows").LAST_ALARM

# name: priority, action, as the requirements and the decisions of firmware/DESIGN.md have them
REQUIRED = {
    "SYSTEM_FAULT": (ids.HIGH, ids.HALT),  # INT-02
    "MOTOR_STALL": (ids.HIGH, ids.SUSPEND),  # DET-01
    "CATHETER_OCCLUSION": (ids.HIGH, ids.STOP),  # DET-05
    "EMPTY_RESERVOIR": (ids.HIGH, ids.STOP),  # RES-04
    "OVER_DELIVERY": (ids.HIGH, ids.HALT),  # DET-04
    "SENSOR_FAULT_ROTOR": (ids.HIGH, ids.HOLD_MIN_RATE),  # DET-08
    "SUPPLY_CRITICAL": (ids.HIGH, ids.SUSPEND),  # DET-09
    "STOPPED_LONG": (ids.HIGH, ids.CONTINUE),  # THR-16
    "UNDER_DELIVERY": (ids.MEDIUM, ids.CONTINUE),  # DET-04
    "STEP_LOSS": (ids.MEDIUM, ids.CONTINUE),  # DET-03
    "CATHETER_DISCONNECTED": (ids.MEDIUM, ids.CONTINUE),  # DET-07
    "SENSOR_FAULT_PRESSURE": (ids.MEDIUM, ids.CONTINUE),  # DET-08
    "SENSOR_FAULT_SUPPLY": (ids.MEDIUM, ids.CONTINUE),  # DET-08
    "CLOCK_FAULT": (ids.MEDIUM, ids.CONTINUE),  # DET-10
    "DOSE_LIMIT": (ids.MEDIUM, ids.CONTINUE),  # THR-13 names none: a dose that is cut short needs a person soon
    "REFILL_MISMATCH": (ids.MEDIUM, ids.CONTINUE),  # RES-06 names none
    "LOW_RESERVOIR": (ids.LOW, ids.CONTINUE),  # RES-03
    "REFILL_DUE": (ids.LOW, ids.CONTINUE),  # RES-08
    "SUPPLY_LOW": (ids.LOW, ids.CONTINUE),  # DET-09
    "BUTTON_STUCK": (ids.LOW, ids.CONTINUE),  # DET-11
    "UPLOAD_IDLE": (ids.NOTICE, ids.CONTINUE),  # THR-07
    "STALL_RECOVERED": (ids.NOTICE, ids.CONTINUE),  # DET-02
    "POWER_LOST": (ids.NOTICE, ids.CONTINUE),  # INT-05
    "RESTARTS": (ids.MEDIUM, ids.CONTINUE),  # INT-05
}


@pytest.mark.requirement("ALM-01")
def test_every_number_of_the_wire_has_the_row_of_its_name():
    assert set(alarms.NAMES[1:]) == set(REQUIRED)
    for number, name, *_ in alarms.ALARMS:
        assert getattr(ids, "ALARM_" + name) == number


@pytest.mark.requirement("ALM-01")
def test_the_pump_has_the_rows_of_the_table():
    """Else: python -m hil.docs.alarm_table"""
    assert alarm_table.ROWS.read_text(encoding="utf-8") == alarm_table.pump_rows()


def test_a_row_out_of_the_order_of_the_numbers_is_refused(monkeypatch):
    monkeypatch.setattr(alarms, "ALARMS", alarms.ALARMS[1:])
    with pytest.raises(ValueError, match="1, 2, 3"):
        alarm_table.pump_rows()


@pytest.mark.requirement("ALM-01")
@pytest.mark.parametrize("name", REQUIRED)
def test_priority_and_action_are_the_required_ones(name):
    number = getattr(ids, "ALARM_" + name)
    assert (catalogue.priority(number), catalogue.action(number)) == REQUIRED[name]


@pytest.mark.requirement("ALM-01")
def test_every_alarm_has_its_own_text_that_tells_a_person_what_to_do():
    texts = [row[alarms.TEXT] for row in alarms.ALARMS]
    assert len(set(texts)) == len(texts) == LAST_ALARM
    assert all(len(text.split(".")) >= 2 and len(text) > 30 for text in texts)


@pytest.mark.requirement("THR-14")
def test_whatever_keeps_delivery_from_the_programme_inhibits_every_bolus():
    for number in range(1, LAST_ALARM + 1):
        if catalogue.action(number) != ids.CONTINUE:
            assert catalogue.inhibits(number) == 0b11110, alarms.NAMES[number]


def test_only_notices_have_no_duration():
    for number in range(1, LAST_ALARM + 1):
        is_notice = catalogue.priority(number) == ids.NOTICE
        assert (catalogue.clearing(number) == ids.NOTICE_ONLY) == is_notice
