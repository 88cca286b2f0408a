"""A jog turns the head by what was asked for and no more; the truth is the rotor of the plant."""

from __future__ import annotations

import pytest

from hil.errors import OutOfRange, Refused
from hil.ports.open_line import clock_of, open_line
from hil.pump.client import Client
from hil.pump.jog import JogEnded, jog, volume_of
from hil.run.lead_in import wait_for_boot
from hil.targets.factory import make_emulated
from tests.hil.served_pump import pumpbench

CONFIG = {"nl_per_rev": 60_000, "catheter_dead_volume_nl": 200_000}


@pytest.fixture
def line():
    stream = open_line("pump://")
    yield stream
    stream.close()


@pytest.fixture
def client(line):
    found = Client(line, clock_of(line))
    found.hello()
    return found


def fill(client):
    client.refill_begin()
    client.refill_withdrawn(0)
    client.refill_filled(15_000_000)
    client.refill_confirm()


def truth(line):
    return line.pump.target.world.truth()


@pytest.mark.requirement("THR-18")
@pytest.mark.parametrize(
    ("target", "revolutions"), [("sim", 1), ("sim", 0.25), pytest.param("mpy", 0.1, marks=pytest.mark.slow)]
)
def test_the_rotor_turns_so_far_and_the_motor_is_off_before_and_after(target, revolutions):
    with make_emulated(target, None) as pump:
        wait_for_boot(pump.clock)
        client = Client(pump.serial, pump.clock)
        client.hello()
        fill(client)

        def rotor_rev():
            return pump.world.truth().rotor_rev

        before = rotor_rev()
        measured_nl = jog(client, volume_of(revolutions, client.config()))
        rest = rotor_rev()
        assert rest - before == pytest.approx(revolutions, abs=0.005)  # a stroke is 0.005 revolutions
        assert measured_nl == pytest.approx(revolutions * 60_000, abs=30)  # two counts of the rotor sensor
        assert client.status().mode == "STANDBY"
        pump.clock.run_until(pump.clock.now_ns + 30 * 10**9)
        assert rotor_rev() == rest


@pytest.mark.parametrize("revolutions", [-1, 0, 4.1, 1e9])
def test_more_than_the_pump_takes_at_once_is_refused_before_it_is_asked(revolutions):
    with pytest.raises(OutOfRange, match="allowed: above 0 to 4 at once"):
        volume_of(revolutions, CONFIG)


def test_a_pump_that_does_not_know_its_reservoir_refuses(client):
    with pytest.raises(Refused) as refusal:
        jog(client, 60_000)
    assert refusal.value.reason == "NO_REFILL"


@pytest.mark.requirement("DET-01")
def test_a_stall_ends_it_and_says_so(line, client):
    fill(client)
    line.pump.inject("motor.stall", {})
    with pytest.raises(JogEnded, match="the alarm MOTOR_STALL ended it; the motor is off"):
        jog(client, 60_000)
    assert client.status().mode == "STOPPED"


def test_ctrl_c_ends_it(line, client, monkeypatch):
    fill(client)

    def interrupted(seconds):
        raise KeyboardInterrupt
        yield

    listen = client.listen
    monkeypatch.setattr(client, "listen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        jog(client, 240_000)
    begun = truth(line).rotor_rev
    for _ in listen(5.0):
        pass
    assert truth(line).rotor_rev == pytest.approx(begun, abs=0.011)  # the stroke under way, and no other
    assert client.status().mode in ("STANDBY", "STOPPED")


def test_the_command_leaves_the_motor_off_when_nothing_is_asked_for(monkeypatch, capsys):
    code, said, _ = pumpbench(monkeypatch, capsys, "ctl", "--port", "pump://", "jog")
    assert code == 0
    assert "motor off, rotor at" in said and "at most 4" in said


def test_the_command_wants_a_second_word_and_names_the_way_out_of_a_refusal(monkeypatch, capsys):
    code, _, said = pumpbench(monkeypatch, capsys, "ctl", "--port", "pump://", "jog", "-r", "1")
    assert code == 2 and "nobody is there to confirm; give --yes" in said
    code, _, said = pumpbench(monkeypatch, capsys, "ctl", "--port", "pump://", "jog", "-r", "1", "--yes")
    assert code == 1 and "NO_REFILL" in said and "`ctl refill` enters it" in " ".join(said.split())
