"""A story: a scenario drawn from a seed. First the storm, in which anything may happen; then the calm, in which all
faults are mended and a person does what the alarm texts say.

A story is a scenario file and nothing else: what is drawn is a table that the reader of scenarios takes, whoever runs
it. Where the calm begins and until when it must have worked stands in the file too (`Times`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hil.scenario.model import Scenario
from hil.scenario.reader import parsed, read_table
from hil.scenario.table import Source
from hil.swarm import people, troubles
from hil.swarm.dice import Dice, moment, seconds, volume
from hil.words.quantity import NS_PER_S, parse_duration_ns
from hil.words.toml_text import toml_text

Table = dict[str, Any]

MOST_STORM_S = 100_000.0
LEAST_STORM_S = 900.0
# What a storm may cost: strokes of the programme in it, each some 0.3 ms of a processor.
MOST_STROKES = 4_000
STROKE_NL = 300.0
# ALM-05: two stroke intervals and 10 min; before them the time in which a person does what the texts say.
VISIT_S = 60.0
VISITS_S = 300.0
PROMISED_S = 600.0
_REPEATED = 0.2
_SPARSE = 0.3
SPOILT = ("flash.bit_flip", "ram.bit_flip")
PARTS = ("start_clock", "bench", "therapy")
LEAST_WATCHED_S = 1_200.0
WATCHED_INTERVALS = 6


class Times(msgspec.Struct, frozen=True):
    """Moments of a story in seconds: all faults are mended and people begin to do what the texts say; programme rate
    and an empty alarm list are promised; the story is over."""

    calm_s: float
    promised_s: float
    end_s: float


class Story(msgspec.Struct, frozen=True):
    """`table` is the scenario as a file has it."""

    seed: int
    table: Table
    times: Times

    @property
    def text(self) -> str:
        return toml_text(self.table)

    def scenario(self, file: str = "") -> Scenario:
        return read_story(self.text, file or f"story-{self.seed}.toml")


def read_story(text: str, file: str) -> Scenario:
    raw = parsed(text, file)  # before Source, which looks for the lines of what is TOML
    return read_table(Source(file, text), raw, None)


def times_of(scenario: Scenario) -> Times | None:
    """Of a story; None for a scenario without a calm.

    The calm begins with the first visit of a person who follows the texts and of whom every later one is a visit too;
    the promised moment is that of the last visit.
    """
    visits = [
        step
        for step in scenario.steps
        if getattr(step.action, "verb", "") == "follow_alarm_texts" and step.every_ns and step.at_ns is not None
    ]
    if not visits:
        return None
    last = visits[-1]
    assert last.at_ns is not None
    calm_ns, promised_ns = last.at_ns, last.at_ns + last.every_ns * (last.count - 1)
    return Times(calm_ns / NS_PER_S, promised_ns / NS_PER_S, scenario.duration_ns / NS_PER_S)


def storm_of(scenario_table: Table, times: Times) -> list[Table]:
    """The steps of a story's storm: what comes before all is mended."""
    mended_s = times.calm_s - VISIT_S
    return [step for step in scenario_table["step"] if _at_s(step) < mended_s]


def _at_s(step: Table) -> float:
    return parse_duration_ns(step["at"]) / NS_PER_S


def assemble(name: str, seed: int, parts: Table, storm: list[Table], storm_s: float) -> Story:
    """A story of these parts (start_clock, bench, therapy) and this storm, with the calm that belongs to it."""
    therapy = parts["therapy"]
    times = _times(storm_s, STROKE_NL * 3_600.0 / _slowest(therapy["basal"], storm))
    table: Table = {
        "name": name,
        "why": "Drawn by pumpbench swarm: a storm of faults and people, then a calm in which all is mended.",
        "duration": moment(times.end_s),
        "seed": seed,
        **parts,
        "step": [*storm, *_calm(storm, therapy, times)],
        "expect": _expectations(times, storm),
    }
    return Story(seed, table, times)


