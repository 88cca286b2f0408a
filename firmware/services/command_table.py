"""Which method of the pump does which request.

`pump` is the supervisor. Every method named here takes the fields of its request in their order, as
integers and bytes, and returns a reason number: OK, or why not. Requests with an answer body are in
answers.py.
"""

from protocols import ids

# request type, method of the pump
COMMANDS = (
    (ids.MSG_START, "start"),
    (ids.MSG_STOP, "stop"),
    (ids.MSG_MINIMUM_RATE, "minimum_rate"),
    (ids.MSG_PROGRAMME_BEGIN, "programme_begin"),
    (ids.MSG_STAGE_DRUG, "stage_drug"),
    (ids.MSG_STAGE_PATIENT_BOLUS, "stage_patient_bolus"),
    (ids.MSG_STAGE_DOSE_LIMIT, "stage_dose_limit"),
    (ids.MSG_CONFIRM_SOFT_LIMIT, "confirm_soft_limit"),
    (ids.MSG_PROGRAMME_COMMIT, "programme_commit"),
    (ids.MSG_PROGRAMME_DISCARD, "programme_discard"),
    (ids.MSG_GIVE_CLINICIAN_BOLUS, "clinician_bolus"),
    (ids.MSG_GIVE_PATIENT_BOLUS, "patient_bolus"),
    (ids.MSG_GIVE_PRIMING_BOLUS, "priming_bolus"),
    (ids.MSG_GIVE_BRIDGE_BOLUS, "bridge_bolus"),
    (ids.MSG_BOLUS_CANCEL, "bolus_cancel"),
    (ids.MSG_REFILL_BEGIN, "refill_begin"),
    (ids.MSG_REFILL_WITHDRAWN, "refill_withdrawn"),
    (ids.MSG_REFILL_FILLED, "refill_filled"),
    (ids.MSG_REFILL_CONFIRM, "refill_confirm"),
    (ids.MSG_REFILL_CANCEL, "refill_cancel"),
    (ids.MSG_SILENCE, "silence"),
    (ids.MSG_ACKNOWLEDGE, "acknowledge"),
    (ids.MSG_SET_CLOCK, "set_clock"),
    (ids.MSG_SELF_TEST, "self_test"),
    (ids.MSG_LEAVE_TO_REPL, "leave_to_repl"),
)
