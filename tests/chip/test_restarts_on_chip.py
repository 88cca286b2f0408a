"""Restarts of the chip: its watchdog, and its own littlefs after a power cut."""

from __future__ import annotations

from contextlib import suppress

import pytest

from hil.errors import LinkTimeout
from protocols import frame, ids
from tests.chip.copies import in_copy

WATCHDOG_S = 8.388
HELLO = frame.encode(ids.MSG_HELLO, 0, bytes([ids.PROTOCOL_MAJOR, 0]))
_IN_A_PAGE_NS = 200_000  # half of its time, and some way into an erase


@pytest.mark.requirement("INT-03")
def test_the_watchdog_restarts_a_hung_pump_and_therapy_goes_on(running):
    def story():
        running.run_for(3.0)
        running.mcu.freeze()
        frozen_ns = running.clock.now_ns
        running.clock.run_until(frozen_ns + 20 * 10**9)
        bites = [
            (t_ns - running.world.env.now + running.clock.now_ns - frozen_ns) / 1e9 for t_ns, _ in running.mcu.resets
        ]
        assert len(bites) == 1 and bites[0] < WATCHDOG_S + 0.01
        running.await_ready()
        running.client.hello()
        begin_nl = running.delivered_nl()
        running.run_for(6.0)
        assert running.delivered_nl() > begin_nl + 3 * 300
        return running.client.status()

    status = in_copy(story)
    assert (status.mode, status.reset_cause, status.boots) == ("RUNNING", "WATCHDOG", 2)


@pytest.mark.requirement("INT-04", "INT-05")
@pytest.mark.parametrize("how", ["inside", "garbled"])
@pytest.mark.parametrize("where", ["inside an erase", "inside a page"])
def test_power_cut_in_a_flash_write_leaves_a_state_that_the_chips_own_file_system_reads(running, where, how):
    def story():
        running.run_for(5.0)
        flash = running.world.flash
        before = running.client.status()
        # A stop is written to the journal and the log: an erase comes first, its pages after it.
        operation = flash.operations + (0 if where == "inside an erase" else 1)
        flash.cut_at(operation, how, 0.5)
        with suppress(LinkTimeout):  # the power goes before the answer
            running.client.stop()
        running.run_for(2.0)
        assert not running.mcu.is_powered, "the cut came"
        cut_nl = running.delivered_nl()
        running.target.power.off()
        running.run_for(10.0)
        running.boot()
        running.client.hello()
        after = running.client.status()
        assert after.boots == before.boots + 1
        assert after.mode in ("RUNNING", "STOPPED"), "the state before the stop, or after it"
        assert "SYSTEM_FAULT" not in [alarm.name for alarm in running.client.alarms()]
        return after.reservoir_nl, 18_000_000 - cut_nl

    said_nl, true_nl = in_copy(story)
    assert said_nl == pytest.approx(true_nl, abs=600)


@pytest.mark.requirement("INT-03", "INT-04")
@pytest.mark.parametrize("where", ["inside an erase", "inside a page"])
def test_a_processor_that_hangs_in_a_flash_write_is_restarted_and_therapy_goes_on(running, where):
    def story():
        running.run_for(5.0)
        flash, processor = running.world.flash, running.mcu.processor
        operation = flash.operations + (0 if where == "inside an erase" else 1)
        begin = flash.begin

        def begin_and_hang():
            if flash.operations == operation:
                processor.call_in(_IN_A_PAGE_NS, running.mcu.freeze)
            return begin()

        flash.begin = begin_and_hang
        with suppress(LinkTimeout):  # it hangs before the answer
            running.client.stop()
        running.clock.run_until(running.clock.now_ns + 10**9)
        assert running.mcu.frozen, "the hang came"
        running.clock.run_until(running.clock.now_ns + 9 * 10**9)
        running.await_ready()
        running.client.hello()
        assert "SYSTEM_FAULT" not in [alarm.name for alarm in running.client.alarms()]
        assert "BOOT" in [entry.code for entry in running.client.log(0)]
        return running.client.status()

    status = in_copy(story)
    assert status.reset_cause == "WATCHDOG" and status.boots == 2
    assert status.mode in ("RUNNING", "STOPPED"), "the state before the stop, or after it"


@pytest.mark.requirement("LNK-03", "INT-05")
@pytest.mark.parametrize(("data", "every_us"), [(HELLO, 5_000), (b"\x03", 1_000)], ids=["HELLO", "Ctrl-C"])
def test_a_host_that_speaks_from_power_on_does_not_end_the_pump(running, data, every_us):
    """A byte 3, which HELLO has, too, is Ctrl-C to the board until the program has said otherwise."""

    def story():
        running.run_for(5.0)
        running.target.power.off()
        running.clock.run_until(running.clock.now_ns + 10**9)
        running.target.power.on()
        begin_ns = running.clock.now_ns
        for at_us in range(0, 300_000, every_us):
            running.clock.run_until(begin_ns + at_us * 1_000)
            running.target.serial.write(data)
        running.await_ready()
        running.client.hello()
        return running.client.status()

    status = in_copy(story)
    assert (status.mode, status.boots) == ("RUNNING", 2)