def continued(parent: Story, branch_s: float, seed: int) -> Story:
    """The beginning of a story up to a moment, and from there on another storm that `seed` draws."""
    dice = Dice(seed, f"from {parent.table['name']} at {branch_s:.2f}")
    storm = [step for step in storm_of(parent.table, parent.times) if _at_s(step) < branch_s]
    more_s = dice.spread(LEAST_STORM_S, 6 * LEAST_STORM_S)
    for step in _storm(dice, more_s):
        storm.append({**step, "at": moment(_at_s(step) + branch_s)})
    parts = {key: parent.table[key] for key in PARTS}
    name = f"{parent.table['name']}, from {branch_s:.2f} s on {seed}"
    return assemble(name, parent.seed, parts, storm, branch_s + more_s)


def looked_at_alike(stories: Sequence[Story]) -> list[Story]:
    """The same stories with their looks at the pump at the same moments: those that begin alike are lived alike."""
    longest_s = max(story.times.end_s for story in stories)
    found = []
    for story in stories:
        after_s = story.times.end_s - max(_last_s(step) for step in story.table["step"])
        spread = {"duration": moment(longest_s), "aftermath": moment(after_s)}
        table = {key: value for key, value in story.table.items() if key not in spread}
        head = {key: table.pop(key) for key in ("name", "why")}
        is_longest = story.times.end_s == longest_s or after_s < 1.0
        found.append(story if is_longest else msgspec.structs.replace(story, table={**head, **spread, **table}))
    return found


def _last_s(step: Table) -> float:
    """When it begins for the last time."""
    if "every" not in step:
        return _at_s(step)
    return _at_s(step) + parse_duration_ns(step["every"]) / NS_PER_S * (step["count"] - 1)


def draw(seed: int) -> Story:
    """The same seed draws the same story."""
    dice = Dice(seed, "story")
    highest = dice.spread(2_000, 1_000_000)
    lowest = max(2_000.0, highest / dice.spread(1.0, 20.0))
    therapy = _therapy(dice, lowest, highest)
    longest_s = min(MOST_STORM_S, MOST_STROKES * STROKE_NL * 3_600.0 / highest)
    storm_s = dice.spread(LEAST_STORM_S, max(longest_s, 2 * LEAST_STORM_S))
    storm = _storm(dice, storm_s)
    parts = {
        "start_clock": _start_clock(dice),
        "bench": _bench(dice),
        "therapy": therapy,
    }
    return assemble(f"Story {seed}", seed, parts, storm, storm_s)


def _start_clock(dice: Dice) -> str:
    """Any minute of a week; one in five stories begins in the hours before midnight of a Sunday."""
    if dice.chance(0.2):
        return f"2026-03-08 {dice.whole(18, 23):02d}:{dice.whole(0, 59):02d}:00"
    return f"2026-03-{dice.whole(2, 8):02d} {dice.whole(0, 23):02d}:{dice.whole(0, 59):02d}:00"


def _therapy(dice: Dice, lowest: float, highest: float) -> Table:
    fill_nl = dice.spread(1_500_000, 10_000_000) if dice.chance(0.3) else dice.uniform(10_000_000, 19_000_000)
    bolus = people.patient_bolus(dice) if dice.chance(0.7) else None
    bolus_nl = float(bolus["volume"].split()[0]) * 1_000.0 if bolus is not None else 0.0
    therapy: Table = {
        "drug": people.drug(dice, bolus_nl, highest),
        "fill": volume(fill_nl),
        "basal": people.basal(dice, lowest, highest),
    }
    if bolus is not None:
        therapy["patient_bolus"] = bolus
    if dice.chance(0.5):
        therapy["dose_limit"] = people.dose_limit(dice, highest * 24)
    return therapy


