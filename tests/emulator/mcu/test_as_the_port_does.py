"""Pins, peripherals and arguments: each line answers as the source of the rp2 port says."""

from __future__ import annotations

import pytest

from emulator.errors import NotModelled
from emulator.nets import Nets

HEAD = (
    "from machine import ADC, I2C, PWM, RTC, Pin, Timer, UART, WDT\n"
    "import machine, micropython, os, rp2, select, sys, time\n"
)

FLOATS = [
    "time.sleep_ms(1000 / 3)", "time.sleep_us(0.5)", "Timer(period=10 / 3, callback=print)", "WDT(timeout=1000.5)",
    "UART(0, 9600.5)", "UART(0, timeout=1.5)", "PWM(Pin(15)).freq(440.5)", "PWM(Pin(15), freq=1e3)",
    "PWM(Pin(15)).duty_u16(65535 * 0.3)", "I2C(0, freq=1e5)", "I2C(0).readfrom(8.0, 1)",
    "I2C(0).readfrom_mem(8, 1.0, 1)",
    "machine.freq(125e6)", "machine.lightsleep(10.5)", "select.poll().poll(1.5)", "Pin(2, 1.0)",
    "Pin(2).irq(print, 1.0)",
    "Timer(tick_hz=1e3, period=1)", "rp2.StateMachine(0.0)", "rp2.Flash().ioctl(4.0, 0)", "os.urandom(4.0)",
    "micropython.kbd_intr(3.0)", "open('main.py').read(1.0)", "open('main.py').seek(1.0)", "time.ticks_diff(1.5, 2)",
    "time.ticks_add(1, 2.5)", "RTC().datetime((2021, 1, 1, 4, 0, 0, 0.5, 0))",
    "time.mktime((2021, 1.5, 1, 0, 0, 0, 0, 0))",
    "I2C(0, timeout=1.5)", "machine.enable_irq(1.0)", "UART(0).read(1.0)", "sys.stdin.buffer.read(0.0)",
]  # fmt: skip


@pytest.mark.parametrize("line", FLOATS)
def test_a_float_where_an_integer_is_wanted_is_a_type_error_in_its_line(make_device, line):
    device = make_device(f"{HEAD}{line}\nprint('on')")
    device.run_ms(3000)
    assert device.crash is not None and "line 3, in <module>" in device.crash
    assert "TypeError" in device.crash.splitlines()[-1] and type(device.env.now) is int


