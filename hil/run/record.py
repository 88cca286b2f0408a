"""The record of one run: what the pump said, what people did, and what truly happened on the bench.

Expectations look at a record and at nothing else, so they can be tested on hand-made ones. All times are
nanoseconds of the target's clock since the start of the scenario; the lists are in order of time.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hil.run.oracle import Plan
from hil.targets.truth import Edges, TruthSeries


class AlarmSeen(msgspec.Struct):
    """One step in the life of an alarm, as the pump reported it."""

    t_ns: int
    name: str
    event: str


class LogSeen(msgspec.Struct):
    """One entry of the pump's log; `text` is the whole of it in words."""

    t_ns: int
    name: str
    a: int
    b: int
    seq: int = 0
    text: str = ""


class AnswerSeen(msgspec.Struct):
    """What became of one request: reason OK, a refusal, or UNCERTAIN when no answer came."""

    t_ns: int
    step: int
    verb: str
    reason: str


class StatusSeen(msgspec.Struct):
    """One status by field name."""

    t_ns: int
    fields: dict[str, Any]


class Record(msgspec.Struct):
    """Everything about one run. None stands for what this target cannot see."""

    end_ns: int
    plan: Plan | None = None
    alarms: list[AlarmSeen] = []
    log: list[LogSeen] = []
    modes: list[tuple[int, str]] = []
    answers: list[AnswerSeen] = []
    statuses: list[StatusSeen] = []
    truth: TruthSeries | None = None
    buzzer: Edges | None = None
    waves: dict[str, Edges] | None = None
    patient: dict[str, float] | None = None
    heard_pump: bool = True
    late_ns: int = 0  # the latest that anything was done after its time

    def mode_at(self, t_ns: int) -> str | None:
        mode = None
        for since_ns, name in self.modes:
            if since_ns > t_ns:
                break
            mode = name
        return mode
