"""The foreseen patient boluses against a lock-out that is really asked every second it matters (RES-02)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import core, ids


def greedy_starts(lockout, patient, now_s, count):
    """Ask as early as there is a chance, deliver, and note the start."""
    starts = []
    while len(starts) < count:
        now_s += lockout.seconds_left(now_s, patient.lockout_s, patient.per_day)
        assert lockout.refusal(now_s, patient.lockout_s, patient.per_day) == ids.OK
        lockout.started(now_s)
        starts.append(now_s)
        now_s += patient.duration_s
        lockout.ended(now_s + 1)
    return starts


@pytest.mark.requirement("RES-02")
@given(
    st.integers(1, 3_600),
    st.one_of(st.integers(0, 30_000), st.sampled_from([0, 14_400, 86_400])),
    st.integers(1, 12),
    st.lists(st.integers(0, 40_000), max_size=20),
    st.integers(0, 50_000),
)
def test_every_start_is_foreseen_from_any_history(duration_s, lockout_s, per_day, waits, idle_s):
    patient, lockout, use = core.settings.PatientBolus(), core.lockout.Lockout(), core.bolus_use.BolusUse()
    patient.set(1_000, duration_s, lockout_s, per_day)
    now_s = 100_000
    for wait_s in waits:
        now_s = greedy_starts(lockout, patient, now_s + wait_s, 1)[0] + duration_s
    now_s += idle_s
    use.begin(patient, duration_s, lockout, now_s, core.bolus.Bolus())
    foreseen = [now_s + use.start_in_s(number) for number in range(3 * per_day + 2)]
    assert foreseen == greedy_starts(lockout, patient, now_s, len(foreseen))


@pytest.mark.requirement("RES-02")
def test_a_running_bolus_puts_the_next_one_behind_its_own_lockout():
    patient, lockout, use = core.settings.PatientBolus(), core.lockout.Lockout(), core.bolus_use.BolusUse()
    patient.set(1_000, 60, 7_200, 6)
    lockout.started(1_000)
    running = core.bolus.Bolus()
    running.begin(ids.PATIENT_BOLUS, 1_000, 60)
    running.pass_ms(20_000)
    use.begin(patient, 60, lockout, 1_020, running)
    assert use.start_in_s(0) == 40 + 1 + 7_200
