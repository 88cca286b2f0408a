"""Pins, I2C, ADC, PWM, UART and USB as firmware sees them."""

import pytest

from emulator.nets import Nets

MS_NS = 1_000_000


class Registers:
    """A part with 256 registers and a pointer, and a log of what it heard."""

    def __init__(self):
        self.memory = bytearray(range(256))
        self.pointer = 0
        self.log = []
        self.answers = True

    def write(self, data, t_ns):
        self.log.append((bytes(data), t_ns))
        if not self.answers:
            return False
        if data:
            self.pointer = data[0]
            self.memory[self.pointer : self.pointer + len(data) - 1] = data[1:]
        return True

    def read(self, n, t_ns):
        return bytes(self.memory[self.pointer : self.pointer + n]) if self.answers else None

    def read_from(self, pointer, n, t_ns):
        return self.read(n, t_ns) if self.write(bytes((pointer,)), t_ns) else None


BUS = """
    from machine import I2C, Pin
    import time
    bus = I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000, timeout=10_000)
    def attempt(function, *arguments):
        begin = time.ticks_us()
        try:
            print(function(*arguments))
        except OSError as error:
            print("OSError", error.errno, time.ticks_diff(time.ticks_us(), begin) // 1000)
"""


@pytest.fixture
def run_bus(make_device):
    def run(lines, prepare=lambda device, part: None):
        device = make_device(BUS + lines, is_on=False)
        part = Registers()
        device.i2c[0].attach(0x36, part)
        prepare(device, part)
        device.power_on()
        device.run_ms(1000)
        assert device.crash is None, device.crash
        return device.lines, part

    return run


def test_registers_are_read_and_written(run_bus):
    lines, part = run_bus(
        """
    buffer = bytearray(2)
    bus.readfrom_mem_into(0x36, 0x0C, buffer)
    print(buffer)
    print(bus.readfrom_mem(0x36, 0x20, 3))
    bus.writeto_mem(0x36, 0x10, b"ab")
    bus.writeto(0x36, b"\\x10")
    print(bus.readfrom(0x36, 3), bus.scan())
    """
    )
    assert lines == ["bytearray(b'\\x0c\\r')", "b' !\"'", "b'ab\\x12' [54]"]
    assert [data for data, _t in part.log] == [b"\x0c", b"\x20", b"\x10ab", b"\x10"]


def test_a_transfer_takes_nine_clocks_a_byte(run_bus):
    _lines, part = run_bus("\n    bus.writeto(0x36, bytes(11))\n    bus.writeto(0x36, bytes(11))")
    (_first, begin_ns), (_second, end_ns) = part.log
    assert end_ns - begin_ns == 60_000 + 12 * 9 * 2500


def test_an_address_without_a_part_is_an_io_error(run_bus):
    assert run_bus("\n    attempt(bus.readfrom_mem, 0x55, 0, 1)")[0] == ["OSError 5 0"]


def test_a_part_that_does_not_acknowledge_is_an_io_error(run_bus):
    lines, _part = run_bus("\n    attempt(bus.writeto, 0x36, b'a')", lambda _d, part: setattr(part, "answers", False))
    assert lines == ["OSError 5 0"]


def test_a_held_bus_times_out_and_can_be_freed(run_bus):
    def hold(device, part):
        sda, scl = device.nets.digital("I2C0_SDA", level=1), device.nets.digital("I2C0_SCL", level=1)
        sda.drive(0, 0)
        clocks = []

        def clock(_net, level, t_ns):
            clocks.append(level)
            if clocks.count(0) == 3:
                sda.release(t_ns)

        scl.on_edge(clock)

    lines, part = run_bus(
        """
    attempt(bus.readfrom_mem, 0x36, 0, 1)
    sda, scl = Pin(8, Pin.IN, Pin.PULL_UP), Pin(9, Pin.OPEN_DRAIN, value=1)
    pulses = 0
    while not sda.value():
        scl.value(0)
        scl.value(1)
        pulses += 1
    bus = I2C(0, scl=Pin(9), sda=Pin(8))
    print(pulses, bus.readfrom_mem(0x36, 7, 1))
    """,
        hold,
    )
    assert lines == ["OSError 110 10", "3 b'\\x07'"]


def test_on_other_pins_there_is_nobody(make_device):
    device = make_device("from machine import I2C, Pin\nprint(I2C(0, scl=Pin(5), sda=Pin(4)).scan())", is_on=False)
    device.i2c[0].attach(0x36, Registers())
    device.power_on()
    device.run_ms(1000)
    assert device.lines == ["[]"]


