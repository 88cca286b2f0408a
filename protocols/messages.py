"""The catalogue: every message with its number, name, direction, role and fields. For hosts; the pump has
layouts.py, which follows from it.

A row is (number, name, direction, role, fields, repeated); a field is described in fields.py. `repeated`
are the fields of one item of a list, whose length is the field `count`. The body of an answer has the
number of its request. ICD.md says what each message means.
"""

from protocols import fields as f
from protocols import ids
from protocols.ids import CLINICIAN, OBSERVER, PATIENT, SERVICE

# Directions. A request and the body of its answer share a number, the frames of a pump have their own.
REQUEST = "request"
BODY = "body"
PUMP = "pump"

# Positions in a row.
NUMBER = 0
NAME = 1
DIRECTION = 2
ROLE = 3
FIELDS = 4
REPEATED = 5


def _request(number, name, role, fields=(), repeated=()):
    return (number, name, REQUEST, role, fields, repeated)


def _body(number, name, fields, repeated=()):
    return (number, name, BODY, OBSERVER, fields, repeated)


def _pump(number, name, fields):
    return (number, name, PUMP, OBSERVER, fields, ())


_IS_STAGED = ("is_staged", f.U8, "0 committed, 1 staged", 0, 1)
_DAY = ("day", f.U8, "0 = Monday", 0, 6)
_DAY_MASK = ("day_mask", f.U8, "bit 0 = Monday", 1, 127)
_SEGMENT_COUNT = ("count", f.U8, "1", 1, 24)
_VOLUME = ("volume_nl", f.U32, "nL", 0, f.MOST_VOLUME_NL)
_BOLUS_VOLUME = ("volume_nl", f.U32, "nL", 1, f.MOST_VOLUME_NL)
_DURATION = ("duration_s", f.U32, "s", 0, f.MOST_BOLUS_S)
_RATE = ("rate_nl_per_h", f.U32, "nL/h", 1, f.MOST_RATE_NL_PER_H)
_ALARM = ("alarm", f.U8, "alarm", 1, 255)
_EPOCH = ("epoch_s", f.U32, "s since 2020", 1, f.MOST)
_LOG_RANGE = (("from_seq", f.U32, "1", 0, f.MOST), ("limit", f.U8, "1", 1, 10))


def _count(most):
    return (("count", f.U8, "1", 0, most),)


