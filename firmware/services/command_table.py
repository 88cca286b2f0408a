"""Which method of the pump does which request.

`pump` is the supervisor. Every method named here takes the fields of its request in their order, as
integers and bytes, and returns a reason number: OK, or why not. Requests with an answer body are in
answers.py.
"""

from protocols import ids


def methods_of(pump):
    """Request type -> method. AttributeError for one that the pump lacks."""
    return {
        ids.MSG_START: pump.start,
        ids.MSG_STOP: pump.stop,
        ids.MSG_MINIMUM_RATE: pump.minimum_rate,
        ids.MSG_PROGRAMME_BEGIN: pump.programme_begin,
        ids.MSG_STAGE_DRUG: pump.stage_drug,
        ids.MSG_STAGE_PATIENT_BOLUS: pump.stage_patient_bolus,
        ids.MSG_STAGE_DOSE_LIMIT: pump.stage_dose_limit,
        ids.MSG_CONFIRM_SOFT_LIMIT: pump.confirm_soft_limit,
        ids.MSG_PROGRAMME_COMMIT: pump.programme_commit,
        ids.MSG_PROGRAMME_DISCARD: pump.programme_discard,
        ids.MSG_GIVE_CLINICIAN_BOLUS: pump.clinician_bolus,
        ids.MSG_GIVE_PATIENT_BOLUS: pump.patient_bolus,
        ids.MSG_GIVE_PRIMING_BOLUS: pump.priming_bolus,
        ids.MSG_GIVE_BRIDGE_BOLUS: pump.bridge_bolus,
        ids.MSG_BOLUS_CANCEL: pump.bolus_cancel,
        ids.MSG_REFILL_BEGIN: pump.refill_begin,
        ids.MSG_REFILL_WITHDRAWN: pump.refill_withdrawn,
        ids.MSG_REFILL_FILLED: pump.refill_filled,
        ids.MSG_REFILL_CONFIRM: pump.refill_confirm,
        ids.MSG_REFILL_CANCEL: pump.refill_cancel,
        ids.MSG_SILENCE: pump.silence,
        ids.MSG_ACKNOWLEDGE: pump.acknowledge,
        ids.MSG_SET_CLOCK: pump.set_clock,
        ids.MSG_SELF_TEST: pump.self_test,
        ids.MSG_LEAVE_TO_REPL: pump.leave_to_repl,
    }
