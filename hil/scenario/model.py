"""A scenario after reading: checked, with one unit per quantity, ready for the runner.

Times are integer nanoseconds since the start of the scenario; volumes nL, rates nL/h, both whole numbers
because that is what the pump can be told.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec

SHORTEST_BOLUS_S = 1  # a bolus that is given no duration: as fast as the pump can

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[int, int]
Segment = tuple[int, int]  # start minute of the day, rate in nL/h


class Programme(msgspec.Struct, frozen=True):
    """A week of basal rates: for Monday to Sunday the segments in order. Until the first segment of a day begins,
    the last rate of the day before goes on, from Sunday into Monday too."""

    days: tuple[tuple[Segment, ...], ...]


class Drug(msgspec.Struct, frozen=True):
    """The drug record (THR-21). None: the limits of the pump itself."""

    name: str
    concentration_ug_per_ml: int
    hard_rate_nl_per_h: int | None = None
    soft_rate_nl_per_h: int | None = None
    hard_bolus_nl: int | None = None
    soft_bolus_nl: int | None = None


class PatientBolus(msgspec.Struct, frozen=True):
    """What one press of the patient's button gives, and how often (THR-10)."""

    volume_nl: int
    duration_s: int
    lockout_s: int
    per_day: int


class DoseLimit(msgspec.Struct, frozen=True):
    """The most volume in every sliding window (THR-13)."""

    volume_nl: int
    window_s: int


class Therapy(msgspec.Struct, frozen=True):
    """What a clinician enters. Parts that are None are not sent to the pump."""

    drug: Drug | None = None
    fill_nl: int | None = None
    basal: Programme | None = None
    patient_bolus: PatientBolus | None = None
    dose_limit: DoseLimit | None = None


class Condition(msgspec.Struct, frozen=True):
    """`when`: what has to come true. `kind` is alarm, mode, delivered, stroke or flash.

    `name` is the alarm or mode, `number` the nL, the n-th stroke or the n-th flash operation from time 0;
    `event` is the step in the life of the alarm.
    """

    kind: str
    text: str
    name: str = ""
    number: int = 0
    event: str = "RAISED"


class Inject(msgspec.Struct, frozen=True):
    """Switch a fault on; after `duration_ns` off again, unless the fault takes the duration itself."""

    fault: str
    parameters: dict[str, Any]
    duration_ns: int | None = None


class Clear(msgspec.Struct, frozen=True):
    """Switch every active injection of a fault off."""

    fault: str


class Do(msgspec.Struct, frozen=True):
    """What a person does: a verb of `hil.scenario.verbs` with its arguments."""

    verb: str
    arguments: dict[str, Any]


class StepExpectation(msgspec.Struct, frozen=True):
    """The answer that a step must get: refused with one of these reasons, or accepted when there are none.

    `is_any`: whatever becomes of the step is right, a refusal, a fault that finds nothing to act on, and a condition
    that never comes.
    """

    refused: tuple[str, ...] = ()
    is_any: bool = False


class Step(msgspec.Struct, frozen=True):
    """One step. Exactly one of `at_ns` and `when` is set; a repeated step starts `count` times."""

    index: int
    line: int
    action: Inject | Clear | Do
    at_ns: int | None = None
    when: Condition | None = None
    delay_ns: int = 0
    every_ns: int = 0
    count: int = 1
    expect: StepExpectation | None = None


class Bound(msgspec.Struct, frozen=True):
    """A comparison in the unit of what is compared: low <= x <= high, where a side may be open.

    `strict` leaves the limits themselves out (`below`, `above`).
    """

    text: str
    low: Fraction | None = None
    high: Fraction | None = None
    strict: bool = False

    def holds(self, value: Fraction | float | int) -> bool:
        if self.low is not None and (value < self.low or (self.strict and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.strict and value == self.high)))


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What all expectations share: the line in the file, and the span of time that is looked at.

    `at_ns` asks for one moment; otherwise [start_ns, end_ns] is looked at, both ends included.
    """

    line: int
    text: str
    start_ns: int
    end_ns: int
    at_ns: int | None = None


class AlarmExpectation(Expectation, frozen=True, kw_only=True):
    """One of these alarms or families is raised in the span and, if asked, cleared soon after it."""

    names: tuple[str, ...]
    cleared_within_ns: int | None = None
    bound: Bound | None = None


class NeverExpectation(Expectation, frozen=True, kw_only=True):
    """None of these alarms is raised in the span."""

    names: tuple[str, ...]


class ModeExpectation(Expectation, frozen=True, kw_only=True):
    """The mode holds at the moment, all through the span, or (`reached`) at some time in it."""

    mode: str
    reached: bool


class TruthExpectation(Expectation, frozen=True, kw_only=True):
    """What truly happened, from the plant. Volumes in nL, pressures in kPa.

    `programme_within` compares the delivered volume with the oracle; `window_ns` asks every sliding window.
    """

    quantity: str
    bound: Bound | None = None
    programme_within: Fraction | None = None
    window_ns: int | None = None


class StatusExpectation(Expectation, frozen=True, kw_only=True):
    """A field of the pump's status: at the moment, in every sample of the span, or (`reached`) in one of
    them.
    """

    status_field: str
    reached: bool
    bound: Bound | None = None
    word: str | None = None


class LogExpectation(Expectation, frozen=True, kw_only=True):
    """Entries of the event log by name, and by their arguments where given."""

    entry: str
    a: int | None
    b: int | None
    bound: Bound


class RefusedExpectation(Expectation, frozen=True, kw_only=True):
    """Requests of the scenario that were refused with this reason."""

    reason: str
    verb: str | None
    bound: Bound


class BuzzerExpectation(Expectation, frozen=True, kw_only=True):
    """The pattern of a priority is heard in the span; SILENT: no sound at all in it."""

    pattern: str


class WaveExpectation(Expectation, frozen=True, kw_only=True):
    """A named net: how many edges it had in the span, or which level at the moment."""

    net: str
    level: int | None
    bound: Bound | None


class PatientExpectation(Expectation, frozen=True, kw_only=True):
    """Hours that the patient model spent below the withdrawal or above the overdose threshold."""

    quantity: str
    bound: Bound


class Scenario(msgspec.Struct, frozen=True):
    """One run. `variant` tells the members of a sweep or of a Monte Carlo series apart. `looks_ns`: the span over
    which the regular looks at the pump are spread, where that is not the duration.
    """

    name: str
    file: str
    why: str
    requirements: tuple[str, ...]
    duration_ns: int
    seed: int
    start_clock: datetime
    targets: tuple[str, ...]
    bench: dict[str, Any]
    therapy: Therapy
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    variant: str = ""
    looks_ns: int | None = None
