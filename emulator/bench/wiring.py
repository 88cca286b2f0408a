"""Which net each pin of the board is on (docs/wiring.md). The emulator's side of the wiring;
the firmware's side is firmware/board.py."""

PINS: dict[int, str] = {
    2: "STEP",
    3: "DIR",
    4: "EN",
    5: "DIAG",
    8: "I2C0_SDA",
    9: "I2C0_SCL",
    14: "PATIENT_BUTTON",
    15: "BUZZER",
    16: "ALARM_LAMP",
    17: "SILENCE_BUTTON",
    18: "READY",
    25: "READY_LAMP",
}

# ADC channel -> analogue net.
ADC: dict[int, str] = {0: "PRESSURE", 1: "SUPPLY"}

# Square waves that the board puts out, and lines on which it has to see each edge: here none.
TONES = ("BUZZER",)
COUNTED: tuple[str, ...] = ()

# Nets that a resistor holds high when nobody drives them: open-drain bus, active-low inputs.
PULLED_UP = ("EN", "I2C0_SDA", "I2C0_SCL", "PATIENT_BUTTON", "SILENCE_BUTTON")

AS5600_ADDRESS = 0x36
DS3231_ADDRESS = 0x68
