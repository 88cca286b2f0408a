"""The rig's pins, in one place: for its firmware, for the emulator and for the wiring drawings.

Where a line goes to the pump it has the GPIO number that it has there, so that most wires go straight across.
Both boards share ground. The pump's 3V3 comes from the switched supply, so every line from the rig to the pump has a
resistor: a rig that drives a pump without power would feed it through its inputs.
"""

STEP = 2
DIR = 3
EN = 4
DIAG = 5
ANGLE_SDA = 8
ANGLE_SCL = 9
CLOCK_SDA = 10
CLOCK_SCL = 11
PATIENT_BUTTON = 14
BUZZER = 15
ALARM_LAMP = 16
SILENCE_BUTTON = 17
READY = 18
PRESSURE_PWM = 20
SUPPLY_PWM = 21
POWER = 22
ALIVE_LED = 25

IN = "in"
OUT = "out"
OPEN_DRAIN = "open drain"

# (GPIO of the rig, net, direction seen from the rig, GPIO of the pump or None, what is between or behind it)
TABLE = (
    (STEP, "STEP", IN, 2, "wire"),
    (DIR, "DIR", IN, 3, "wire"),
    (EN, "EN", IN, 4, "wire; 10 kOhm to the pump's 3V3, so that a pump that boots has its motor off"),
    (DIAG, "DIAG", OUT, 5, "1 kOhm"),
    (ANGLE_SDA, "I2C0_SDA", OPEN_DRAIN, 8, "wire; 2.2 kOhm to the pump's 3V3"),
    (ANGLE_SCL, "I2C0_SCL", OPEN_DRAIN, 9, "wire; 2.2 kOhm to the pump's 3V3"),
    (CLOCK_SDA, "I2C0_SDA", OPEN_DRAIN, 8, "wire to GP8 of the rig: the second target on the same bus"),
    (CLOCK_SCL, "I2C0_SCL", OPEN_DRAIN, 9, "wire to GP9 of the rig: the second target on the same bus"),
    (PATIENT_BUTTON, "PATIENT_BUTTON", OPEN_DRAIN, 14, "1 kOhm"),
    (BUZZER, "BUZZER", IN, 15, "wire"),
    (ALARM_LAMP, "ALARM_LAMP", IN, 16, "wire"),
    (SILENCE_BUTTON, "SILENCE_BUTTON", OPEN_DRAIN, 17, "1 kOhm"),
    (READY, "READY", IN, 18, "wire"),
    (PRESSURE_PWM, "PRESSURE_PWM", OUT, 26, "filter: 4.7 kOhm and 100 nF to ground, twice"),
    (SUPPLY_PWM, "SUPPLY_PWM", OUT, 27, "filter: 4.7 kOhm and 100 nF to ground, twice"),
    (POWER, "PUMP_POWER", OUT, None, "ON of the load switch in the pump's VSYS; 100 kOhm to ground: off is safe"),
    (ALIVE_LED, "RIG_ALIVE", OUT, None, "the rig's own LED: on while a host is heard"),
)
