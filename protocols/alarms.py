"""Every alarm and notice, one row each (ALM-01). For hosts and documents.

The pump has firmware/core/alarm_rows.py, which `python -m hil.docs.alarm_table` writes from this table without its
words. Actions, from CONTINUE to HALT, are ordered in ids.py; SUSPEND ends with its alarm, STOP and HALT need a
person. The text tells a person what to check, in the order of checking.

A latched alarm stays until a person acknowledges it, which is refused while its cause is there (ALM-05). A
self-clearing one goes with its cause. A notice is logged and never becomes active. A latched alarm that suspends
does so only while its cause is there; then it is a reminder (LOW) that still inhibits boluses.
"""

from protocols import ids

# Inhibited boluses, a bit per kind.
_NONE = 0
_PATIENT = 1 << ids.PATIENT_BOLUS
_ALL = _PATIENT | 1 << ids.CLINICIAN_BOLUS | 1 << ids.PRIMING_BOLUS | 1 << ids.BRIDGE_BOLUS

# Positions in a row.
NUMBER = 0
NAME = 1
PRIORITY = 2
ACTION = 3
INHIBITS = 4
CLEARING = 5
TEXT = 6

# In the order of the numbers, from 1 on.
ALARMS = (
    (
        ids.ALARM_SYSTEM_FAULT,
        "SYSTEM_FAULT",
        ids.HIGH,
        ids.HALT,
        _ALL,
        ids.LATCHED,
        "The pump failed a test of itself and has stopped. Read the log for the item that failed. Do not restart "
        "before it is understood; give the drug another way. Once it is mended: self-test, acknowledge, start.",
    ),
    (
        ids.ALARM_MOTOR_STALL,
        "MOTOR_STALL",
        ids.HIGH,
        ids.SUSPEND,
        _ALL,
        ids.LATCHED,
        "The rotor does not follow; nothing is delivered. Move away from strong magnets, check the pump head for "
        "a jammed tube. The pump tries every 10 min, resumes basal by itself, makes up nothing, and gives no "
        "bolus until this is acknowledged. A start tries at once.",
    ),
    (
        ids.ALARM_CATHETER_OCCLUSION,
        "CATHETER_OCCLUSION",
        ids.HIGH,
        ids.STOP,
        _ALL,
        ids.LATCHED,
        "Pressure in the line does not fall. Check the catheter for a kink, a closed clamp or a blocked tip. "
        "Trapped drug is released when the line opens: watch the patient. Once it is open: acknowledge, start. After a "
        "short spike delivery comes back by itself, twice an hour, and gives no bolus until this is acknowledged.",
    ),
    (
        ids.ALARM_EMPTY_RESERVOIR,
        "EMPTY_RESERVOIR",
        ids.HIGH,
        ids.STOP,
        _ALL,
        ids.SELF_CLEARING,
        "The reservoir is at its empty level and delivery has stopped. Refill, then start by hand. Watch for "
        "withdrawal.",
    ),
    (
        ids.ALARM_OVER_DELIVERY,
        "OVER_DELIVERY",
        ids.HIGH,
        ids.HALT,
        _ALL,
        ids.LATCHED,
        "More was delivered than programmed, or the rotor turned without command. The motor driver is off. Watch "
        "the patient for overdose; replace the driver before the next use. Once it is mended: self-test, acknowledge, "
        "start.",
    ),
    (
        ids.ALARM_SENSOR_FAULT_ROTOR,
        "SENSOR_FAULT_ROTOR",
        ids.HIGH,
        ids.HOLD_MIN_RATE,
        _ALL,
        ids.LATCHED,
        "The rotor angle cannot be trusted, so delivery is not measured; the pump runs at minimum rate. Check the "
        "sensor's cable and the magnet on the shaft. Once strokes are measured again, or after a stop and a self-test, "
        "acknowledge. Three measured strokes give the programme back, twice an hour, and no bolus until this is "
        "acknowledged.",
    ),
    (
        ids.ALARM_SUPPLY_CRITICAL,
        "SUPPLY_CRITICAL",
        ids.HIGH,
        ids.SUSPEND,
        _ALL,
        ids.SELF_CLEARING,
        "The supply is too weak to turn the motor; delivery waits. Change the battery, check the supply cable.",
    ),
    (
        ids.ALARM_STOPPED_LONG,
        "STOPPED_LONG",
        ids.HIGH,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The pump has been stopped for more than 48 h. Start it, or empty it; a tube that rests under its rollers "
        "wears and may deliver wrongly.",
    ),
    (
        ids.ALARM_UNDER_DELIVERY,
        "UNDER_DELIVERY",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.LATCHED,
        "Less than 90 % of the programme was measured. Check the motor, its driver current and the pump head. "
        "Watch for withdrawal.",
    ),
    (
        ids.ALARM_STEP_LOSS,
        "STEP_LOSS",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.LATCHED,
        "The motor loses steps. Check for friction in the pump head, a worn tube, and the driver current.",
    ),
    (
        ids.ALARM_CATHETER_DISCONNECTED,
        "CATHETER_DISCONNECTED",
        ids.MEDIUM,
        ids.CONTINUE,
        _PATIENT,
        ids.LATCHED,
        "Strokes make no pressure pulse. Check that the catheter is connected and whole, and that the reservoir "
        "is not dry; drug may be going elsewhere. Delivery goes on, without patient boluses. Once the line is whole: "
        "acknowledge.",
    ),
    (
        ids.ALARM_SENSOR_FAULT_PRESSURE,
        "SENSOR_FAULT_PRESSURE",
        ids.MEDIUM,
        ids.CONTINUE,
        _ALL,
        ids.SELF_CLEARING,
        "The line pressure cannot be trusted: occlusion and disconnection are not seen, so no bolus is given. "
        "Check the pressure sensor and its cable. Basal delivery goes on.",
    ),
    (
        ids.ALARM_SENSOR_FAULT_SUPPLY,
        "SENSOR_FAULT_SUPPLY",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The supply reading cannot be true, so a weak one is not announced. Check the divider and its cable.",
    ),
    (
        ids.ALARM_CLOCK_FAULT,
        "CLOCK_FAULT",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The clock stopped, jumped or drifts. The programme goes on by the pump's own count of time. Set the "
        "clock; if it happens again, change the clock's battery.",
    ),
    (
        ids.ALARM_DOSE_LIMIT,
        "DOSE_LIMIT",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The dose limit holds delivery below the programme. Check programme, boluses and limit.",
    ),
    (
        ids.ALARM_REFILL_MISMATCH,
        "REFILL_MISMATCH",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.LATCHED,
        "The volume withdrawn is not the volume expected. More left: under-delivery, occlusion or stall. Less "
        "left: over-delivery, a leak, or a pocket fill at the last refill. Examine before filling.",
    ),
    (
        ids.ALARM_LOW_RESERVOIR,
        "LOW_RESERVOIR",
        ids.LOW,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The reservoir is at its low level. Arrange a refill.",
    ),
    (
        ids.ALARM_REFILL_DUE,
        "REFILL_DUE",
        ids.LOW,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The reservoir will soon reach its low level; the status gives the date. Arrange a refill.",
    ),
    (
        ids.ALARM_SUPPLY_LOW,
        "SUPPLY_LOW",
        ids.LOW,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "The supply is weak. Change the battery soon.",
    ),
    (
        ids.ALARM_BUTTON_STUCK,
        "BUTTON_STUCK",
        ids.LOW,
        ids.CONTINUE,
        _NONE,
        ids.SELF_CLEARING,
        "A button has been held for 60 s. Check that nothing presses on it.",
    ),
    (
        ids.ALARM_UPLOAD_IDLE,
        "UPLOAD_IDLE",
        ids.NOTICE,
        ids.CONTINUE,
        _NONE,
        ids.NOTICE_ONLY,
        "A programme upload has been idle for 5 min and is discarded after 10 min. The old one is untouched.",
    ),
    (
        ids.ALARM_STALL_RECOVERED,
        "STALL_RECOVERED",
        ids.NOTICE,
        ids.CONTINUE,
        _NONE,
        ids.NOTICE_ONLY,
        "The rotor turns again and basal delivery goes on. The log gives the time and the volume missed.",
    ),
    (
        ids.ALARM_POWER_LOST,
        "POWER_LOST",
        ids.NOTICE,
        ids.CONTINUE,
        _NONE,
        ids.NOTICE_ONLY,
        "The pump was without power; the log gives for how long. Nothing is made up.",
    ),
    (
        ids.ALARM_RESTARTS,
        "RESTARTS",
        ids.MEDIUM,
        ids.CONTINUE,
        _NONE,
        ids.LATCHED,
        "The pump has restarted by itself more than three times within an hour; nothing was delivered meanwhile. Check "
        "the battery, its contacts and the supply cable; the log gives the cause of each restart.",
    ),
)

NAMES = ("",) + tuple(row[NAME] for row in ALARMS)  # by number
