"""The conditions of a bolus beyond mode and alarms (guards.py), as reason numbers. Nothing changes here."""

from micropython import const

from firmware.core.programme import RATE_HIGH_NL_PER_H, RATE_LOW_NL_PER_H
from firmware.core.settings import BOLUS_HIGH_NL, BOLUS_LONGEST_S
from firmware.core.units import mul_div
from protocols.ids import DOSE_LIMIT, OK, OUT_OF_RANGE, RESERVOIR_TOO_LOW

_HIGHEST_NL_PER_H = const(60000000)  # THR-03
_BRIDGE_LONGEST_S = const(1000000)


def stretched_s(volume_nl, duration_s, highest_nl_per_h=_HIGHEST_NL_PER_H):
    """The duration at which the bolus leaves the highest basal rate below the pump's highest, at least duration_s, so
    that no segment change and no commit during the bolus can bring the sum above it (THR-09).

    highest_nl_per_h: 60 000 000, less with a small head (stroke.py): 2 000 000 and more.
    """
    least_s = bridge_s(volume_nl, highest_nl_per_h - RATE_HIGH_NL_PER_H)
    return least_s if least_s > duration_s else duration_s


def clinician_range(volume_nl, duration_s):
    """THR-09: up to 6 h, up to what the larger reservoir holds."""
    if 1 <= volume_nl <= BOLUS_HIGH_NL and 1 <= duration_s <= BOLUS_LONGEST_S:
        return OK
    return OUT_OF_RANGE


def priming_range(volume_nl, dead_volume_nl):
    """THR-18: at most the configured dead volume plus 20 %."""
    return OK if 1 <= volume_nl <= dead_volume_nl + dead_volume_nl // 5 else OUT_OF_RANGE


def bridge_range(volume_nl, rate_nl_per_h, dead_volume_nl):
    """THR-19: at most the dead volume plus 20 %, at a basal rate, within 1 000 000 s."""
    if not RATE_LOW_NL_PER_H <= rate_nl_per_h <= RATE_HIGH_NL_PER_H:
        return OUT_OF_RANGE
    if bridge_s(volume_nl, rate_nl_per_h) > _BRIDGE_LONGEST_S:
        return OUT_OF_RANGE
    return priming_range(volume_nl, dead_volume_nl)


def bridge_s(volume_nl, rate_nl_per_h):
    """Whole seconds in which the volume flows at that rate or a shade less."""
    duration_s = mul_div(volume_nl, 3600, rate_nl_per_h)
    if mul_div(duration_s, rate_nl_per_h, 3600) < volume_nl:
        duration_s += 1
    return duration_s


def room_refusal(volume_nl, reservoir_room_nl, allowance_nl, reserved_nl):
    """RES-09 and THR-13 at request time. reserved_nl: what running boluses and the next stroke will take.

    The limit is watched stroke by stroke as well: this only refuses what could not be finished.
    """
    if volume_nl + reserved_nl > reservoir_room_nl:
        return RESERVOIR_TOO_LOW
    if volume_nl + reserved_nl > allowance_nl:
        return DOSE_LIMIT
    return OK
