"""How cheap a turn of a waiting device is, against a bare SimPy timeout on the same machine."""

import time

import simpy

from emulator.mcu.costs import MS

IDLE_MS = 4194
TURNS = 20_000

IDLING = f"""
    import io, select, sys, time
    from machine import WDT

    class Flag(io.IOBase):
        def ioctl(self, request, argument):
            return 0

    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    poller.register(Flag(), select.POLLIN)
    watchdog = WDT(timeout=8388)
    while True:
        time.ticks_ms()
        for _ready in poller.ipoll({IDLE_MS}):
            pass
        watchdog.feed()
"""


def seconds_per_timeout():
    env = simpy.Environment()

    def tick():
        while True:
            yield env.timeout(1)

    env.process(tick())
    begin_s = time.process_time()
    env.run(until=TURNS)
    return (time.process_time() - begin_s) / TURNS


def test_an_idle_turn_costs_no_more_than_a_few_timeouts(make_device):
    device = make_device(IDLING)
    device.run_ms(1000)

    def seconds_per_turn():
        begin_s = time.process_time()
        device.run_ms(IDLE_MS * TURNS)
        return (time.process_time() - begin_s) / TURNS

    # The least of several: what others do on the machine only ever adds.
    timeout_s = min(seconds_per_timeout() for _ in range(5))
    turn_s = min(seconds_per_turn() for _ in range(5))
    assert turn_s < 4 * timeout_s, f"{turn_s * 1e6:.2f} us a turn, {timeout_s * 1e6:.2f} us a timeout"
    assert IDLE_MS * MS / turn_s > 400_000 * 1e9, "real-time factor of a device that sleeps"
