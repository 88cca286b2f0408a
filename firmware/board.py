"""The pins of the bench and the drivers on them. The only file with pin numbers (docs/wiring.md)."""

import sys

import machine
from machine import ADC, PWM, UART, WDT, Pin
from micropython import const

from firmware.drivers import leaving
from firmware.drivers.annunciator import Annunciator
from firmware.drivers.buttons import Button, is_pressed_within
from firmware.drivers.i2c_bus import I2cBus
from firmware.drivers.line_pressure import LinePressure
from firmware.drivers.link import UartLink, UsbLink
from firmware.drivers.rotor_sensor import RotorSensor
from firmware.drivers.rtc import Rtc
from firmware.drivers.step_generator import StepGenerator
from firmware.drivers.store import Store
from firmware.drivers.supply import Supply
from firmware.drivers.waiter import Waiter

PIN_UART_TX = const(0)
PIN_UART_RX = const(1)
PIN_STEP = const(2)
PIN_DIR = const(3)
PIN_EN = const(4)
# Wired; the firmware does not read it.
PIN_DIAG = const(5)
PIN_I2C_SDA = const(8)
PIN_I2C_SCL = const(9)
PIN_PATIENT_BUTTON = const(14)
PIN_BUZZER = const(15)
PIN_ALARM_LAMP = const(16)
PIN_SILENCE_BUTTON = const(17)
# The ready lamp once more, on the header: GP25 has no pin there, and a rig or a meter must see it.
PIN_READY = const(18)
PIN_READY_LAMP = const(25)
ADC_PRESSURE = const(0)
ADC_SUPPLY = const(1)

_UART_BAUD = const(115_200)
_BUZZER_IDLE_HZ = const(440)
# The longest period of the RP2040's watchdog.
WATCHDOG_MS = const(8388)


_POWER_ON = const(1)  # machine.PWRON_RESET


def is_silence_held():
    """True while the silence button is down: at power-on it asks for maintenance (LNK-05)."""
    return Pin(PIN_SILENCE_BUTTON, Pin.IN, Pin.PULL_UP).value() == 0


def is_maintenance_confirmed():
    """At power-on with the silence button held: wait up to 2 s, with the alarm lamp lit, for a press of the patient
    button while it stays held. Whoever silences a pump that gets its battery does no such thing by chance."""
    lamp = Pin(PIN_ALARM_LAMP, Pin.OUT, value=1)
    silence = Pin(PIN_SILENCE_BUTTON, Pin.IN, Pin.PULL_UP)
    is_confirmed = is_pressed_within(Pin(PIN_PATIENT_BUTTON, Pin.IN, Pin.PULL_UP), silence)
    if not is_confirmed:
        lamp.value(0)
    return is_confirmed


class Board:
    """Every driver of the pump, made once per power-on. `settings` chooses the link."""

    def __init__(self, settings):
        # The driver is off before anything else is touched.
        enable = Pin(PIN_EN, Pin.OUT, value=1)
        self.has_been_at_repl = leaving.has_been()
        self._is_asked_for_repl = is_silence_held() and machine.reset_cause() == _POWER_ON
        if settings.link_uart:
            uart = UART(0, baudrate=_UART_BAUD, tx=Pin(PIN_UART_TX), rx=Pin(PIN_UART_RX), rxbuf=512, txbuf=512)
            self.waiter = Waiter(uart)
            self.link = UartLink(uart, self.waiter)
        else:
            self.waiter = Waiter(sys.stdin)
            self.link = UsbLink(sys.stdin, sys.stdout, self.waiter)
        wake = self.waiter.wake
        self.bus = I2cBus(0, PIN_I2C_SCL, PIN_I2C_SDA)
        self.rotor = RotorSensor(self.bus)
        self.rtc = Rtc(self.bus)
        self.store = Store(self.rtc, machine.reset_cause() == machine.WDT_RESET)
        self.steps = StepGenerator(0, Pin(PIN_STEP, Pin.OUT, value=0), Pin(PIN_DIR, Pin.OUT, value=1), enable, wake)
        self.line = LinePressure(ADC(ADC_PRESSURE), settings.pressure_zero_mv, settings.pressure_span_mv)
        self.supply = Supply(ADC(ADC_SUPPLY))
        call = self.waiter.call
        self.patient_button = Button(Pin(PIN_PATIENT_BUTTON, Pin.IN, Pin.PULL_UP), call)
        self.silence_button = Button(Pin(PIN_SILENCE_BUTTON, Pin.IN, Pin.PULL_UP), call)
        self.annunciator = Annunciator(
            PWM(Pin(PIN_BUZZER), freq=_BUZZER_IDLE_HZ, duty_u16=0),
            Pin(PIN_ALARM_LAMP, Pin.OUT, value=0),
            Pin(PIN_READY_LAMP, Pin.OUT, value=0),
            Pin(PIN_READY, Pin.OUT, value=0),
        )

    def start_watchdog(self):
        """Arm the hardware watchdog; it cannot be disarmed. Returns the object to feed."""
        return WDT(timeout=WATCHDOG_MS)

    def is_held_for_repl(self):
        """The silence button has been held from power-on until now, and it alone: both are no person's act."""
        return self._is_asked_for_repl and is_silence_held() and not self.patient_button.is_down()

    def ask_for_repl(self):
        """Let the next start leave the REPL free. False when the file system refuses."""
        return leaving.ask()

    def note_restart(self):
        """Let the next start know that a person asked for it. False when the file system refuses."""
        return leaving.note()

    def restart(self):
        """As by the watchdog: everything in RAM is gone."""
        machine.reset()

    def device_id(self):
        """The chip's own number, 8 bytes."""
        return machine.unique_id()

    def reset_cause(self):
        """machine.reset_cause(): 1 power-on, 3 watchdog."""
        return machine.reset_cause()
