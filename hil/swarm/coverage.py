"""Which states of a pump the stories have reached: mode, governing action, active alarms, cause of the last start, what
is being delivered, and how the line is, each as one word. A state that no story had reached is a place to go on from.
"""

from __future__ import annotations

import msgspec

from hil.swarm.life import Life
from hil.swarm.spans import AlarmSpan, alarms
from hil.words.quantity import NS_PER_S

# Line pressure in kPa: at rest, raised, above the working limit.
_RAISED_KPA = 15.0
_LIMIT_KPA = 60.0


class State(msgspec.Struct, frozen=True, order=True):
    """One state; `alarms` are the names of the active ones, in alphabetical order."""

    mode: str
    action: str
    alarms: tuple[str, ...]
    boot: str
    delivery: str
    line: str

    @property
    def text(self) -> str:
        return " | ".join(
            [self.mode, self.action, ", ".join(self.alarms) or "no alarm", self.boot, self.delivery, self.line]
        )


def states(life: Life) -> dict[State, float]:
    """The states of a life, each with the second at which it was first seen; one for every status that was read."""
    spans = alarms(life)
    found: dict[State, float] = {}
    for seen in life.record.statuses:
        if seen.t_ns < 0:
            continue
        fields = seen.fields
        state = State(
            mode=fields["mode"],
            action=fields["action"],
            alarms=_active(spans, seen.t_ns),
            boot=fields["reset_cause"],
            delivery=_delivery(fields),
            line=_line(life, seen.t_ns),
        )
        found.setdefault(state, seen.t_ns / NS_PER_S)
    return found


def _active(spans: list[AlarmSpan], t_ns: int) -> tuple[str, ...]:
    return tuple(sorted({span.name for span in spans if span.begin_ns <= t_ns < span.end_ns}))


def _delivery(fields: dict[str, object]) -> str:
    if fields["bolus_kind"] not in ("", "NONE"):
        return str(fields["bolus_kind"]).lower()
    return "basal" if fields["rate_nl_per_h"] else "nothing"


def _line(life: Life, t_ns: int) -> str:
    truth = life.record.truth
    pressure_kpa = None if truth is None else truth.at(truth.line_pressure_kpa, t_ns)
    if pressure_kpa is None:
        return "unknown"
    return "above limit" if pressure_kpa > _LIMIT_KPA else "raised" if pressure_kpa > _RAISED_KPA else "at rest"
