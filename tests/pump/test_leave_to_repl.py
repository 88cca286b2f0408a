"""A service person leaves the pump's program for the REPL, works there as long as it takes, and comes back."""

from __future__ import annotations

import pytest

from hil.errors import Refused

_CTRL_A, _CTRL_C, _CTRL_D = b"\x01", b"\x03", b"\x04"


def type_at_repl(rig, code: str) -> bytes:
    """What the board answers to a piece of code in its raw REPL."""
    heard: list[bytes] = []
    rig.world.cable.on_data(lambda data, t_ns: heard.append(data))
    rig.target.serial.write(_CTRL_C + _CTRL_A)
    rig.clock.run_until(rig.clock.now_ns + 100_000_000)
    rig.target.serial.write(code.encode() + _CTRL_D)
    rig.clock.run_until(rig.clock.now_ns + 500_000_000)
    return b"".join(heard)


@pytest.mark.requirement("INT-03", "LNK-05")
def test_the_watchdog_does_not_bite_at_the_repl(pump):
    rig = pump(is_started=False)
    boots = rig.status.boots
    rig.client.leave_to_repl()
    rig.clock.run_until(rig.clock.now_ns + 60_000_000_000)
    assert len(rig.world.mcu.resets) == 1, "the one restart that leaves; then a minute without another"
    assert b"True" in type_at_repl(rig, "import os; print('main.py' in os.listdir())")
    type_at_repl(rig, "import machine; machine.reset()")
    rig.reconnect()
    status = rig.status
    assert (status.reset_cause, status.mode) == ("SERVICE", "STANDBY")
    assert status.boots == boots + 1, "at the REPL the pump did not boot"
    assert rig.active() == set()


@pytest.mark.requirement("INT-03")
def test_three_stays_at_the_repl_are_no_watchdog_loop(pump):
    rig = pump(is_started=False)
    for _ in range(3):
        rig.client.leave_to_repl()
        rig.clock.run_until(rig.clock.now_ns + 2_000_000_000)
        type_at_repl(rig, "import machine; machine.reset()")
        rig.reconnect()
    assert rig.status.mode == "STANDBY"


@pytest.mark.requirement("INT-03")
def test_power_lost_at_the_repl_is_told_as_such(pump):
    rig = pump(is_started=False)
    rig.client.leave_to_repl()
    rig.clock.run_until(rig.clock.now_ns + 2_000_000_000)
    rig.cycle_power()
    assert rig.status.reset_cause == "POWER_ON"
    assert "POWER_LOST" in [event.code for event in rig.client.log()]


@pytest.mark.requirement("THR-15")
def test_a_pump_that_delivers_does_not_leave(pump):
    rig = pump()
    with pytest.raises(Refused, match="WRONG_MODE"):
        rig.client.leave_to_repl()
    rig.run_for(30.0)
    assert rig.world.mcu.resets == []
    assert rig.status.mode == "RUNNING"
