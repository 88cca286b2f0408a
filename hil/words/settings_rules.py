"""Figures of the pump's configuration that cannot work beside each other.

firmware/services/storage/settings.py has the same rules, and refuses by the name alone.
"""

from __future__ import annotations

from collections.abc import Mapping

# A patient who sits up and coughs, 10 kPa with the pulse of a basal stroke, and what a burst of half a revolution a
# second drives through the reference catheter: 0.2 kPa.s/uL.
_RESTLESS_PA = 10_000
_NL_PER_REV_AND_PA = 12
_LONGEST_STROKE_MICROSTEPS = 400
_STROKE_NL = 300


def contradiction(figures: Mapping[str, int]) -> tuple[str, str] | None:
    """The first of the figures, all of them given, that cannot work beside the others, and what is allowed."""
    nl_per_rev, low_nl, low_mv = figures["nl_per_rev"], figures["low_level_nl"], figures["supply_low_mv"]
    if figures["empty_level_nl"] >= figures["reservoir_capacity_nl"]:
        capacity_nl = figures["reservoir_capacity_nl"]
        return "empty_level_nl", f"less than reservoir_capacity_nl, {capacity_nl}: no filling would be above it"
    if figures["empty_level_nl"] > low_nl:
        return (
            "empty_level_nl",
            f"at most low_level_nl, {figures['low_level_nl']}: the warning would come after the stop",
        )
    if figures["supply_critical_mv"] >= low_mv:
        return "supply_critical_mv", f"less than supply_low_mv, {low_mv}: the warning would come after the stop"
    least_pa = _RESTLESS_PA + nl_per_rev // _NL_PER_REV_AND_PA
    if figures["occlusion_limit_pa"] < least_pa:
        return "occlusion_limit_pa", f"{least_pa} or more with this head: an open line reaches less while a bolus runs"
    if _STROKE_NL * figures["microsteps_per_rev"] // nl_per_rev > _LONGEST_STROKE_MICROSTEPS:
        most = _LONGEST_STROKE_MICROSTEPS * nl_per_rev // _STROKE_NL // 200 * 200
        return "microsteps_per_rev", f"at most {most} with this head: a longer stroke makes no pulse"
    return None