REFUSED = {
    "PWM(Pin(15), freq=5, duty_u16=1)": "ValueError: freq too small",
    "UART(0, tx=Pin(5), rx=Pin(6))": "ValueError: bad TX pin",
    "UART(1, rx=Pin(4))": "ValueError: bad RX pin",
    "UART(0, rxbuf=40000)": "ValueError: rxbuf too large",
    "UART(2)": "ValueError: UART(2) doesn't exist",
    "I2C(0, scl=8)": "ValueError: bad SCL pin",
    "I2C(2)": "ValueError: I2C(2) doesn't exist",
    "I2C(0).start()": "OSError: I2C operation not supported",
    "I2C(0).readfrom_mem(8, 1, 1, addrsize=9)": "ValueError: invalid addrsize",
    "Timer(0)": "ValueError: Timer doesn't exist",
    "Timer(-1, 5)": "TypeError",
    "Pin('X1')": 'ValueError: unknown named pin "X1"',
    "Pin(30)": "ValueError: invalid pin",
    "Pin(1.0)": "ValueError: invalid pin",
    "ADC(5)": "ValueError: Pin doesn't have ADC capabilities",
    "UART(0).write(5)": "TypeError: object with buffer protocol required",
    "I2C(0).writeto(8, 3)": "TypeError: object with buffer protocol required",
    "sys.stdout.buffer.write(3)": "TypeError: object with buffer protocol required",
    "sys.stdout.read(1)": "OSError: [Errno 1] EPERM",
    "sys.stdin.write('a')": "OSError: [Errno 1] EPERM",
    "machine.lightsleep(1 << 31)": "OverflowError",
    "rp2.StateMachine(8)": "ValueError: invalid StateMachine",
    "rp2.PIO(2)": "ValueError: invalid PIO",
    "sys.maxsize = 5": "AttributeError",
    "machine.x = 5": "AttributeError",
    "RTC().datetime((2021, 1, 1))": "ValueError",
    "print(1, flush=True)": "TypeError",
    "print(1, file=5)": "OSError: stream operation not supported",
    "select.poll().register(5.5)": "OSError: stream operation not supported",
    "select.poll().modify(sys.stdin, 1)": "OSError: [Errno 2] ENOENT",
    "import ugc": "ImportError",
    "open('main.py', 'rw')": "ValueError",
    "Pin.IRQ_LOW_LEVEL": "AttributeError",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_the_port_refuses_is_refused(make_device, line):
    device = make_device(f"{HEAD}{line}")
    device.run_ms(1000)
    assert device.crash is not None and device.crash.splitlines()[-1].startswith(REFUSED[line])


PRINTED = {
    "an output has its latch, 0 at first": ("Pin(6, Pin.IN, Pin.PULL_UP); Pin(6, Pin.OUT); print(Pin(6).value())", "0"),
    "the latch is set before the direction": ("p = Pin(6); p.value(1); p.init(Pin.OUT); print(p.value())", "1"),
    "the latch outlives a time as input": (
        "p = Pin(6, Pin.OUT, value=1); p.init(Pin.IN); p.init(Pin.OUT); print(p.value())", "1"),
    "an open drain begins released": (
        "p = Pin(6, Pin.OUT, value=0); p.init(Pin.OPEN_DRAIN, Pin.PULL_UP); print(p.value())", "1"),
    "an open drain pulls down": (
        "p = Pin(6, Pin.OPEN_DRAIN, Pin.PULL_UP, value=0); print(p()); p.on(); print(p()); p.toggle(); print(p())",
        "0 1 0"),
    "init without a pull takes it away": (
        "p = Pin(6, Pin.IN, Pin.PULL_UP); a = p.value(); p.init(Pin.IN); print(a, p.value(), p)",
        "1 0 Pin(GPIO6, mode=IN)"),
    "value(None) is false": ("p = Pin(6, Pin.OUT, value=1); p.value(None); print(p.value())", "0"),
    "irq() without arguments changes nothing": (
        "n = []\np = Pin(6, Pin.OUT, value=0); p.irq(n.append, Pin.IRQ_RISING)\nprint(p.irq().trigger())\n"
        "p.on(); time.sleep_ms(1)\nprint(len(n), p.irq() is p.irq())", "8 1 True"),
    "pins have names": ("print(Pin('LED') is Pin(25) is Pin('GPIO25') is Pin.board.GP25 is Pin.cpu.GPIO25)", "True"),
    "two channels of a slice have one frequency": (
        "a = PWM(Pin(14), freq=1000, duty_u16=9); b = PWM(Pin(15), freq=2000, duty_u16=9); print(a.freq(), b.freq())",
        "2000 2000"),
    "a channel is one object": (
        "print(PWM(Pin(0)) is PWM(Pin(16)), PWM(Pin(0)))", "True <PWM slice=0 channel=0 invert=0>"),
    "a duty in nanoseconds": ("p = PWM(Pin(15), freq=1000, duty_ns=250_000); print(p.duty_ns(), p.duty_u16())",
                              "250000 16384"),
    "a bus is one object with its pins kept": (
        "a = I2C(0, scl=9, sda=8, freq=100_000); print(a is I2C(0) is I2C(), I2C(0))",
        "True I2C(0, freq=100000, scl=9, sda=8, timeout=50000)"),
    "a uart takes text": ("u = UART(0); print(u.write('AT'), u.write(b'abc', 2)); print('x', file=u)", "2 2"),
    "a uart shows itself": (
        "print(UART(1, 9600, 8, None, 1))",
        "UART(1, baudrate=9600, bits=8, parity=None, stop=1, tx=4, rx=5, txbuf=256, rxbuf=256, timeout=0, "
        "timeout_char=2, invert=None, irq=0)"),
    "a timer without a period does not fire": (
        "n = []; t = Timer(); t.init(callback=n.append); time.sleep(1); print(len(n))", "0"),
    "a timer with a negative period does not fire": (
        "n = []; Timer(period=-5, callback=n.append); time.sleep(1); print(len(n))", "0"),
    "a timer in ticks": (
        "n = []; Timer(period=5, tick_hz=10, callback=n.append); time.sleep_ms(1100); print(len(n))", "2"),
    "a timer by frequency": ("n = []; Timer(freq=2.5, callback=n.append); time.sleep_ms(1000); print(len(n))", "2"),
    "a negative sleep is none": (
        "a = time.ticks_ms(); time.sleep_ms(-5); time.sleep_us(-5); print(time.ticks_ms() - a)",
                                 "0"),
    "nothing is read at once": ("print(sys.stdin.buffer.read(0), repr(sys.stdin.read(0)))", "b'' ''"),
    "the search path is set": ("sys.path = ['/x']; print(sys.path)", "['/x']"),
    "names of the system": ("print(os.uname().sysname, sys.implementation[0], sys.implementation.name)",
                            "rp2 micropython micropython"),
    "masks are numbers": (
        "s = machine.disable_irq(); t = machine.disable_irq(); machine.enable_irq(s); print(s, t)", "0 1"),
    "a machine without a program runs": ("rp2.StateMachine(0).active(1); print(rp2.StateMachine(0).active())", "True"),
    "select.select tells who is ready": ("print(select.select([sys.stdin], [sys.stdout], [], 0)[1] == [sys.stdout])",
                                         "True"),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_the_port_answers(run_device, name):
    source, printed = PRINTED[name]
    device = run_device(HEAD + source, seconds=5)
    assert " ".join(device.lines) == printed


def test_a_step_by_hand_or_by_pwm_is_not_modelled(make_device):
    for line in ("Pin(2, Pin.OUT, value=0).value(1)", "PWM(Pin(2), freq=1000, duty_u16=9)", "Pin(2, Pin.OUT).toggle()"):
        nets = Nets()
        nets.digital("STEP").by_trains_only = True
        device = make_device(f"{HEAD}try:\n    {line}\nexcept: print('caught')", nets=nets)
        with pytest.raises(NotModelled, match="STEP"):
            device.run_ms(1000)


def test_the_newest_bytes_of_a_closed_port_reach_the_next_host(make_device):
    device = make_device("import sys\nfor n in range(100): sys.stdout.buffer.write(b'%03d,' % n)")
    device.usb.is_connected = False
    sent = bytearray()
    device.on_stdout(lambda data, t_ns: sent.extend(data))
    device.run_ms(1000)
    assert sent == b""
    device.usb.is_connected = True
    device.run_ms(15)
    assert sent == b""
    device.run_ms(2)
    assert len(sent) == 256 and sent.endswith(b">>> ")


def test_a_host_that_does_not_read_costs_two_waits(make_device):
    device = make_device(
        """
        import sys, time
        begin = time.ticks_ms()
        first = sys.stdout.buffer.write(bytes(300))
        middle = time.ticks_ms()
        second = sys.stdout.buffer.write(bytes(300))
        kept = [first, second, middle - begin, time.ticks_ms() - middle]
        while sys.stdin.buffer.read(1) != b"g":
            pass
        print(kept)
        """
    )
    device.usb.is_reading = False
    device.run_ms(3000)
    device.usb.is_reading = True
    device.stdin_feed(b"g")
    device.run_ms(100)
    first, second, first_ms, second_ms = eval(device.lines[-1])
    assert (first, second) == (256, 0)
    assert 1000 <= first_ms <= 1010 and 500 <= second_ms <= 510