@pytest.mark.parametrize("line", ["I2C(0, scl=Pin(8), sda=Pin(9))", "I2C(1, scl=Pin(9), sda=Pin(8))", "I2C(2)"])
def test_pins_that_a_bus_cannot_use_are_refused(make_device, line):
    device = make_device(f"from machine import I2C, Pin\n{line}")
    device.run_ms(1000)
    assert "ValueError" in device.crash


@pytest.mark.parametrize(
    ("millivolts", "reading"), [(0, 0), (1650, 0x8008), (3300, 0xFFFF), (5000, 0xFFFF), (-20, 0), (1, 0x0010)]
)
def test_a_voltage_converts_to_twelve_bits(make_device, millivolts, reading):
    nets = Nets()
    nets.analog("PRESSURE").source = lambda t_ns: millivolts
    device = make_device("from machine import ADC, Pin\nprint(ADC(0).read_u16(), ADC(Pin(26)).read_u16())", nets=nets)
    device.run_ms(1000)
    assert device.lines == [f"{reading} {reading}"]


def test_an_input_reads_its_wire_and_its_pull(run_device):
    device = run_device(
        """
        from machine import Pin
        up, down = Pin(20, Pin.IN, Pin.PULL_UP), Pin(21, Pin.IN, Pin.PULL_DOWN)
        print(up.value(), down.value(), Pin(20) is Pin("GP20"))
        """
    )
    assert device.lines == ["1 0 True"]


def test_an_output_drives_and_an_input_does_not(run_device):
    device = run_device(
        """
        from machine import Pin
        pin = Pin(20, Pin.OUT, value=1)
        print(pin.value(), pin())
        pin.off()
        print(pin.value())
        pin.toggle()
        print(pin.value())
        pin.init(Pin.IN)
        pin.value(1)
        print(pin.value())
        """
    )
    assert device.lines == ["1 1", "0", "1", "0"]


def test_a_tone_reaches_its_net(make_device):
    device = make_device(
        """
        from machine import PWM, Pin
        tone = PWM(Pin(15), freq=440, duty_u16=0)
        tone.duty_u16(32768)
        tone.freq(880)
        print(tone.freq(), tone.duty_u16(), tone.duty_ns())
        tone.deinit()
        """
    )
    log = []
    device.nets.digital("BUZZER").on_tone(lambda _net, freq_hz, duty, t_ns: log.append((freq_hz, duty)))
    device.run_ms(1000)
    assert log == [(440, 0), (440, 32768), (880, 32768), (0, 0)]
    assert device.lines == ["880 32768 568190"]


def test_a_uart_carries_bytes_both_ways_and_loses_what_does_not_fit(make_device):
    device = make_device(
        """
        from machine import UART, Pin
        import select, time
        port = UART(0, baudrate=115_200, tx=Pin(0), rx=Pin(1), rxbuf=4)  # 32 at least
        poller = select.poll()
        poller.register(port, select.POLLIN)
        print([events for stream, events in poller.ipoll(5000)], time.ticks_ms())
        print(port.any(), port.read(1), len(port.read()), port.read())
        port.write(b"x" * 1152)
        print(port.txdone())
        port.flush()
        """
    )
    sent = []
    device.uart[0].on_output(lambda data, t_ns: sent.append((len(data), t_ns)))
    device.env.call_at(500 * MS_NS, lambda: device.uart[0].feed(b"abc" + bytes(31)))
    device.run_ms(2000)
    assert device.lines == ["[1] 500", "32 b'a' 31 None", "False"]
    assert device.uart[0].overruns == 2
    assert sent[0][0] == 1152 and 600 * MS_NS < sent[0][1] < 601 * MS_NS


def test_usb_carries_raw_bytes_and_text_with_line_ends(make_device):
    device = make_device(
        """
        import sys
        sys.stdout.buffer.write(memoryview(b"\\x00\\n\\xff"))
        print("text")
        buffer = bytearray(3)
        print(sys.stdin.buffer.readinto(buffer), buffer)
        """
    )
    sent = []
    device.on_stdout(lambda data, t_ns: sent.append(data))
    device.run_ms(500)
    assert sent == [b"\x00\n\xff", b"text\r\n"]
    device.stdin_feed(b"ab")
    device.run_ms(10)
    assert device.lines == ["text"]
    device.stdin_feed(b"c")
    device.run_ms(10)
    assert device.lines == ["text", "3 bytearray(b'abc')"]


def test_a_cable_that_nobody_holds_swallows_output(make_device):
    device = make_device("print('lost')")
    device.usb.is_connected = False
    sent = []
    device.on_stdout(lambda data, t_ns: sent.append(data))
    device.run_ms(500)
    assert sent == [] and device.lines == ["lost"]
