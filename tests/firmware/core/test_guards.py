"""Commands are refused with the reason that a person can act on (THR-08, THR-10, THR-17, THR-18)."""

import pytest

from tests.firmware.core.core_modules import core, ids

guards = core.guards
MOVING = {ids.RUNNING, ids.MIN_RATE}
AT_REST = {ids.STANDBY, ids.STOPPED}
MODES = pytest.mark.parametrize("mode", range(len(ids.MODE_NAMES)), ids=ids.MODE_NAMES)


@pytest.mark.requirement("THR-08")
@MODES
def test_start_from_a_mode(mode):
    allowed = AT_REST | {ids.MIN_RATE}
    reason = guards.start_refusal(mode, True, True, True, False)
    assert reason == (ids.OK if mode in allowed else ids.WRONG_MODE)


@pytest.mark.requirement("THR-08")
@pytest.mark.parametrize(
    ("programme", "refill", "clock", "inhibited", "reason"),
    [
        pytest.param(True, True, True, False, ids.OK, id="all there"),
        pytest.param(False, True, True, False, ids.NOT_STAGED, id="no programme committed"),
        pytest.param(True, False, True, False, ids.NO_REFILL, id="no refill confirmed"),
        pytest.param(True, True, False, False, ids.CLOCK_NOT_SET, id="clock not set"),
        pytest.param(True, True, True, True, ids.ALARM_ACTIVE, id="an inhibiting alarm"),
    ],
)
def test_start_needs_programme_refill_and_clock(programme, refill, clock, inhibited, reason):
    assert guards.start_refusal(ids.STANDBY, programme, refill, clock, inhibited) == reason


@pytest.mark.requirement("THR-10")
@MODES
def test_a_bolus_needs_a_mode_that_moves_and_no_inhibiting_alarm(mode):
    assert guards.bolus_refusal(mode, False) == (ids.OK if mode in MOVING else ids.WRONG_MODE)
    assert guards.bolus_refusal(mode, True) == (ids.ALARM_ACTIVE if mode in MOVING else ids.WRONG_MODE)


@pytest.mark.requirement("THR-18")
@MODES
def test_priming_needs_a_pump_at_rest(mode):
    assert guards.priming_refusal(mode, True, False) == (ids.OK if mode in AT_REST else ids.WRONG_MODE)
    if mode in AT_REST:
        assert guards.priming_refusal(mode, False, False) == ids.NO_REFILL
        assert guards.priming_refusal(mode, True, True) == ids.ALARM_ACTIVE


@pytest.mark.requirement("THR-17")
@MODES
def test_minimum_rate_needs_neither_programme_nor_clock(mode):
    allowed = AT_REST | {ids.RUNNING}
    assert guards.minimum_rate_refusal(mode, True, False) == (ids.OK if mode in allowed else ids.WRONG_MODE)
    assert guards.minimum_rate_refusal(ids.STOPPED, False, False) == ids.NO_REFILL
    assert guards.minimum_rate_refusal(ids.STOPPED, True, True) == ids.ALARM_ACTIVE
