"""The same firmware and the same outside give the same events, however the run is cut into pieces."""

import pytest

FIRMWARE = """
    import io, select, sys, time, micropython
    from machine import ADC, PWM, Pin, Timer, WDT
    import os

    micropython.kbd_intr(-1)
    lamp, button = Pin(16, Pin.OUT, value=0), Pin(14, Pin.IN, Pin.PULL_UP)
    tone = PWM(Pin(15), freq=440, duty_u16=0)
    presses = []
    button.irq(handler=lambda pin: presses.append(time.ticks_us()), trigger=Pin.IRQ_FALLING, hard=True)
    Timer(mode=Timer.PERIODIC, period=333, callback=lambda timer: lamp.toggle(), hard=True)
    watchdog = WDT(timeout=3000)
    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    while True:
        for stream, events in poller.ipoll(777):
            byte = sys.stdin.buffer.read(1)
            tone.duty_u16(byte[0] * 100)
            with open("/log", "ab") as file:
                file.write(byte + os.urandom(1))
        if len(presses) < 6:
            watchdog.feed()
        print(time.ticks_ms(), presses)
"""


def events(make_device, piece_ms, until_ms=20_000):
    device = make_device(FIRMWARE, seed=5)
    log = []
    for name in ("GP16", "PATIENT_BUTTON"):
        device.nets.digital(name).on_edge(lambda net, level, t_ns: log.append((t_ns, net.name, level)))
    device.nets.digital("BUZZER").on_tone(lambda net, freq_hz, duty, t_ns: log.append((t_ns, freq_hz, duty)))
    device.on_stdout(lambda data, t_ns: log.append((t_ns, data)))
    device.on_power(lambda event, t_ns: log.append((t_ns, event)))

    def outside():
        button = device.nets.digital("PATIENT_BUTTON")
        for number in range(8):
            yield device.env.timeout(1_234_567_891)
            button.drive(0, device.env.now)
            device.stdin_feed(bytes((number, 3)))
            yield device.env.timeout(100_000_000)
            button.drive(1, device.env.now)

    device.env.process(outside())
    while device.env.now < until_ms * 1_000_000:
        device.run_ms(piece_ms)
    return log, device.flash.image


def test_two_runs_have_the_same_event_list(make_device):
    first, first_image = events(make_device, 20_000)
    second, second_image = events(make_device, 20_000)
    assert first == second and first_image == second_image
    assert len(first) > 100 and any(entry[1] == "reset" for entry in first)


@pytest.mark.parametrize("piece_ms", [1, 250, 999])
def test_a_run_in_pieces_is_the_same_run(make_device, piece_ms):
    whole, image = events(make_device, 20_000)
    pieces, pieces_image = events(make_device, piece_ms)
    # The last piece may end later than the whole run.
    assert pieces[: len(whole)] == whole
    if 20_000 % piece_ms == 0:
        assert len(pieces) == len(whole) and pieces_image == image
