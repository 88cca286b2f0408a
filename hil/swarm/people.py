"""What people do in a story: every verb of the language, rightly and wrongly, alone and in the order that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hil.scenario.verbs import VERBS
from hil.swarm.dice import Dice, rate, seconds, volume
from hil.words import vocabulary

Step = dict[str, Any]
# (seconds after the one before, step): what belongs together is drawn together, and may be cut short.
Acts = list[tuple[float, Step]]

DRUGS = ("baclofen", "morphine", "ziconotide", "clonidine")


def basal(dice: Dice, lowest: float, highest: float) -> str | list[dict[str, Any]]:
    """One rate, or a week of up to six segments a day; some of them stand still, some days differ, and some begin with
    the last rate of the day before.
    """
    if dice.chance(0.4):
        return rate(dice.spread(lowest, highest))
    if dice.chance(0.3):
        days = ("mon", "tue-sat", "sun")
        return [{"days": day, "segments": _segments(dice, lowest, highest)} for day in days]
    return [{"days": "all", "segments": _segments(dice, lowest, highest)}]


def _segments(dice: Dice, lowest: float, highest: float) -> list[list[str]]:
    starts = sorted(dice.whole(0, 287) * 5 for _ in range(dice.whole(1, 5)))
    midnight = [] if dice.chance(0.3) else [0]
    minutes = list(dict.fromkeys([*midnight, *starts]))
    segments = [[f"{minute // 60:02d}:{minute % 60:02d}", rate(dice.spread(lowest, highest))] for minute in minutes]
    if len(segments) > 1 and dice.chance(0.3):
        segments[dice.whole(0, len(segments) - 2)][1] = "0 uL/h"
    return segments


def patient_bolus(dice: Dice) -> dict[str, Any]:
    return {
        "volume": volume(dice.spread(500, 60_000)),
        "duration": seconds(dice.spread(1.0, 1_800.0)),
        "lockout": seconds(dice.spread(60.0, 14_400.0)),
        "per_day": dice.whole(1, 12),
    }


def dose_limit(dice: Dice, daily_nl: float) -> dict[str, Any]:
    """From what the programme does not fit into to far above it."""
    window_s = dice.of((3_600.0, 14_400.0, 86_400.0, 86_400.0))
    most_nl = max(daily_nl * window_s / 86_400.0 * dice.spread(0.4, 6.0), 3_000.0)
    return {"volume": volume(most_nl), "window": seconds(window_s)}


def drug(dice: Dice, least_bolus_nl: float = 0.0, least_nl_per_h: float = 0.0) -> dict[str, Any]:
    """With limits of its own or without; none of them below what is given here, so that a therapy can be entered."""
    found: dict[str, Any] = {"name": dice.of(DRUGS), "concentration": f"{round(dice.spread(50, 4_000))} ug/mL"}
    if dice.chance(0.5):
        hard_nl = max(dice.spread(5_000, 300_000), 1.1 * least_bolus_nl)
        found["hard_bolus"] = volume(hard_nl)
        found["soft_bolus"] = volume(max(hard_nl * dice.uniform(0.2, 1.0), 1.05 * least_bolus_nl))
    if dice.chance(0.3):
        hard = max(dice.spread(5_000, 1_000_000), 1.1 * least_nl_per_h)
        found["hard_rate"] = rate(hard)
        found["soft_rate"] = rate(max(hard * dice.uniform(0.2, 1.0), 1.05 * least_nl_per_h))
    return found


def _bolus(dice: Dice) -> Acts:
    step: Step = {"volume": volume(dice.spread(300, 400_000))}
    if dice.chance(0.8):
        step["duration"] = seconds(dice.spread(1.0, 20_000.0))
    if dice.chance(0.3):  # somebody who is asked whether it is meant
        return [(0.0, _done("confirm_soft_limit")), (dice.spread(0.2, 60.0), _done("clinician_bolus", **step))]
    return [(0.0, step)]


def _again(dice: Dice) -> Step:
    """A person in pain asks once, or again and again."""
    if dice.chance(0.5):
        return {}
    return {"every": seconds(dice.spread(0.9, 7_200.0)), "count": dice.whole(2, 40)}


def _press(dice: Dice) -> Acts:
    button = dice.of(("patient", "patient", "silence"))
    if dice.chance(0.8):
        again = _again(dice)
        hold = seconds(dice.spread(0.02, 15.0) if not again else dice.spread(0.05, 0.5))
        return [(0.0, {"button": button, "hold": hold, **again})]
    later = {"do": "release", "button": button, "expect": {"any": True}}
    return [(0.0, {"button": button}), (dice.spread(0.05, 300.0), later)]


def _upload(dice: Dice) -> Acts:
    parts: Step = {}
    if dice.chance(0.6):
        parts["basal"] = basal(dice, 2_000, 300_000)
    if dice.chance(0.3):
        parts["patient_bolus"] = patient_bolus(dice)
    if dice.chance(0.3):
        parts["dose_limit"] = dose_limit(dice, dice.spread(50_000, 5_000_000))
    if dice.chance(0.3):
        parts["drug"] = drug(dice)
    acts: Acts = [(0.0, parts)]
    if dice.chance(0.2):
        acts.append((dice.spread(0.2, 60.0), _done("confirm_soft_limit")))
    if dice.chance(0.8):
        acts.append((dice.spread(0.2, 300.0), _done("commit_programme")))
    elif dice.chance(0.5):
        acts.append((dice.spread(0.2, 900.0), _done("abort_programme")))
    return acts


def _refill_volumes(dice: Dice) -> tuple[float, float]:
    return dice.spread(1_000, 20_000_000), dice.spread(600_000, 20_000_000)


def _refill(dice: Dice) -> Acts:
    withdrawn, filled = _refill_volumes(dice)
    step: Step = {"withdrawn": volume(withdrawn), "filled": volume(filled), "truly_withdrawn": "40 mL"}
    if dice.chance(0.2):
        step["truly_filled"] = volume(filled * dice.uniform(0.5, 1.0))
    if dice.chance(0.1):
        step["port"] = dice.of(("catheter_access", "pocket"))
    return [(0.0, step)]


def _refill_by_steps(dice: Dice) -> Acts:
    withdrawn, filled = _refill_volumes(dice)
    acts: Acts = [(0.0, {})]
    if dice.chance(0.9):
        entered = {"volume": volume(withdrawn), "truly_withdrawn": "40 mL"}
        acts.append((dice.spread(0.5, 600.0), _done("enter_withdrawn", **entered)))
    if dice.chance(0.2):
        corrected = {"volume": volume(_refill_volumes(dice)[0]), "truly_withdrawn": "0 uL"}
        acts.append((dice.spread(0.5, 60.0), _done("enter_withdrawn", **corrected)))
    if dice.chance(0.8):
        acts.append((dice.spread(0.5, 600.0), _done("enter_filled", volume=volume(filled))))
    if dice.chance(0.8):
        acts.append((dice.spread(0.5, 600.0), _done(dice.of(("confirm_refill", "confirm_refill", "cancel_refill")))))
    return acts


def _power(dice: Dice) -> Acts:
    acts: Acts = [(0.0, {})]
    for _ in range(dice.of((0, 0, 0, dice.whole(1, 6)))):  # a loose contact
        acts.append((dice.spread(0.05, 60.0), _done("power_on")))
        acts.append((dice.spread(0.05, 60.0), _done("power_off")))
    acts.append((dice.spread(0.05, 7_200.0), _done("power_on")))
    return acts


def _unplug(dice: Dice) -> Acts:
    return [(0.0, {}), (dice.spread(0.1, 7_200.0), _done("connect"))]


def _prime(dice: Dice) -> Acts:
    """Priming needs a pump that stands; sometimes nobody thinks of that."""
    acts: Acts = [(0.0, {"volume": volume(dice.spread(1_000, 300_000))})]
    if dice.chance(0.7):
        after = _done("start")
        acts = [
            (0.0, _done("stop")),
            (dice.spread(0.5, 60.0), _done("priming_bolus", **acts[0][1])),
            (dice.spread(1.0, 600.0), after),
        ]
    return acts


def _bridge(dice: Dice) -> Acts:
    """A bridge is for another drug, which comes with a refill; sometimes nobody thinks of that."""
    bridge = _done("bridge_bolus", volume=volume(dice.spread(1_000, 250_000)), rate=rate(dice.spread(2_000, 300_000)))
    if dice.chance(0.4):
        return [(0.0, bridge)]
    refilled = {"withdrawn": "0 uL", "filled": volume(dice.uniform(5e6, 18e6)), "truly_withdrawn": "40 mL"}
    return [
        (0.0, _done("upload_programme", drug=drug(dice), basal=basal(dice, 2_000, 300_000))),
        (dice.spread(0.2, 60.0), _done("commit_programme")),
        (dice.spread(0.2, 600.0), _done("refill", **refilled)),
        (dice.spread(0.2, 600.0), bridge),
        (dice.spread(0.2, 600.0), _done("start")),
    ]


def _standstill(verb: str) -> Callable[[Dice], Acts]:
    """Something that stops the programme, and mostly somebody who starts it again."""

    def draw(dice: Dice) -> Acts:
        acts: Acts = [(0.0, {})]
        if dice.chance(0.8):
            acts.append((dice.spread(0.3, 7_200.0), _done("start")))
        return acts

    return draw


def _clock(dice: Dice) -> Acts:
    wrong: Step = {"by": dice.of(("", "-")) + seconds(dice.spread(1.0, 100_000.0))}
    return [(0.0, {"by": "0 s"} if dice.chance(0.5) else wrong)]


def _acknowledgement(dice: Dice) -> Step:
    """Of any alarm, or what a person does who reads those that there are."""
    if dice.chance(0.6):
        return _done("follow_alarm_texts")
    return {"alarm": dice.of(vocabulary.ALARMS)}


DRAWS: dict[str, Callable[[Dice], Acts]] = {
    "stop": _standstill("stop"),
    "minimum_rate": _standstill("minimum_rate"),
    "clinician_bolus": _bolus,
    "priming_bolus": _prime,
    "bridge_bolus": _bridge,
    "press": _press,
    "request_patient_bolus": lambda dice: [(0.0, _again(dice))],
    "release": lambda dice: [(0.0, {"button": dice.of(("patient", "silence"))})],
    "upload_programme": _upload,
    "refill": _refill,
    "begin_refill": _refill_by_steps,
    "enter_withdrawn": lambda dice: [(0.0, {"volume": volume(_refill_volumes(dice)[0])})],
    "enter_filled": lambda dice: [(0.0, {"volume": volume(_refill_volumes(dice)[1])})],
    "acknowledge": lambda dice: [(0.0, _acknowledgement(dice))],
    "set_clock": _clock,
    "power_off": _power,
    "disconnect": _unplug,
}


def _done(verb: str, **arguments: Any) -> Step:
    return {"do": verb, **arguments, "expect": {"any": True}}


def verb_kinds() -> list[str]:
    return list(VERBS)


def drawn(dice: Dice, verb: str) -> Acts:
    """What begins with this verb: the first step of it is one of this verb, or what has to come before it."""
    acts = DRAWS.get(verb, lambda dice: [(0.0, {})])(dice)
    return [(gap_s, step if "do" in step else _done(verb, **step)) for gap_s, step in acts]