CATALOGUE = (
    _request(ids.MSG_HELLO, "HELLO", OBSERVER, f.VERSION),
    _body(ids.MSG_HELLO, "HELLO", f.HELLO_BODY),
    _request(ids.MSG_STATUS, "STATUS", OBSERVER),
    _body(ids.MSG_STATUS, "STATUS", f.SNAPSHOT_FIELDS + f.LINK_COUNT_FIELDS + f.LAST_COMMAND_FIELDS),
    _request(ids.MSG_ALARMS, "ALARMS", OBSERVER),
    _body(ids.MSG_ALARMS, "ALARMS", _count(33), f.ALARM_ENTRY),
    _request(ids.MSG_LOG_READ, "LOG_READ", OBSERVER, _LOG_RANGE),
    _body(ids.MSG_LOG_READ, "LOG_READ", _count(10), f.LOG_ENTRY),
    _request(ids.MSG_FAULTS_READ, "FAULTS_READ", OBSERVER, _LOG_RANGE),
    _body(ids.MSG_FAULTS_READ, "FAULTS_READ", _count(10), f.LOG_ENTRY),
    _request(ids.MSG_CONFIG_READ, "CONFIG_READ", OBSERVER),
    _body(ids.MSG_CONFIG_READ, "CONFIG_READ", f.CONFIG_BODY),
    _request(ids.MSG_PROGRAMME_READ, "PROGRAMME_READ", OBSERVER, (_IS_STAGED, _DAY)),
    _body(ids.MSG_PROGRAMME_READ, "PROGRAMME_READ", _count(24), f.SEGMENT),
    _request(ids.MSG_PRESCRIPTION_READ, "PRESCRIPTION_READ", OBSERVER, (_IS_STAGED,)),
    _body(ids.MSG_PRESCRIPTION_READ, "PRESCRIPTION_READ", f.DRUG + f.PATIENT_BOLUS + f.DOSE_LIMIT),
    _request(ids.MSG_SESSION_BEGIN, "SESSION_BEGIN", OBSERVER, f.SESSION_BEGIN),
    _body(ids.MSG_SESSION_BEGIN, "SESSION_BEGIN", (("pump_nonce", f.NONCE, "bytes", 16, 16),)),
    _request(ids.MSG_SESSION_PROVE, "SESSION_PROVE", OBSERVER, (("proof", f.TAG, "bytes", 16, 16),)),
    _body(ids.MSG_SESSION_PROVE, "SESSION_PROVE", (("pump_proof", f.TAG, "bytes", 16, 16),)),
    _request(ids.MSG_SEALED, "SEALED", OBSERVER, f.SEAL),
    _request(ids.MSG_START, "START", CLINICIAN),
    _request(ids.MSG_STOP, "STOP", CLINICIAN),
    _request(ids.MSG_MINIMUM_RATE, "MINIMUM_RATE", CLINICIAN),
    _request(ids.MSG_PROGRAMME_BEGIN, "PROGRAMME_BEGIN", CLINICIAN),
    _request(ids.MSG_PROGRAMME_DAY, "PROGRAMME_DAY", CLINICIAN, (_DAY_MASK, _SEGMENT_COUNT), f.SEGMENT),
    _request(ids.MSG_STAGE_DRUG, "STAGE_DRUG", CLINICIAN, f.DRUG),
    _request(ids.MSG_STAGE_PATIENT_BOLUS, "STAGE_PATIENT_BOLUS", CLINICIAN, f.PATIENT_BOLUS),
    _request(ids.MSG_STAGE_DOSE_LIMIT, "STAGE_DOSE_LIMIT", CLINICIAN, f.DOSE_LIMIT),
    _request(ids.MSG_CONFIRM_SOFT_LIMIT, "CONFIRM_SOFT_LIMIT", CLINICIAN),
    _request(ids.MSG_PROGRAMME_COMMIT, "PROGRAMME_COMMIT", CLINICIAN),
    _request(ids.MSG_PROGRAMME_DISCARD, "PROGRAMME_DISCARD", CLINICIAN),
    _request(ids.MSG_GIVE_CLINICIAN_BOLUS, "GIVE_CLINICIAN_BOLUS", CLINICIAN, (_BOLUS_VOLUME, _DURATION)),
    _request(ids.MSG_GIVE_PATIENT_BOLUS, "GIVE_PATIENT_BOLUS", PATIENT),
    _request(ids.MSG_GIVE_PRIMING_BOLUS, "GIVE_PRIMING_BOLUS", CLINICIAN, (_BOLUS_VOLUME,)),
    _request(ids.MSG_GIVE_BRIDGE_BOLUS, "GIVE_BRIDGE_BOLUS", CLINICIAN, (_BOLUS_VOLUME, _RATE)),
    _request(ids.MSG_BOLUS_CANCEL, "BOLUS_CANCEL", PATIENT),
    _request(ids.MSG_REFILL_BEGIN, "REFILL_BEGIN", CLINICIAN),
    _request(ids.MSG_REFILL_WITHDRAWN, "REFILL_WITHDRAWN", CLINICIAN, (_VOLUME,)),
    _request(ids.MSG_REFILL_FILLED, "REFILL_FILLED", CLINICIAN, (_VOLUME,)),
    _request(ids.MSG_REFILL_CONFIRM, "REFILL_CONFIRM", CLINICIAN),
    _request(ids.MSG_REFILL_CANCEL, "REFILL_CANCEL", CLINICIAN),
    _request(ids.MSG_SILENCE, "SILENCE", PATIENT),
    _request(ids.MSG_ACKNOWLEDGE, "ACKNOWLEDGE", CLINICIAN, (_ALARM,)),
    _request(ids.MSG_SET_CLOCK, "SET_CLOCK", CLINICIAN, (_EPOCH,)),
    _request(ids.MSG_SELF_TEST, "SELF_TEST", CLINICIAN),
    _request(ids.MSG_LEAVE_TO_REPL, "LEAVE_TO_REPL", SERVICE),
    _pump(ids.MSG_ANSWER, "ANSWER", f.ANSWER_HEAD),
    _pump(ids.MSG_EVENT, "EVENT", f.LOG_ENTRY),
)


def row_of(direction, number):
    """The row of that number, None when there is none. A scan: callers that ask often keep the row."""
    for row in CATALOGUE:
        if row[NUMBER] == number and row[DIRECTION] == direction:
            return row
    return None


def row_named(direction, name):
    """The row of that name, None when there is none."""
    for row in CATALOGUE:
        if row[NAME] == name and row[DIRECTION] == direction:
            return row
    return None
