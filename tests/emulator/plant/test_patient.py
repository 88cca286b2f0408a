"""Drug in the CSF against the closed form of one compartment."""

from math import log

import pytest

from emulator.plant import DRUGS, PlantConfig
from emulator.plant.patient import Patient

HOUR_NS = 3_600_000_000_000


def test_half_is_left_after_a_half_life():
    patient = Patient(PlantConfig())
    before = patient.amount_ug
    patient.advance(5 * HOUR_NS)
    assert patient.amount_ug == pytest.approx(before / 2)


def test_the_usual_dose_keeps_the_usual_amount():
    patient = Patient(PlantConfig())
    for minute in range(1, 5 * 24 * 60):
        patient.receive(400.0 / 1440)
        patient.advance(minute * HOUR_NS // 60)
    assert patient.amount_ug == pytest.approx(patient.usual_ug, rel=0.01)
    assert patient.hours_below == 0.0
    assert patient.hours_above == 0.0


def test_baclofen_withdrawal_begins_about_a_day_after_loss():
    patient = Patient(PlantConfig())
    onset_h = log(1 / 0.03) / log(2) * 5
    assert 24 < onset_h < 72  # 1 to 3 days: emulator/FIDELITY.md, source 6
    patient.advance(24 * HOUR_NS)
    assert patient.hours_below == 0.0
    patient.advance(48 * HOUR_NS)
    assert patient.hours_below == pytest.approx(48 - onset_h)


def test_hours_do_not_depend_on_how_often_one_asks():
    once, often = Patient(PlantConfig()), Patient(PlantConfig())
    for patient in (once, often):
        patient.receive(10 * patient.usual_ug)
    once.advance(72 * HOUR_NS)
    for hour in range(1, 73):
        often.advance(hour * HOUR_NS)
    assert often.hours_above == pytest.approx(once.hours_above)
    assert often.hours_below == pytest.approx(once.hours_below)
    assert once.hours_above == pytest.approx(5 * log(11 / 3) / log(2))


def test_ziconotide_has_no_withdrawal():
    patient = Patient(PlantConfig(drug=DRUGS["ziconotide"]))
    patient.advance(1000 * HOUR_NS)
    assert patient.hours_below == 0.0
