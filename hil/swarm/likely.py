"""Which of the stories that are drawn anyway can show a broken firmware: they are lived first.

Nothing is drawn differently for a canary. Of the same 500 stories that everybody gets, those that have what its fault
needs are looked at before the others, the plain and short ones first; so a search costs some seconds instead of some
minutes.
"""

from __future__ import annotations

from hil.swarm.story import Story, Times, draw
from hil.words.quantity import NS_PER_H, parse_duration_ns

# What a story must have for the fault to matter: ids of faults, verbs, and words of `_things`.
NEEDS: dict[str, tuple[str, ...]] = {
    "stall-unseen": ("motor.stall",),
    "stall-tried-for-ever": ("motor.stall",),
    "reversal-accepted": ("motor.reverse",),
    "phase-of-a-missed-attempt-learnt": ("motor.stall",),
    "slip-taken-for-a-reversal": ("motor.slip",),
    "stall-never-probed": ("motor.stall",),
    "decay-not-counted": ("catheter.occlusion",),
    "working-limit-of-a-stiff-line": ("catheter.occlusion", "compliance"),
    "untrusted-sensor-blind": ("sensor.pressure_offset", "catheter.occlusion"),
    "missing-pulses-ignored": ("catheter.disconnection",),
    "step-loss-half": ("motor.slip",),
    "over-delivery-unseen": ("motor.runaway",),
    "clock-may-jump-back": ("clock.jump", "clock falls back"),
    "high-sounds-like-medium": ("motor.stall",),
    "weakest-action-governs": ("catheter.occlusion",),
    "pressure-stuck-believed": ("sensor.pressure_stuck",),
    "refill-mismatch-times-ten": ("refill",),
    "refill-hint-reversed": ("refill",),
    "low-level-below-empty": ("little",),
    "button-bounces": ("button.bounce", "press"),
    "returns-without-end": ("sensor.rotor_noisy",),
    "returns-whatever-was-pressed-in": ("catheter.occlusion", "on and off"),
    "released-alarm-forgotten-in-storage": ("catheter.occlusion", "power_off"),
    "missed-volume-made-up": ("stop",),
    "bolus-fraction-lost": ("clinician_bolus",),
    "sunday-into-monday": ("before midnight of Sunday", "days differ"),
    "unmeasured-probe-plans-none": ("motor.stall", "sensor.rotor_dead"),
    "lockout-one-second-short": ("patient bolus", "request_patient_bolus", "again"),
    "asking-extends-lockout": ("patient bolus", "request_patient_bolus", "again"),
    "lockout-forgotten-in-storage": ("patient bolus", "request_patient_bolus", "power_off"),
    "count-of-half-a-day": ("patient bolus", "request_patient_bolus", "again", "long"),
    "window-released-a-bucket-early": ("dose limit", "the limit binds"),
    "window-loses-what-a-cut-hid": ("dose limit", "the limit binds", "power_off"),
    "cut-bolus-opens-lockout": ("patient bolus", "request_patient_bolus", "power_off"),
    "confirmation-kept": ("confirm_soft_limit", "clinician_bolus", "bolus limit"),
    "concentration-ignored": ("another drug", "commit_programme"),
    "hard-limit-is-soft": ("clinician_bolus", "bolus limit"),
    "start-without-refill": ("another drug", "commit_programme", "start"),
    "bridge-lost-with-the-power": ("another drug", "bridge_bolus", "power_off"),
    "priming-is-never-counted": ("dose limit", "priming_bolus"),
    "dead-sensor-begins-to-infuse": ("sensor.rotor_dead", "standstill"),
    "silence-for-ever": ("silence",),
    "restarts-unlimited": ("catheter.occlusion", "start"),
    "bolus-under-alarm": ("patient bolus", "request_patient_bolus", "catheter.disconnection"),
    "acknowledged-with-its-cause": ("motor.stall", "follow_alarm_texts in the storm"),
    "latched-clears-itself": ("motor.stall",),
    "fault-can-be-started": ("flash.write_error", "start"),
}
# What no story can show, or only by chance: why.
OUT_OF_REACH: dict[str, str] = {
    "remainder-lost": "a picolitre at a time: some nanolitres a day, where two strokes are what the rotor can show",
    "backlog-unbounded": "needs demand that nobody delivers for days; the dose that would follow is bounded elsewhere",
    "stroke-one-microstep-short": "the next stroke is shorter by it: less than the angle sensor tells apart",
    "clock-ring-sign": "the millisecond counter wraps after 12.4 days, and no story is as long",
    "highest-rate-unchecked": "the language refuses such a rate before the pump is asked",
    "guard-left-open": "shows only where planning is broken too",
    "occlusion-limit-open": "needs a configuration that no pump of the stories has",
    "event-dropped-silently": "a count and a log entry that no promise to a patient rests on",
    "restarts-unlimited": "needs three restarts after the same alarm within ten minutes",
    "unmeasured-probe-plans-none": "needs two faults in one order: one in some 500 stories has both",
    "untrusted-sensor-blind": "needs two faults in one order: one in some 250 stories has both",
    "count-of-half-a-day": "needs a story of more than twelve hours with as many boluses as are allowed",
    "bolus-under-alarm": "needs a learned line that comes off and a request behind it: two in 500 stories have both",
    "lockout-one-second-short": "needs a request in the one second that is missing",
    "step-loss-half": "a slip is told by its stroke at once; the share of an hour is a second net",
}
_LONG_S = 43_200.0
_LITTLE_NL = 4_000_000.0


