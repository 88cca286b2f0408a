"""A stall is probed every 10 min and costed in time and volume (DET-02)."""

from __future__ import annotations

import pytest

from tests.firmware.core_detectors.bench_figures import core

module = core("stall_probe")


@pytest.mark.requirement("DET-02")
def test_probes_come_every_10_min_until_the_rotor_follows():
    probe, probes = module.StallProbe(), []
    probe.begin(1_000, 300)
    for run_s in range(1_000, 1_000 + 7_500):
        if probe.is_due(run_s):
            probes.append(run_s - 1_000)
            probe.failed(run_s)
    assert probes == [600 * n for n in range(1, 13)]


@pytest.mark.requirement("DET-02")
def test_recovery_tells_the_time_and_the_volume_missed_without_what_the_probe_delivered():
    probe = module.StallProbe()
    probe.begin(1_000, 40_260)
    assert probe.recovered(8_200, 300) == 7_200
    assert probe.missed_nl == 40_260 - 300
    assert not probe.is_due(100_000)


@pytest.mark.requirement("DET-02")
def test_a_second_stall_starts_its_own_account():
    probe = module.StallProbe()
    probe.begin(0, 300)
    probe.recovered(600, 0)
    probe.begin(5_000, 150)
    assert (probe.missed_nl, probe.since_s, probe.next_s) == (150, 5_000, 5_600)


@pytest.mark.requirement("DET-02", "INT-04")
def test_a_restart_during_a_stall_keeps_its_age_its_cost_and_its_rhythm():
    probe = module.StallProbe()
    probe.begin(1_000, 1_000)
    again = module.StallProbe()
    again.restore(probe.since_s, probe.missed_nl, probe.next_s)
    assert not again.is_due(1_599)
    assert again.is_due(1_600)
    assert again.recovered(1_600, 300) == 600
    assert again.missed_nl == 700


@pytest.mark.requirement("ALM-06")
def test_twin_without_a_stall_nothing_is_ever_due():
    probe = module.StallProbe()
    assert not any(probe.is_due(run_s) for run_s in range(0, 100_000, 100))
