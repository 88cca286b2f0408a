"""What the first scenarios found: the length of a power loss, a start after priming, a quiet host's log."""

import pytest


@pytest.mark.requirement("INT-05")
@pytest.mark.parametrize("off_s", [10.0, 300.0, 7200.0], ids=["ten seconds", "five minutes", "two hours"])
def test_a_power_loss_is_logged_with_its_length_to_the_minute(pump, off_s):
    rig = pump()
    rig.run_for(1234.0)
    rig.cycle_power(off_s)
    (lost,) = [event for event in rig.client.log(0) if event.code == "POWER_LOST"]
    assert off_s - 2.0 <= lost.a <= off_s + 61.0


@pytest.mark.requirement("INT-05")
def test_a_clock_that_was_set_does_not_lengthen_the_power_loss(pump):
    rig = pump()
    rig.run_for(600.0)
    rig.client.set_clock(rig.status.epoch_s + 3600)
    rig.run_for(300.0)
    rig.cycle_power(300.0)
    (lost,) = [event for event in rig.client.log(0) if event.code == "POWER_LOST"]
    assert 298.0 <= lost.a <= 361.0


@pytest.mark.requirement("THR-18", "THR-08")
def test_after_priming_a_start_delivers(pump):
    rig = pump()
    rig.client.stop()
    rig.client.priming_bolus(50_000)
    rig.run_for(120.0)
    assert rig.status.mode == "STOPPED"
    rig.client.start()
    before_nl = rig.truth.delivered_nl
    rig.run_for(3600.0)
    assert rig.status.mode == "RUNNING"
    assert rig.truth.delivered_nl - before_nl > 1000.0


@pytest.mark.requirement("ALM-04")
def test_a_quiet_host_leaves_no_trace_in_the_log(pump):
    rig = pump()
    rig.run_for(60.0)
    rig.client.status()
    rig.run_for(3600.0)
    assert rig.events("LINK_LOST") == []
