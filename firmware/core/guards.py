"""Whether the pump as a whole is in a state for a command, as a reason number, before any event is posted.

What the therapy itself decides (lock-out, limits, reservoir, a bolus already running) is refused there.
A refusal names the mode before the alarm: in FAULT nothing else matters to the person who asks.
"""

from protocols.ids import (
    ALARM_ACTIVE,
    CLOCK_NOT_SET,
    MIN_RATE,
    NO_REFILL,
    NOT_STAGED,
    OK,
    RUNNING,
    STANDBY,
    STOPPED,
    WRONG_MODE,
)


def start_refusal(mode, has_programme, is_refill_confirmed, is_clock_set, is_inhibited):
    """THR-08. Start needs a committed programme, a confirmed refill, a set clock, no inhibiting alarm."""
    if mode != STANDBY and mode != STOPPED and mode != MIN_RATE:
        return WRONG_MODE
    if is_inhibited:
        return ALARM_ACTIVE
    if not has_programme:
        return NOT_STAGED
    if not is_refill_confirmed:
        return NO_REFILL
    if not is_clock_set:
        return CLOCK_NOT_SET
    return OK


def minimum_rate_refusal(mode, is_refill_confirmed, is_inhibited):
    """THR-17. Neither programme nor clock is needed: the minimum rate is the fallback without them."""
    if mode != STANDBY and mode != STOPPED and mode != RUNNING:
        return WRONG_MODE
    if is_inhibited:
        return ALARM_ACTIVE
    if not is_refill_confirmed:
        return NO_REFILL
    return OK


def bolus_refusal(mode, is_inhibited):
    """THR-10. Clinician, patient and bridge bolus need a mode that moves and no inhibiting alarm."""
    if mode != RUNNING and mode != MIN_RATE:
        return WRONG_MODE
    if is_inhibited:
        return ALARM_ACTIVE
    return OK


def priming_refusal(mode, is_refill_confirmed, is_inhibited):
    """THR-18. Priming starts from STANDBY or STOPPED and needs to know what is in the reservoir."""
    if mode != STANDBY and mode != STOPPED:
        return WRONG_MODE
    if is_inhibited:
        return ALARM_ACTIVE
    if not is_refill_confirmed:
        return NO_REFILL
    return OK
