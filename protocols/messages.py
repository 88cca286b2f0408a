"""The catalogue: every message with its number, name, direction, role and fields. For hosts; the pump has
layouts.py, which follows from it.

A row is (number, name, direction, role, fields, repeated, text); a field is described in fields.py. `repeated`
are the fields of one item of a list, whose length is the field `count`. The body of an answer has the number of
its request, and no text of its own: `text` is the sentence of ICD.md about the message.
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
TEXT = 6


def _request(number, name, role, text, fields=(), repeated=()):
    return (number, name, REQUEST, role, fields, repeated, text)


def _body(number, name, fields, repeated=()):
    return (number, name, BODY, OBSERVER, fields, repeated, "")


def _pump(number, name, text, fields):
    return (number, name, PUMP, OBSERVER, fields, (), text)


_IS_STAGED = ("is_staged", f.U8, "0 committed, 1 staged", 0, 1)
_DAY = ("day", f.U8, "0 = Monday", 0, 6)
_DAY_MASK = ("day_mask", f.U8, "bit 0 = Monday", 1, 127)
_SEGMENT_COUNT = ("count", f.U8, "1", 1, 24)
_VOLUME = ("volume_nl", f.U32, "nL", 0, f.MOST_VOLUME_NL)
_BOLUS_VOLUME = ("volume_nl", f.U32, "nL", 1, f.MOST_VOLUME_NL)
_BOLUS_DURATION = ("duration_s", f.U32, "s", 1, f.MOST_BOLUS_S)
_RATE = ("rate_nl_per_h", f.U32, "nL/h", 1, f.MOST_RATE_NL_PER_H)
_ALARM = ("alarm", f.U8, "alarm", 1, 255)
_EPOCH = ("epoch_s", f.U32, "s since 2020", 1, f.MOST)
_LOG_RANGE = (("from_seq", f.U32, "1", 0, f.MOST), ("limit", f.U8, "1", 1, 10))


def _count(most):
    return (("count", f.U8, "1", 0, most),)


CATALOGUE = (
    _request(
        ids.MSG_HELLO,
        "HELLO",
        OBSERVER,
        "Opens the conversation: version, capabilities, and the number of the next request.",
        f.VERSION,
    ),
    _body(ids.MSG_HELLO, "HELLO", f.HELLO_BODY),
    _request(ids.MSG_STATUS, "STATUS", OBSERVER, "Everything that a glance at the pump should tell, in one answer."),
    _body(ids.MSG_STATUS, "STATUS", f.SNAPSHOT_FIELDS + f.LINK_COUNT_FIELDS + f.LAST_COMMAND_FIELDS),
    _request(ids.MSG_ALARMS, "ALARMS", OBSERVER, "Active alarms, ordered by priority, then newest first."),
    _body(ids.MSG_ALARMS, "ALARMS", _count(33), f.ALARM_ENTRY),
    _request(
        ids.MSG_LOG_READ,
        "LOG_READ",
        OBSERVER,
        "The first entries from a number on; those that are gone are left out.",
        _LOG_RANGE,
    ),
    _body(ids.MSG_LOG_READ, "LOG_READ", _count(10), f.LOG_ENTRY),
    _request(
        ids.MSG_FAULTS_READ,
        "FAULTS_READ",
        OBSERVER,
        "As LOG_READ, of the ring that keeps alarms and faults longer; it has numbers of its own.",
        _LOG_RANGE,
    ),
    _body(ids.MSG_FAULTS_READ, "FAULTS_READ", _count(10), f.LOG_ENTRY),
    _request(ids.MSG_CONFIG_READ, "CONFIG_READ", OBSERVER, "The figures of this bench, as the pump uses them."),
    _body(ids.MSG_CONFIG_READ, "CONFIG_READ", f.CONFIG_BODY),
    _request(
        ids.MSG_PROGRAMME_READ,
        "PROGRAMME_READ",
        OBSERVER,
        "Segments of one day of the committed or of the staged programme.",
        (_IS_STAGED, _DAY),
    ),
    _body(ids.MSG_PROGRAMME_READ, "PROGRAMME_READ", _count(24), f.SEGMENT),
    _request(
        ids.MSG_PRESCRIPTION_READ,
        "PRESCRIPTION_READ",
        OBSERVER,
        "Drug record, patient bolus and dose limit, committed or staged.",
        (_IS_STAGED,),
    ),
    _body(ids.MSG_PRESCRIPTION_READ, "PRESCRIPTION_READ", f.DRUG + f.PATIENT_BOLUS + f.DOSE_LIMIT),
    _request(
        ids.MSG_SESSION_BEGIN,
        "SESSION_BEGIN",
        OBSERVER,
        "Ask to open a role; the answer is the pump's half of the challenge.",
        f.SESSION_BEGIN,
    ),
    _body(ids.MSG_SESSION_BEGIN, "SESSION_BEGIN", (("pump_nonce", f.NONCE, "bytes", 16, 16),)),
    _request(
        ids.MSG_SESSION_PROVE,
        "SESSION_PROVE",
        OBSERVER,
        "Show that the host holds the role's key; the answer shows that the pump does.",
        (("proof", f.TAG, "bytes", 16, 16),),
    ),
    _body(ids.MSG_SESSION_PROVE, "SESSION_PROVE", (("pump_proof", f.TAG, "bytes", 16, 16),)),
    _request(
        ids.MSG_SEALED,
        "SEALED",
        OBSERVER,
        "A request under the seal of the session; its own payload follows the inner type.",
        f.SEAL,
    ),
    _body(ids.MSG_SEALED, "SEALED", f.ANSWER_SEAL),
    _request(ids.MSG_START, "START", CLINICIAN, "Deliver the committed programme."),
    _request(ids.MSG_STOP, "STOP", CLINICIAN, "Finish the current stroke, then stand still."),
    _request(ids.MSG_MINIMUM_RATE, "MINIMUM_RATE", CLINICIAN, "Deliver at the minimum rate only."),
    _request(
        ids.MSG_PROGRAMME_BEGIN,
        "PROGRAMME_BEGIN",
        CLINICIAN,
        "Open an upload: what is staged from now on leaves the running programme alone.",
    ),
    _request(
        ids.MSG_PROGRAMME_DAY,
        "PROGRAMME_DAY",
        CLINICIAN,
        "Stage segments for the days of the mask, each later than the last; before the first the day before goes on.",
        (_DAY_MASK, _SEGMENT_COUNT),
        f.SEGMENT,
    ),
    _request(ids.MSG_STAGE_DRUG, "STAGE_DRUG", CLINICIAN, "Stage the drug record; a limit of 0 is no limit.", f.DRUG),
    _request(
        ids.MSG_STAGE_PATIENT_BOLUS,
        "STAGE_PATIENT_BOLUS",
        CLINICIAN,
        "Stage what the patient's button gives.",
        f.PATIENT_BOLUS,
    ),
    _request(
        ids.MSG_STAGE_DOSE_LIMIT,
        "STAGE_DOSE_LIMIT",
        CLINICIAN,
        "Stage the most that any sliding window of this length may deliver.",
        f.DOSE_LIMIT,
    ),
    _request(
        ids.MSG_CONFIRM_SOFT_LIMIT,
        "CONFIRM_SOFT_LIMIT",
        CLINICIAN,
        "A person has read that a staged figure lies outside a soft limit, and wants it.",
    ),
    _request(
        ids.MSG_PROGRAMME_COMMIT,
        "PROGRAMME_COMMIT",
        CLINICIAN,
        "Make everything staged the running programme, at once and as a whole.",
    ),
    _request(ids.MSG_PROGRAMME_DISCARD, "PROGRAMME_DISCARD", CLINICIAN, "Forget everything staged."),
    _request(
        ids.MSG_GIVE_CLINICIAN_BOLUS,
        "GIVE_CLINICIAN_BOLUS",
        CLINICIAN,
        "A volume, spread evenly over a duration, on top of basal.",
        (_BOLUS_VOLUME, _BOLUS_DURATION),
    ),
    _request(ids.MSG_GIVE_PATIENT_BOLUS, "GIVE_PATIENT_BOLUS", PATIENT, "As the patient's button."),
    _request(
        ids.MSG_GIVE_PRIMING_BOLUS,
        "GIVE_PRIMING_BOLUS",
        CLINICIAN,
        "Fill the catheter; only while standing still.",
        (_BOLUS_VOLUME,),
    ),
    _request(
        ids.MSG_GIVE_BRIDGE_BOLUS,
        "GIVE_BRIDGE_BOLUS",
        CLINICIAN,
        "Deliver the old drug's rate until the volume of the catheter is displaced.",
        (_BOLUS_VOLUME, _RATE),
    ),
    _request(ids.MSG_BOLUS_CANCEL, "BOLUS_CANCEL", PATIENT, "End the running bolus; what was delivered counts."),
    _request(ids.MSG_REFILL_BEGIN, "REFILL_BEGIN", CLINICIAN, "Announce a refill."),
    _request(
        ids.MSG_REFILL_WITHDRAWN, "REFILL_WITHDRAWN", CLINICIAN, "Enter the volume that was drawn out.", (_VOLUME,)
    ),
    _request(ids.MSG_REFILL_FILLED, "REFILL_FILLED", CLINICIAN, "Enter the volume that was put in.", (_VOLUME,)),
    _request(ids.MSG_REFILL_CONFIRM, "REFILL_CONFIRM", CLINICIAN, "Make the refill count, as a whole."),
    _request(ids.MSG_REFILL_CANCEL, "REFILL_CANCEL", CLINICIAN, "Forget the refill; the old state stays."),
    _request(
        ids.MSG_CATHETER_EMPTY,
        "CATHETER_EMPTY",
        CLINICIAN,
        "Declare a new or drained catheter: it may be primed once outside the dose limit; only while standing still.",
    ),
    _request(ids.MSG_SILENCE, "SILENCE", PATIENT, "Quiet the buzzer for at most 120 s."),
    _request(ids.MSG_ACKNOWLEDGE, "ACKNOWLEDGE", CLINICIAN, "Clear a latched alarm whose cause is gone.", (_ALARM,)),
    _request(
        ids.MSG_SET_CLOCK,
        "SET_CLOCK",
        CLINICIAN,
        "Set the wall clock. Lock-outs and windows count pump life and do not move.",
        (_EPOCH,),
    ),
    _request(ids.MSG_SELF_TEST, "SELF_TEST", CLINICIAN, "Run the self-test; only while standing still."),
    _request(
        ids.MSG_LEAVE_TO_REPL,
        "LEAVE_TO_REPL",
        SERVICE,
        "End the application, so that the Python prompt answers on this link.",
    ),
    _pump(
        ids.MSG_ANSWER,
        "ANSWER",
        "Head of every answer; the body of the request, where there is one, follows in the same frame.",
        f.ANSWER_HEAD,
    ),
    _pump(ids.MSG_EVENT, "EVENT", "One log entry, sent as it is written.", f.LOG_ENTRY),
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
