"""Which net each pin of the rig is on. The emulator's side; the rig's own is hil/rig/pins.py."""

PINS: dict[int, str] = {
    2: "STEP",
    3: "DIR",
    4: "EN",
    5: "DIAG",
    8: "I2C0_SDA",
    9: "I2C0_SCL",
    10: "I2C0_SDA",
    11: "I2C0_SCL",
    14: "PATIENT_BUTTON",
    15: "BUZZER",
    16: "ALARM_LAMP",
    17: "SILENCE_BUTTON",
    18: "READY",
    20: "PRESSURE_PWM",
    21: "SUPPLY_PWM",
    22: "PUMP_POWER",
    25: "RIG_ALIVE",
}

ADC: dict[int, str] = {}

# Square waves that the rig puts out, and lines of the pump on which it counts each edge.
TONES = ("PRESSURE_PWM", "SUPPLY_PWM")
COUNTED = ("STEP", "BUZZER")

# Square waves behind a filter: net of the PWM -> analogue net at the pump.
FILTERED = {"PRESSURE_PWM": "PRESSURE", "SUPPLY_PWM": "SUPPLY"}
POWER = "PUMP_POWER"
