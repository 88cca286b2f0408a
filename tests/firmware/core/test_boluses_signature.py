"""The seal of the boluses: every bit of one that runs or waits, of idle ones what would make them run (INT-08)."""

import pytest

from tests.firmware.core.core_modules import core, ids

_FIELDS = [
    "kind",
    "volume_nl",
    "duration_s",
    "remaining_ms",
    "rate_nl_per_h",
    "shortfall_pl",
    "_fraction",
    "_carry",
    "_piece_ms",
]
_IDLE_FIELDS = ["kind", "rate_nl_per_h"]


def patient_alone(boluses):
    boluses.begin(ids.PATIENT_BOLUS, 5_000, 61, 0)


def suspended(boluses):
    boluses.begin(ids.CLINICIAN_BOLUS, 100_000, 7_000, 0)
    boluses.begin(ids.PATIENT_BOLUS, 5_000, 61, 0)


def resumed(boluses):
    suspended(boluses)
    boluses.complete()


def completed(boluses):
    resumed(boluses)
    boluses.complete()


def halted(boluses):
    suspended(boluses)
    boluses.halt(0)


def stored(boluses, begin):
    made = core.boluses.Boluses()
    begin(made)
    buffer = bytearray(2 * core.bolus.PACKED_BYTES)
    made.pack_into(buffer, 0)
    boluses.unpack_from(buffer, 0)


STORIES = [
    pytest.param(lambda boluses: None, _IDLE_FIELDS, id="none has run"),
    pytest.param(lambda boluses: boluses.begin(ids.PRIMING_BOLUS, 9_000, 9, 0), _FIELDS, id="one runs"),
    pytest.param(patient_alone, _FIELDS, id="a patient bolus runs"),
    pytest.param(suspended, _FIELDS, id="one runs and one waits"),
    pytest.param(resumed, _FIELDS, id="the one that waited goes on"),
    pytest.param(completed, _IDLE_FIELDS, id="both completed"),
    pytest.param(halted, _IDLE_FIELDS, id="both halted"),
    pytest.param(lambda boluses: stored(boluses, suspended), _FIELDS, id="both restored"),
    pytest.param(lambda boluses: stored(boluses, patient_alone), _FIELDS, id="a patient bolus restored"),
    pytest.param(lambda boluses: stored(boluses, resumed), _FIELDS, id="one restored"),
    pytest.param(lambda boluses: stored(boluses, completed), _IDLE_FIELDS, id="none restored"),
]


@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize(("story", "fields"), STORIES)
def test_each_bit_that_can_decide_about_a_stroke_changes_the_signature(story, fields):
    boluses = core.boluses.Boluses()
    story(boluses)
    before = boluses.signature()
    for bolus in (boluses.patient, boluses.other):
        for field in fields:
            value = getattr(bolus, field)
            for bit in range(30):
                setattr(bolus, field, value ^ 1 << bit)
                assert boluses.signature() != before, (field, bit)
            setattr(bolus, field, value)
    assert boluses.signature() == before
