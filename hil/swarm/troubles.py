"""Faults of a story: every one of the catalogue, with parameters drawn over what each of them is about.

`DRAWS` names what the catalogue's range alone does not say: the size that a fault has in the field, and what must not
be drawn. A fault that is not in it has its duration drawn and its defaults otherwise; a test holds the table against
the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hil.swarm.dice import Dice, rate, seconds, volume
from hil.words.bench import fault_catalogue

Step = dict[str, Any]
_Draw = Callable[[Dice], dict[str, Any]]

# The other name of a fault that is in the list already.
_ALIASES = ("sensor.magnet_lost",)
# What takes the chip out of the world of faults that a person can mend: the file system is filled while power is off.
NEEDS_POWER_OFF = ("flash.full",)
# The longest that such a fault lasts, in s.
BRIEF = {"cpu.hang": 20.0, "supply.dip": 60.0, "link.flood": 60.0}


def _fraction(name: str, low: float, high: float) -> _Draw:
    return lambda dice: {name: round(dice.uniform(low, high), 3)}


def _seed(dice: Dice) -> int:
    return dice.whole(0, 999)


DRAWS: dict[str, _Draw] = {
    "button.stuck": lambda dice: {"button": dice.of(("patient", "silence"))},
    "button.bounce": lambda dice: {"button": dice.of(("patient", "silence")), "bounces": dice.whole(1, 50)},
    "clock.jump": lambda dice: {"by": dice.of(("", "-")) + seconds(dice.spread(1.0, 400_000.0))},
    "clock.drift": lambda dice: {"fraction": round(dice.of((-1, 1)) * dice.spread(0.001, 0.5), 4)},
    "head.wear": _fraction("per_1000_rev", 0.0, 0.5),
    "head.leak_back": _fraction("fraction", 0.01, 0.99),
    "head.over_infusion": _fraction("per_standstill", 0.01, 0.3),
    "line.air": lambda dice: {"volume": volume(dice.spread(1_000, 100_000))},
    "catheter.occlusion": lambda dice: {
        "onset": seconds(dice.of((0.0, dice.spread(1.0, 600.0)))),
        **(
            {"closed_for": seconds(dice.spread(1.0, 3_600.0)), "open_for": seconds(dice.spread(1.0, 3_600.0))}
            if dice.chance(0.4)
            else {}
        ),
    },
    "catheter.kink": lambda dice: {"k": float(f"{dice.spread(1.5, 1e5):.2g}")},
    "catheter.disconnection": _fraction("fraction", 0.3, 1.0),
    "catheter.microleak": _fraction("fraction", 0.01, 0.3),
    "catheter.migration": _fraction("fraction", 0.01, 1.0),
    "link.noise": lambda dice: {
        "fraction": round(dice.spread(0.001, 0.3), 4),
        "spurious": round(dice.spread(0.01, 20.0), 2),
    },
    "link.drop": _fraction("fraction", 0.01, 1.0),
    "link.flood": lambda dice: {"rate": round(dice.spread(10.0, 20_000.0))},
    "link.replay": lambda dice: {"delay": seconds(dice.spread(0.01, 60.0)), "times": dice.whole(1, 5)},
    "ram.bit_flip": lambda dice: {},
    "motor.stall_intermittent": lambda dice: {
        "mean_between": seconds(dice.spread(60.0, 20_000.0)),
        "mean_length": seconds(dice.spread(1.0, 5_000.0)),
        "seed": _seed(dice),
    },
    "motor.magnetic_field": lambda dice: {"lag": seconds(dice.spread(0.1, 60.0))},
    "motor.slip": lambda dice: {
        "mean_between": seconds(dice.spread(10.0, 20_000.0)),
        "direction": dice.of(("backward", "forward", "either")),
        "cycles": dice.whole(1, 2),
        "seed": _seed(dice),
    },
    "motor.coupling": _fraction("fraction", 0.01, 1.0),
    "motor.runaway": lambda dice: {"rate": rate(dice.spread(1_000, 60_000_000))},
    "patient.posture": lambda dice: {
        "pressure": f"{round(dice.uniform(-3.0, 8.0), 1)} kPa",
        "period": seconds(dice.spread(60.0, 20_000.0)),
    },
    "patient.cough": lambda dice: {
        "pressure": f"{round(dice.uniform(0.5, 6.0), 1)} kPa",
        "period": seconds(dice.spread(10.0, 3_600.0)),
    },
    "reservoir.empty_early": lambda dice: {"volume": volume(dice.spread(100_000, 20_000_000))},
    "refill.pocket_fill": lambda dice: {
        "volume": volume(dice.spread(100_000, 20_000_000)),
        "next_refill": dice.whole(0, 1),
    },
    "refill.wrong_port": lambda dice: {
        "volume": volume(dice.spread(1_000, 2_000_000)),
        "next_refill": dice.whole(0, 1),
    },
    "refill.wrong_concentration": lambda dice: {
        "ratio": round(dice.spread(0.1, 10.0), 2),
        "next_refill": dice.whole(0, 1),
    },
    "sensor.rotor_stuck": lambda dice: {} if dice.chance(0.6) else {"counts": dice.whole(0, 4_095)},
    "sensor.rotor_noisy": lambda dice: {"sigma": float(f"{dice.spread(1.0, 2_000.0):.2g}")},
    "sensor.pressure_stuck": lambda dice: (
        {} if dice.chance(0.5) else {"pressure": f"{round(dice.uniform(-14.0, 229.0), 1)} kPa"}
    ),
    "sensor.pressure_offset": lambda dice: {"offset": f"{round(dice.of((-1, 1)) * dice.spread(1.0, 200.0), 1)} kPa"},
    "sensor.pressure_noisy": lambda dice: {"sigma": f"{float(f'{dice.spread(0.2, 100.0):.2g}'):g} kPa"},
    "sensor.i2c_hang": lambda dice: {"clocks": dice.of((0, dice.whole(1, 9), dice.whole(1, 9), dice.whole(10, 1_000)))},
    "supply.sag": lambda dice: {"voltage": f"{round(dice.uniform(1_500.0, 3_600.0))} mV"},
    "supply.dip": lambda dice: {"voltage": f"{round(dice.uniform(1_000.0, 3_600.0))} mV"},
    "supply.cut": lambda dice: {
        "operation": dice.of((0, dice.whole(1, 40))),
        "place": dice.of(("before", "inside", "after")),
        "part": round(dice.uniform(0.0, 1.0), 2),
    },
}


def fault_kinds() -> list[str]:
    """All of the catalogue, each under one name."""
    return [name for name in fault_catalogue() if name not in _ALIASES]


def drawn(dice: Dice, fault: str) -> Step:
    """One injection: until the storm is over, or for a time from a tenth of a second to hours."""
    step: Step = {"inject": fault, **DRAWS.get(fault, lambda dice: {})(dice), "expect": {"any": True}}
    if dice.chance(0.7) and fault not in NEEDS_POWER_OFF:
        step["duration"] = seconds(dice.spread(0.05, BRIEF.get(fault, 20_000.0)))
    return step
