"""What a host and the fault-injection rig say to each other: requests, faults, settings and signals, by number.

Frames are those of frame.py. A request is answered by MSG_ANSWER with its number and a reason, as a pump does, and
then the body. A pump answers these numbers with UNKNOWN, and a rig those of a pump, so that neither is taken for the
other. Both sides use this file; a field is (name, struct code, unit, least, most) as in fields.py.
"""

from protocols.fields import I32, MOST, U8, U16, U32

I64 = "<q"
_FAR = 1 << 62

RIG_HELLO = 96
RIG_TRUTH = 97
RIG_ROWS = 98
RIG_EVENTS = 99
RIG_INJECT = 100
RIG_CLEAR = 101
RIG_FAULT = 102
RIG_PRESS = 103
RIG_POWER = 104
RIG_WITHDRAW = 105
RIG_FILL = 106
RIG_SET = 107
RIG_LINES = 108
RIG_HOLD_LINE = 109
RIG_LEAVE_TO_REPL = 110

_NUMBER = ("number", U8, "see the tables below", 1, 255)
_VOLUME = ("volume_nl", U32, "nL", 0, 100_000_000)

# Number: (name, fields of the request, fields of the answer's body, fields of each item of the body's list).
# A list stands behind a body whose last field is `count`.
MESSAGES = {
    RIG_HELLO: (
        "RIG_HELLO",
        (),
        (
            ("version", U8, "1", 0, 255),
            ("is_powered", U8, "the pump has its supply", 0, 1),
            ("boots", U32, "1", 0, MOST),
            ("t_us", I64, "us since the rig has booted", 0, _FAR),
            ("device_id", "<8s", "bytes", 0, 8),
        ),
        (),
    ),
    RIG_TRUTH: (
        "RIG_TRUTH",
        (),
        (
            ("t_us", I64, "us since the rig has booted", 0, _FAR),
            ("displaced_pl", I64, "pL through the head, net", -_FAR, _FAR),
            ("in_csf_pl", I64, "pL", -_FAR, _FAR),
            ("leaked_pl", I64, "pL", -_FAR, _FAR),
            ("reservoir_pl", I64, "pL", 0, _FAR),
            ("trapped_pl", I64, "pL above rest in the line", -_FAR, _FAR),
            ("concentration_ug_per_ml", U32, "ug/mL", 0, MOST),
            ("pressure_pa", I32, "Pa", -MOST, MOST),
            ("peak_pa", I32, "Pa, highest since the row before", -MOST, MOST),
            ("position_millisteps", I64, "1/1000 microstep, net", -_FAR, _FAR),
            ("commanded", I64, "microsteps with current", 0, _FAR),
            ("missed_millisteps", I64, "1/1000 microstep", 0, _FAR),
            ("strokes", U32, "bursts with current", 0, MOST),
            ("supply_mv", U32, "mV", 0, MOST),
            ("is_powered", U8, "the pump has its supply", 0, 1),
            ("power_losses", U32, "1", 0, MOST),
        ),
        (),
    ),
    RIG_ROWS: (
        "RIG_ROWS",
        (("from_seq", U32, "1", 0, MOST),),
        (("first_seq", U32, "of the first item", 0, MOST), ("count", U8, "1", 0, 5)),
        (
            ("t_us", I64, "us since the rig has booted", 0, _FAR),
            ("displaced_pl", I64, "pL", -_FAR, _FAR),
            ("in_csf_pl", I64, "pL", -_FAR, _FAR),
            ("reservoir_pl", I64, "pL", 0, _FAR),
            ("position_millisteps", I64, "1/1000 microstep", -_FAR, _FAR),
            ("peak_pa", I32, "Pa", -MOST, MOST),
        ),
    ),
    RIG_EVENTS: (
        "RIG_EVENTS",
        (("from_seq", U32, "1", 0, MOST),),
        (("first_seq", U32, "of the first item", 0, MOST), ("count", U8, "1", 0, 16)),
        (
            ("t_us", I64, "us since the rig has booted", 0, _FAR),
            ("signal", U8, "SIGNAL_NAMES", 0, 255),
            ("value", I32, "level, or Hz of a tone", -MOST, MOST),
        ),
    ),
    RIG_INJECT: (
        "RIG_INJECT",
        (
            _NUMBER,
            ("a", I32, "see FAULTS", -MOST, MOST),
            ("b", I32, "see FAULTS", -MOST, MOST),
            ("c", I32, "see FAULTS", -MOST, MOST),
            ("duration_ms", I32, "ms, -1 until it is cleared", -1, MOST),
        ),
        (),
        (),
    ),
    RIG_CLEAR: ("RIG_CLEAR", (_NUMBER,), (), ()),
    RIG_FAULT: (
        "RIG_FAULT",
        (_NUMBER,),
        (("is_active", U8, "1", 0, 1), ("took_effect", U8, "the plant shows it", 0, 1)),
        (),
    ),
    RIG_PRESS: (
        "RIG_PRESS",
        (
            ("button", U8, "0 patient, 1 silence", 0, 1),
            ("hold_ms", I32, "ms, -1 until it is released, 0 release", -1, MOST),
        ),
        (),
        (),
    ),
    RIG_POWER: ("RIG_POWER", (("is_on", U8, "1", 0, 1),), (), ()),
    RIG_WITHDRAW: ("RIG_WITHDRAW", (_VOLUME,), (("volume_nl", U32, "nL that came out", 0, MOST),), ()),
    RIG_FILL: (
        "RIG_FILL",
        (
            _VOLUME,
            ("port", U8, "0 reservoir, 1 catheter access, 2 pocket", 0, 2),
            ("concentration_ug_per_ml", I32, "ug/mL, -1 as it is", -1, MOST),
        ),
        (("volume_nl", U32, "nL that went in", 0, MOST),),
        (),
    ),
    RIG_SET: ("RIG_SET", (_NUMBER, ("value", I32, "see SETTINGS", -MOST, MOST)), (), ()),
    RIG_LINES: (
        "RIG_LINES",
        (),
        (("levels", U32, "bit n: level of GPIO n of the rig", 0, MOST), ("pressure_mv", U16, "mV", 0, 3300)),
        (),
    ),
    RIG_HOLD_LINE: (
        "RIG_HOLD_LINE",
        (("gpio", U8, "an output of the rig", 0, 29), ("level", I32, "0, 1, of a PWM mV; -1 lets go", -1, 3300)),
        (),
        (),
    ),
    RIG_LEAVE_TO_REPL: ("RIG_LEAVE_TO_REPL", (), (), ()),
}

