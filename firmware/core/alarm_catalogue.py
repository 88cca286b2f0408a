"""The one list of alarms and notices (ALM-01): priority, action, inhibited boluses, clearing, text.

Names are ALARM_NAMES of protocols/ids.py. Actions, from CONTINUE to HALT, are ordered in ids.py;
SUSPEND ends with its alarm, STOP and HALT need a person. Text says what to check, in the order of checking.
"""

from micropython import const

from protocols import ids

# Columns of a row; the row of alarm n is CATALOGUE[n], its text is TEXTS[n].
PRIORITY = const(0)
ACTION = const(1)
INHIBITS = const(2)
CLEARING = const(3)

# A latched alarm stays until a person acknowledges it, which is refused while its cause is there (ALM-05).
# A self-clearing one goes with its cause. A notice is logged and never becomes active. A latched alarm that
# suspends does so only while its cause is there; then it is a reminder (LOW) that still inhibits boluses.
LATCHED = const(0)
SELF_CLEARING = const(1)
NOTICE_ONLY = const(2)

# Inhibited boluses, a bit per kind: 1 << ids.PATIENT_BOLUS and so on.
_NONE = 0
_PATIENT = 1 << ids.PATIENT_BOLUS
_ALL = _PATIENT | 1 << ids.CLINICIAN_BOLUS | 1 << ids.PRIMING_BOLUS | 1 << ids.BRIDGE_BOLUS

# fmt: off
CATALOGUE = (
    (ids.NOTICE, ids.CONTINUE, _NONE, NOTICE_ONLY),                 # NONE
    (ids.HIGH, ids.HALT, _ALL, LATCHED),                            # SYSTEM_FAULT
    (ids.HIGH, ids.SUSPEND, _ALL, LATCHED),                         # MOTOR_STALL
    (ids.HIGH, ids.STOP, _ALL, LATCHED),                            # CATHETER_OCCLUSION
    (ids.HIGH, ids.STOP, _ALL, SELF_CLEARING),                      # EMPTY_RESERVOIR
    (ids.HIGH, ids.HALT, _ALL, LATCHED),                            # OVER_DELIVERY
    (ids.HIGH, ids.HOLD_MIN_RATE, _ALL, LATCHED),                   # SENSOR_FAULT_ROTOR
    (ids.HIGH, ids.SUSPEND, _ALL, SELF_CLEARING),                   # SUPPLY_CRITICAL
    (ids.HIGH, ids.CONTINUE, _NONE, SELF_CLEARING),                 # STOPPED_LONG
    (ids.MEDIUM, ids.CONTINUE, _NONE, LATCHED),                     # UNDER_DELIVERY
    (ids.MEDIUM, ids.CONTINUE, _NONE, LATCHED),                     # STEP_LOSS
    (ids.MEDIUM, ids.CONTINUE, _PATIENT, LATCHED),                  # CATHETER_DISCONNECTED
    (ids.MEDIUM, ids.CONTINUE, _ALL, SELF_CLEARING),                # SENSOR_FAULT_PRESSURE
    (ids.MEDIUM, ids.CONTINUE, _NONE, SELF_CLEARING),               # SENSOR_FAULT_SUPPLY
    (ids.MEDIUM, ids.CONTINUE, _NONE, SELF_CLEARING),               # CLOCK_FAULT
    (ids.MEDIUM, ids.CONTINUE, _NONE, SELF_CLEARING),               # DOSE_LIMIT
    (ids.MEDIUM, ids.CONTINUE, _NONE, LATCHED),                     # REFILL_MISMATCH
    (ids.LOW, ids.CONTINUE, _NONE, SELF_CLEARING),                  # LOW_RESERVOIR
    (ids.LOW, ids.CONTINUE, _NONE, SELF_CLEARING),                  # REFILL_DUE
    (ids.LOW, ids.CONTINUE, _NONE, SELF_CLEARING),                  # SUPPLY_LOW
    (ids.LOW, ids.CONTINUE, _NONE, SELF_CLEARING),                  # BUTTON_STUCK
    (ids.NOTICE, ids.CONTINUE, _NONE, NOTICE_ONLY),                 # UPLOAD_IDLE
    (ids.NOTICE, ids.CONTINUE, _NONE, NOTICE_ONLY),                 # STALL_RECOVERED
    (ids.NOTICE, ids.CONTINUE, _NONE, NOTICE_ONLY),                 # POWER_LOST
)
# fmt: on

