"""What a person does who reads the text of an alarm: for each alarm the acts that its text asks for, in their order.
An alarm has a row here only when its text asks for more than a check.

The texts stand in `protocols/alarms.py`; a test holds each act here against the words there. `check` is what happens
away from the pump (cable, catheter, battery): whoever mends it is no part of this table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from protocols import alarms, ids

_OK = "OK"
_HAS_CAUSE = "CAUSE"
_FAULT = "FAULT"
_STANDING = ("STANDBY", "STOPPED", "MIN_RATE", "FAULT")
_ALL_NL = 40_000_000  # no reservoir holds more


class Act(NamedTuple):
    """`words`: the part of the alarm's text that asks for it, in lower case."""

    verb: str
    words: str


SELF_TEST, ACKNOWLEDGE, START, REFILL, SET_CLOCK, CHECK = (
    "self_test",
    "acknowledge",
    "start",
    "refill",
    "set_clock",
    "check",
)

ASKING_FOR_MORE: dict[str, tuple[Act, ...]] = {
    "SYSTEM_FAULT": (Act(SELF_TEST, "self-test"), Act(ACKNOWLEDGE, "acknowledge"), Act(START, "start")),
    "MOTOR_STALL": (Act(ACKNOWLEDGE, "acknowledged"), Act(START, "a start tries at once")),
    "CATHETER_OCCLUSION": (Act(ACKNOWLEDGE, "acknowledge"), Act(START, "start")),
    "EMPTY_RESERVOIR": (Act(REFILL, "refill"), Act(START, "start by hand")),
    "OVER_DELIVERY": (Act(SELF_TEST, "self-test"), Act(ACKNOWLEDGE, "acknowledge"), Act(START, "start")),
    "SENSOR_FAULT_ROTOR": (Act(SELF_TEST, "after a stop and a self-test"), Act(ACKNOWLEDGE, "acknowledge")),
    "SUPPLY_CRITICAL": (Act(CHECK, "change the battery"),),
    "STOPPED_LONG": (Act(START, "start it"),),
    "CATHETER_DISCONNECTED": (Act(ACKNOWLEDGE, "acknowledge"),),
    "CLOCK_FAULT": (Act(SET_CLOCK, "set the clock"),),
    "REFILL_MISMATCH": (Act(ACKNOWLEDGE, "examine before filling"),),
    "LOW_RESERVOIR": (Act(REFILL, "arrange a refill"),),
    "REFILL_DUE": (Act(REFILL, "arrange a refill"),),
    "SUPPLY_LOW": (Act(CHECK, "change the battery"),),
}


def _acts_of(row: tuple[Any, ...]) -> tuple[Act, ...]:
    """A text that asks for nothing else says what to check; a latched alarm is acknowledged after that."""
    verb = ACKNOWLEDGE if row[alarms.CLEARING] == ids.LATCHED else CHECK
    return ASKING_FOR_MORE.get(row[alarms.NAME], (Act(verb, "check"),))


ACTS = {row[alarms.NAME]: _acts_of(row) for row in alarms.ALARMS if row[alarms.PRIORITY] != ids.NOTICE}

# What a start is refused for, and what takes the reason away.
ANSWERS_TO_A_REFUSED_START = {
    "NO_REFILL": REFILL,
    "CLOCK_NOT_SET": SET_CLOCK,
    "NOT_STAGED": "upload_programme",
}


def follow(hands: Any, do: Callable[..., str]) -> None:
    """Read the alarm list once, do what the texts ask for, and start a pump that stands or runs at minimum rate.

    `do(verb, **arguments)` carries a verb out and returns OK or the reason of its refusal, which ends nothing: who
    reads the texts comes again. A self-test may restart the pump, so nothing else is done in the same visit.
    """
    client = hands.client
    active = client.alarms()
    mode = client.status().mode
    is_start_asked = mode in _STANDING
    if mode == _FAULT and not active:
        do(SELF_TEST)  # acknowledged before it was tested: the text, which asks for both, is gone with its alarm
    for alarm in active:
        for act in ACTS.get(alarm.name, ()):
            if act.verb == SELF_TEST:
                if _HAS_CAUSE in alarm.state or mode == _FAULT:
                    do("stop")
                    do(SELF_TEST)
                    return
            elif act.verb == START:
                is_start_asked = True
            elif act.verb == ACKNOWLEDGE:
                do(ACKNOWLEDGE, alarm=alarm.name)
            elif act.verb == REFILL:
                _refill(hands, do)
            elif act.verb == SET_CLOCK:
                do(SET_CLOCK)
    if is_start_asked:
        _start(hands, do)


def _start(hands: Any, do: Callable[..., str]) -> None:
    """A pump that runs takes a start after a stop only."""
    reason = do(START)
    if reason == "WRONG_MODE" and do("stop") == _OK:
        reason = do(START)
    answer = ANSWERS_TO_A_REFUSED_START.get(reason)
    if answer is None:
        return
    if answer == REFILL:
        _refill(hands, do, is_demanded=True)
    elif answer == SET_CLOCK:
        do(SET_CLOCK)
    else:
        do(answer)
        do("commit_programme")
    do(START)


def _refill(hands: Any, do: Callable[..., str], *, is_demanded: bool = False) -> None:
    """All out, and nine tenths of the capacity in; not when that much is in it, unless the pump demands it."""
    expected_nl = hands.client.status().reservoir_nl
    filled_nl = hands.client.config()["reservoir_capacity_nl"] * 9 // 10
    if is_demanded or expected_nl < filled_nl * 9 // 10:
        do("cancel_refill")
        do(REFILL, withdrawn=max(expected_nl, 0), filled=filled_nl, truly_withdrawn=_ALL_NL)