def _bench(dice: Dice) -> Table:
    """A pump like any other, or one with a deviation or two inside the envelope of docs/corners.md."""
    bench: Table = {"refill_due": "1 h"}
    deviations: dict[str, str | float] = {
        "compliance": f"{round(dice.spread(40, 450))} nL/kPa",
        "patient_pressure": f"{round(dice.uniform(-4.0, 10.0), 1)} kPa",
        "friction_torque": f"{round(dice.uniform(2.0, 11.0), 1)} mN.m",
        "rotor_phase": dice.whole(0, 63),
        "roller_dip": round(dice.uniform(0.0, 0.08), 3),
        "clock_drift": round(dice.uniform(-20.0, 20.0), 1),
        "calibration_error": f"{round(dice.uniform(-2.0, 2.0), 1)} %",
        "temperature": f"{round(dice.uniform(32.0, 40.0), 1)} degC",
    }
    share = dice.of((0.0, 0.0, 0.2, 0.5))
    bench.update({key: value for key, value in deviations.items() if dice.chance(share)})
    return bench


class _Weather(msgspec.Struct, frozen=True):
    """What a storm is made of: the kinds that are on with their weights, how many events, how close, how long."""

    faults: dict[str, float]
    verbs: dict[str, float]
    events: int
    fault_share: float
    close_share: float
    lasting_share: float


def _weather(dice: Dice) -> _Weather:
    """Mostly many things at once; three storms in ten are one fault or two that last, with little beside them: what
    is excused by another fault has no excuse there.
    """
    if dice.chance(_SPARSE):
        return _Weather(
            dice.swarm(troubles.fault_kinds(), 0.02),
            dice.swarm(people.verb_kinds(), 0.05),
            dice.whole(1, 3),
            dice.uniform(0.5, 1.0),
            0.1,
            0.7,
        )
    return _Weather(
        dice.swarm(troubles.fault_kinds(), dice.spread(0.03, 0.4)),
        dice.swarm(people.verb_kinds(), dice.spread(0.05, 0.6)),
        round(dice.spread(3, 40)),
        dice.uniform(0.1, 0.8),
        dice.uniform(0.1, 0.8),
        0.0,
    )


def _storm(dice: Dice, storm_s: float) -> list[Table]:
    """What happens, in order of time. Much of it happens close to what happened before."""
    weather = _weather(dice)
    soon_s = dice.spread(0.5, 600.0)
    steps: list[tuple[float, Table]] = []
    at_s = 0.0
    for _ in range(weather.events):
        is_close = dice.chance(weather.close_share) and at_s > 0
        at_s = at_s + dice.spread(0.01, soon_s) if is_close else dice.uniform(1.0, storm_s)
        if at_s >= storm_s:
            continue
        if dice.chance(weather.fault_share):
            is_lasting = dice.chance(weather.lasting_share)
            trouble = _trouble(dice, dice.weighted(weather.faults), at_s, is_lasting)
            steps += [row for row in trouble if row[0] < storm_s]
        else:
            then_s = at_s
            for gap_s, step in people.drawn(dice, dice.weighted(weather.verbs)):
                then_s += gap_s
                if then_s < storm_s:
                    steps.append((then_s, step))
    steps.sort(key=lambda row: row[0])
    return [_timed(step, at_s) for at_s, step in steps]


def _trouble(dice: Dice, fault: str, at_s: float, is_lasting: bool) -> list[tuple[float, Table]]:
    """Most faults come at a moment, some with an alarm, a stroke or a flash operation: the worst moment there is."""
    step = troubles.drawn(dice, fault)
    if is_lasting and fault not in troubles.BRIEF:
        step.pop("duration", None)
    times_s = [at_s]
    if "duration" in step and dice.chance(_REPEATED):  # a loose contact, a joint that comes and goes
        for _ in range(dice.whole(1, 4)):
            times_s.append(times_s[-1] + parse_duration_ns(step["duration"]) / NS_PER_S + dice.spread(5.0, 1_800.0))
    if fault in troubles.NEEDS_POWER_OFF:
        off, on = ({"do": verb, "expect": {"any": True}} for verb in ("power_off", "power_on"))
        return [(at_s, off), (at_s + 1.0, step), (at_s + 2.0, on)]
    return [(time_s, step) for time_s in times_s]