VERSION = 1

# Signals that the rig listens to, each change with its time. POWER is what the rig itself gives.
SIGNAL_BUZZER = 0
SIGNAL_ALARM_LAMP = 1
SIGNAL_READY = 2
SIGNAL_POWER = 3
SIGNAL_FAULT_CLEARED = 4
SIGNAL_DEAD_MAN = 5
SIGNAL_NAMES = ("BUZZER", "ALARM_LAMP", "READY", "POWER", "FAULT_CLEARED", "DEAD_MAN")

# Settings of the plant and of the rig: number, name, unit.
SET_VOLUME_PER_REV_NL = 1
SET_COMPLIANCE_NL_PER_KPA = 2
SET_DECAY_US = 3
SET_PATIENT_PA = 4
SET_RESERVOIR_NL = 5
SET_CAPACITY_NL = 6
SET_CONCENTRATION = 7
SET_SUPPLY_MV = 8
SET_CLOCK_DAYS = 9
SET_CLOCK_SECONDS = 10
SET_DEAD_MAN_S = 11
SET_ROTOR_PHASE = 12
SET_MAGNET_OFFSET = 13
SET_BACK_PRESSURE_PPM = 14
SET_POSTURE_PA = 15
SET_POSTURE_MS = 16
SETTINGS = (
    (SET_VOLUME_PER_REV_NL, "volume_per_rev_nl", "nL"),
    (SET_COMPLIANCE_NL_PER_KPA, "compliance_nl_per_kpa", "nL/kPa"),
    (SET_DECAY_US, "decay_us", "us: compliance times resistance of the free line"),
    (SET_PATIENT_PA, "patient_pa", "Pa"),
    (SET_RESERVOIR_NL, "reservoir_nl", "nL"),
    (SET_CAPACITY_NL, "capacity_nl", "nL"),
    (SET_CONCENTRATION, "concentration_ug_per_ml", "ug/mL"),
    (SET_SUPPLY_MV, "supply_mv", "mV at the battery"),
    (SET_CLOCK_DAYS, "clock_days", "days since 2000, -1 the clock has lost its time"),
    (SET_CLOCK_SECONDS, "clock_seconds", "second of the day, ends the setting of the clock"),
    (SET_DEAD_MAN_S, "dead_man_s", "s without a frame of the host until the pump loses its supply; 0 never"),
    (SET_ROTOR_PHASE, "rotor_phase_millisteps", "1/1000 microstep of the rotor in its cycle"),
    (SET_MAGNET_OFFSET, "magnet_offset_counts", "counts of 4096"),
    (SET_POSTURE_PA, "posture_pa", "Pa higher while the patient sits"),
    (SET_POSTURE_MS, "posture_ms", "ms of lying and sitting, half of it each; 0 the patient lies"),
    (SET_BACK_PRESSURE_PPM, "back_pressure_ppm_per_kpa", "stroke volume lost per kPa above 1.3 kPa"),
)

