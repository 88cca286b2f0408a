"""Priority, action, inhibited boluses and clearing of an alarm, by its number (ALM-01).

protocols/alarms.py has the table and its words.
"""

from firmware.core.alarm_rows import ACTIONS, CLEARINGS, INHIBITS, PRIORITIES


def priority(number):
    """ids.NOTICE to ids.HIGH; number 0 to LAST_ALARM."""
    return PRIORITIES[number]


def action(number):
    """What the alarm does to delivery while active, ids.CONTINUE to ids.HALT."""
    return ACTIONS[number]


def inhibits(number):
    """Mask of the bolus kinds that the alarm inhibits while active."""
    return INHIBITS[number]


def clearing(number):
    """ids.LATCHED, ids.SELF_CLEARING or ids.NOTICE_ONLY."""
    return CLEARINGS[number]