def _timed(step: Table, at_s: float) -> Table:
    """With its time behind what it does."""
    (kind, *_) = step
    return {"at": moment(at_s), kind: step[kind], **{key: value for key, value in step.items() if key != kind}}


def _slowest(basal: str | list[Table], steps: list[Table]) -> float:
    """The lowest rate in nL/h that a programme of the story asks for, standstill left out."""
    programmes = [basal, *(step["basal"] for step in steps if "basal" in step)]
    rates = [
        float(word.split()[0]) * 1_000.0
        for programme in programmes
        for word in (
            [programme] if isinstance(programme, str) else [row[1] for day in programme for row in day["segments"]]
        )
    ]
    return min(rate for rate in rates if rate > 0)


def _times(storm_s: float, interval_s: float) -> Times:
    calm_s = float(round(storm_s) + 60)
    visits = int((VISITS_S + PROMISED_S + 2 * interval_s) // VISIT_S) + 1
    promised_s = calm_s + visits * VISIT_S
    watched_s = max(LEAST_WATCHED_S, WATCHED_INTERVALS * interval_s)
    return Times(calm_s, promised_s, float(round(promised_s + watched_s)))


def _calm(storm: list[Table], therapy: Table, times: Times) -> list[Table]:
    """All faults are mended at once, whatever is off, out or held is on, in and free, and a person comes each minute.

    Reservoir and catheter are mended with a refill; a dose limit that the storm has used up is a decision of people,
    who raise it here.
    """
    mended_s = times.calm_s - 60.0
    injected = list(dict.fromkeys(step["inject"] for step in storm if "inject" in step))
    must_be_off = [fault for fault in injected if fault in troubles.NEEDS_POWER_OFF]
    steps: list[Table] = []

    def at(offset_s: float, **step: Any) -> None:
        steps.append({"at": moment(mended_s + offset_s), **step, "expect": {"any": True}})

    for fault in injected:
        if fault not in must_be_off:
            at(0.0, clear=fault)
    if must_be_off:
        at(1.0, do="power_off")
        for fault in must_be_off:
            at(2.0, clear=fault)
    at(3.0, do="power_on")
    at(4.0, do="connect")
    for button in ("patient", "silence"):
        at(5.0, do="release", button=button)
    if any(fault.startswith(("reservoir.", "refill.", "head.")) for fault in injected) or _touches_reservoir(storm):
        at(30.0, do="cancel_refill")
        at(31.0, do="refill", withdrawn="0 uL", filled="18 mL", truly_withdrawn="40 mL")
    if "dose_limit" in therapy or any("dose_limit" in step for step in storm):
        for offset_s in (40.0, 310.0):
            at(offset_s, do="upload_programme", dose_limit={"volume": "100 mL", "window": "1 h"})
            at(offset_s + 2.0, do="commit_programme")
    visits = round((times.promised_s - times.calm_s) / VISIT_S) + 1
    at(60.0, do="follow_alarm_texts", every=seconds(VISIT_S), count=visits)
    return steps


def _touches_reservoir(storm: list[Table]) -> bool:
    return any(step.get("do", "") in ("refill", "enter_withdrawn", "enter_filled", "begin_refill") for step in storm)


def _expectations(times: Times, storm: list[Table]) -> list[Table]:
    """What the language can say of the calm; the rest is asked by `hil/swarm/invariants`. Of a pump whose memory was
    spoilt it says but that no more can be given than is there: it may have to be flashed anew.
    """
    end = moment(times.end_s)
    if any(step.get("inject") in SPOILT for step in storm):
        return [{"truth": "delivered", "below": "20 mL"}]
    return [
        {"status": "mode", "equals": "RUNNING", "at": end},
        {"status": "alarm_count", "equals": 0, "at": end},
    ]