# Not on the board: what is read by a person is shown by a host (hil/board/linking.py leaves it out).
# fmt: off
TEXTS = (
    "",
    # SYSTEM_FAULT
    "The pump failed a test of itself and has stopped. Read the log for the item that failed. "
    "Do not restart before it is understood; give the drug another way.",
    # MOTOR_STALL
    "The rotor does not follow; nothing is delivered. Move away from strong magnets, check the pump head "
    "for a jammed tube. The pump tries every 10 min, resumes basal by itself, makes up nothing, and gives no "
    "bolus until this is acknowledged.",
    # CATHETER_OCCLUSION
    "Pressure in the line does not fall. Check the catheter for a kink, a closed clamp or a blocked tip. "
    "Trapped drug is released when the line opens: watch the patient. Start again by hand.",
    # EMPTY_RESERVOIR
    "The reservoir is at its empty level and delivery has stopped. Refill, then start by hand. "
    "Watch for withdrawal.",
    # OVER_DELIVERY
    "More was delivered than programmed, or the rotor turned without command. The motor driver is off. "
    "Watch the patient for overdose; replace the driver before the next use.",
    # SENSOR_FAULT_ROTOR
    "The rotor angle cannot be trusted, so delivery is not measured; the pump runs at minimum rate. "
    "Check the sensor's cable and the magnet on the shaft.",
    # SUPPLY_CRITICAL
    "The supply is too weak to turn the motor; delivery waits. Change the battery, check the supply cable.",
    # STOPPED_LONG
    "The pump has been stopped for more than 48 h. Start it, or empty it; a tube that rests under its "
    "rollers wears and may deliver wrongly.",
    # UNDER_DELIVERY
    "Less than 90 % of the programme was measured. Check the motor, its driver current and the pump head. "
    "Watch for withdrawal.",
    "The motor loses steps. Check for friction in the pump head, a worn tube, and the driver current.",  # STEP_LOSS
    # CATHETER_DISCONNECTED
    "Strokes make no pressure pulse. Check that the catheter is connected and whole, and that the reservoir "
    "is not dry; drug may be going elsewhere. Delivery goes on.",
    # SENSOR_FAULT_PRESSURE
    "The line pressure cannot be trusted: occlusion and disconnection are not seen, so no bolus is given. "
    "Check the pressure sensor and its cable. Basal delivery goes on.",
    # SENSOR_FAULT_SUPPLY
    "The supply reading cannot be true, so a weak one is not announced. Check the divider and its cable.",
    # CLOCK_FAULT
    "The clock stopped, jumped or drifts. The programme goes on by the pump's own count of time. "
    "Set the clock; if it happens again, change the clock's battery.",
    "The dose limit holds delivery below the programme. Check programme, boluses and limit.",  # DOSE_LIMIT
    # REFILL_MISMATCH
    "The volume withdrawn is not the volume expected. More left: under-delivery, occlusion or stall. "
    "Less left: over-delivery, a leak, or a pocket fill at the last refill. Examine before filling.",
    "The reservoir is at its low level. Arrange a refill.",  # LOW_RESERVOIR
    "The reservoir will soon reach its low level; the status gives the date. Arrange a refill.",  # REFILL_DUE
    "The supply is weak. Change the battery soon.",  # SUPPLY_LOW
    "A button has been held for 60 s. Check that nothing presses on it.",  # BUTTON_STUCK
    # UPLOAD_IDLE
    "A programme upload has been idle for 5 min and is discarded after 10 min. The old one is untouched.",
    # STALL_RECOVERED
    "The rotor turns again and basal delivery goes on. The log gives the time and the volume missed.",
    "The pump was without power; the log gives for how long. Nothing is made up.",  # POWER_LOST
)
# fmt: on

LAST_ALARM = const(23)


def priority(number):
    """ids.NOTICE to ids.HIGH; number 0 to LAST_ALARM."""
    return CATALOGUE[number][PRIORITY]


def action(number):
    """What the alarm does to delivery while active, ids.CONTINUE to ids.HALT."""
    return CATALOGUE[number][ACTION]


def inhibits(number):
    """Mask of the bolus kinds that the alarm inhibits while active."""
    return CATALOGUE[number][INHIBITS]


def clearing(number):
    """LATCHED, SELF_CLEARING or NOTICE_ONLY."""
    return CATALOGUE[number][CLEARING]