# Faults by number: the id of the emulated bench and, for a, b and c, (parameter, its factor to the wire).
# Factors: a share in ppm, a time in ms (given in s), a pressure in Pa (given in kPa), volumes in nL, voltages in mV.
_PPM = 1_000_000
_MS = 1_000
_PA = 1_000
FAULTS = (
    (1, "motor.stall", ()),
    (2, "motor.slip", (("mean_between", _MS), ("direction", ("backward", "forward", "either")), ("cycles", 1))),
    (3, "motor.coupling", (("fraction", _PPM),)),
    (4, "motor.reverse", ()),
    (5, "motor.runaway", (("rate", 1),)),
    (6, "driver.enable_stuck", ()),
    (7, "motor.stall_intermittent", (("mean_between", _MS), ("mean_length", _MS))),
    (8, "motor.magnetic_field", (("lag", _MS),)),
    (10, "head.leak_back", (("fraction", _PPM),)),
    (11, "head.wear", (("per_1000_rev", _PPM),)),
    (12, "line.air", (("volume", 1),)),
    (13, "catheter.occlusion", (("onset", _MS), ("closed_for", _MS), ("open_for", _MS))),
    (14, "catheter.kink", (("k", 1_000),)),
    (15, "catheter.disconnection", (("fraction", _PPM),)),
    (16, "catheter.microleak", (("fraction", _PPM),)),
    (17, "catheter.migration", (("fraction", _PPM),)),
    (18, "patient.posture", (("pressure", _PA), ("period", _MS))),
    (19, "patient.cough", (("pressure", _PA), ("period", _MS))),
    (20, "reservoir.empty_early", (("volume", 1),)),
    (30, "sensor.rotor_dead", ()),
    (31, "sensor.rotor_stuck", (("counts", 1),)),
    (32, "sensor.rotor_noisy", (("sigma", 1),)),
    (33, "sensor.rotor_magnet_lost", ()),
    (34, "sensor.pressure_stuck", (("pressure", _PA),)),
    (35, "sensor.pressure_offset", (("offset", _PA),)),
    (40, "clock.stop", ()),
    (41, "clock.jump", (("by", 1),)),
    (42, "clock.drift", (("fraction", _PPM),)),
    (43, "clock.osf", ()),
    (50, "supply.sag", (("voltage", 1),)),
    (51, "supply.dip", (("voltage", 1),)),
    (52, "supply.cut", ()),
    (60, "button.stuck", (("button", ("patient", "silence")),)),
    (61, "button.bounce", (("button", ("patient", "silence")), ("bounces", 1))),
)
# On the wire where a parameter has no value.
NOT_GIVEN = -MOST