def ordered(canary: str, first_seed: int, stories: int) -> list[tuple[int, Story]]:
    """All of the stories with their numbers from 1 on, those that a canary needs first."""
    needs = set(NEEDS.get(canary, ()))
    drawn = [(number + 1, draw(first_seed + number)) for number in range(stories)]
    if not needs:
        return drawn

    def place(row: tuple[int, Story]) -> tuple[int, int, float]:
        """What it has of that, how little else there is that could excuse the pump, and how short it is."""
        injected = sum("inject" in step for step in row[1].table["step"])
        return -len(needs & things(row[1])), injected, row[1].times.end_s

    return sorted(drawn, key=place)


def things(story: Story) -> set[str]:
    """What is in a story, in words."""
    table, times = story.table, story.times
    therapy = table["therapy"]
    storm = [step for step in table["step"] if _at_s(step) < times.calm_s - 60.0]
    found = {step.get("do") or step.get("inject", "") for step in storm}
    found |= {key.replace("_", " ") for key in therapy} | set(table["bench"])
    found |= set(_words(table, storm, times))
    return found - {""}


def _words(table: dict, storm: list[dict], times: Times) -> list[str]:
    therapy = table["therapy"]
    basal = therapy["basal"]
    return [
        word
        for word, is_so in {
            "clock falls back": any(str(step.get("by", "")).startswith("-") for step in storm if "inject" in step),
            "the limit binds": _binds(therapy),
            "again": any(step.get("do") == "request_patient_bolus" and "every" in step for step in storm),
            "on and off": any("closed_for" in step for step in storm),
            "follow_alarm_texts in the storm": any(step.get("do") == "follow_alarm_texts" for step in storm),
            "another drug": any("drug" in step for step in storm),
            "bolus limit": "hard_bolus" in therapy["drug"],
            "standstill": "'0 uL/h'" in repr(basal),
            "days differ": not isinstance(basal, str) and len(basal) > 1,
            "before midnight of Sunday": table["start_clock"].startswith("2026-03-08 "),
            "long": times.calm_s > _LONG_S,
            "little": float(therapy["fill"].split()[0]) * 1_000.0 < _LITTLE_NL,
        }.items()
        if is_so
    ]


def _binds(therapy: dict) -> bool:
    """The programme alone asks for more than the dose limit allows, at its lowest rate already."""
    if "dose_limit" not in therapy:
        return False
    basal, limit = therapy["basal"], therapy["dose_limit"]
    rates = [basal] if isinstance(basal, str) else [rate for day in basal for _start, rate in day["segments"]]
    lowest = min((float(rate.split()[0]) for rate in rates if not rate.startswith("0 ")), default=0.0)
    hours = parse_duration_ns(limit["window"]) / NS_PER_H
    return float(limit["volume"].split()[0]) < lowest * hours


def _at_s(step: dict) -> float:
    return float(step["at"].split()[0])
