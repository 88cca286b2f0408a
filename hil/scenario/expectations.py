"""[[expect]] tables: one reader per kind, chosen by the key that names the kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from hil.scenario import model
from hil.scenario.model import Bound
from hil.scenario.table import Source, Table
from hil.scenario.verbs import VERBS
from hil.words import quantity, vocabulary
from hil.words.bench import net_names

_BOUNDS = ("below", "above", "between", "equals")
_WINDOW = ("after", "within", "over", "clock")
_COUNTS = ("count", "at_least")

KEYS: dict[str, tuple[str, ...]] = {
    "alarm": (*_WINDOW, "cleared_within", *_COUNTS),
    "never": (*_WINDOW,),
    "mode": (*_WINDOW, "at"),
    "truth": ("over", "at", "clock", "any_window", "equals_programme_within", "tolerance", *_BOUNDS),
    "status": (*_WINDOW, "at", "tolerance", *_BOUNDS),
    "log": (*_WINDOW, "a", "b", *_COUNTS),
    "refused": (*_WINDOW, "do", *_COUNTS),
    "buzzer": _WINDOW,
    "wave": (*_WINDOW, "at", "level", *_BOUNDS),
    "patient": _BOUNDS,
}


_STEP = re.compile(r"^step (\d+)$")


class ExpectationReader:
    """Reads all expectations of one file."""

    def __init__(
        self, source: Source, duration_ns: int, start_of_day_ns: int, steps: Sequence[model.Step] = ()
    ) -> None:
        self.source = source
        self.duration_ns = duration_ns
        self._steps = steps
        self.start_of_day_ns = start_of_day_ns
        self._read: dict[str, Callable[[Table, dict[str, Any]], model.Expectation]] = {
            "alarm": self._alarm,
            "never": self._never,
            "mode": self._mode,
            "truth": self._truth,
            "status": self._status,
            "log": self._log,
            "refused": self._refused,
            "buzzer": self._buzzer,
            "wave": self._wave,
            "patient": self._patient,
        }

    def read(self, index: int, raw: object) -> model.Expectation:
        path = ("expect", index)
        kinds = [key for key in KEYS if isinstance(raw, dict) and key in raw]
        if len(kinds) > 1:
            allowed = f"one of {', '.join(KEYS)} in a table"
            raise self.source.error((*path, kinds[1]), f"found {' and '.join(kinds)}", allowed)
        kind = kinds[0] if kinds else None
        if kind is None:
            # A word that no kind knows is a kind that was misspelt; else the kind was left out.
            known = dict.fromkeys((*KEYS, *(key for keys in KEYS.values() for key in keys)))
            Table(self.source, path, raw, known)
            raise self.source.error(path, "missing kind of expectation", "exactly one of " + ", ".join(KEYS))
        table = Table(self.source, path, raw, (kind, *KEYS[kind]))
        common = {"line": table.line, "text": _sentence(table.raw), **self._when(table)}
        return self._read[kind](table, common)

    def _moment(self, table: Table, key: str, value: object, path: tuple) -> int:
        """A time of the scenario, or with `clock = true` a wall time counted from the midnight before the
        start.
        """
        shift_ns = self.start_of_day_ns if table.flag("clock") else 0
        return int(table.checked(path, value, "time", shift_ns, self.duration_ns + shift_ns)) - shift_ns

    def _when(self, table: Table) -> dict[str, Any]:
        """start_ns, end_ns and at_ns from at, over, or after and within."""
        start_ns, end_ns, at_ns = 0, self.duration_ns, None
        if "over" in table:
            for other in ("at", "after", "within"):
                if other in table:
                    table.fail(other, f'either "over" or "{other}"')
            span = table.raw["over"]
            if not isinstance(span, list) or len(span) != 2:
                table.fail("over", 'a span like ["1 d", "2 d"]')
            path = (*table.path, "over")
            start_ns, end_ns = (self._moment(table, "over", span[i], (*path, i)) for i in (0, 1))
            if end_ns <= start_ns:
                table.fail("over", "a span that ends after it starts")
        elif "at" in table:
            for other in ("after", "within"):
                if other in table:
                    table.fail(other, f'either "at" or "{other}"')
            start_ns = end_ns = at_ns = self._moment(table, "at", table.raw["at"], (*table.path, "at"))
        elif "after" in table:
            start_ns = self._after(table)
        if "within" in table:
            end_ns = start_ns + table.time_ns("within", low=1)
            if end_ns > self.duration_ns:
                rest = quantity.format_duration(self.duration_ns - start_ns)
                table.fail("within", f"at most {rest}, which is where the run ends")
        return {"start_ns": start_ns, "end_ns": end_ns, "at_ns": at_ns}

    def _after(self, table: Table) -> int:
        """A moment, or that of a step: "step 0"."""
        named = _STEP.match(str(table.raw["after"]))
        if named is None:
            return self._moment(table, "after", table.raw["after"], (*table.path, "after"))
        times_ns = {step.index: step.at_ns for step in self._steps if step.at_ns is not None}
        number = int(named.group(1))
        if number not in times_ns:
            words = ", ".join(f"step {index}" for index in times_ns) or "a time: no step has one of its own"
            table.fail("after", words)
        return times_ns[number]

    def _bound(
        self, table: Table, kind: str | None, factor: Fraction = Fraction(1), is_required: bool = True
    ) -> Bound | None:
        """The comparison of the table; `factor` divides amounts of `kind` down to the unit compared."""
        there = [key for key in _BOUNDS if key in table]
        if not there and not is_required:
            return None
        key = table.exactly_one(_BOUNDS, "comparison")

        def amount(value: object, path: tuple) -> Fraction:
            if kind is not None:
                return table.checked(path, value, kind) / factor
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30:
                return Fraction(str(value))
            raise self.source.error(path, f"found {value!r}", "a plain number")

        value, path = table.raw[key], (*table.path, key)
        text = f"{key} {_shown(value)}"
        if key == "between":
            if not isinstance(value, list) or len(value) != 2:
                table.fail(key, "two values in a list")
            low, high = (amount(value[i], (*path, i)) for i in (0, 1))
            if low > high:
                table.fail(key, "the lower value first")
            return Bound(text=text, low=low, high=high)
        exact = amount(value, path)
        if key == "below":
            return Bound(text=text, high=exact, strict=True)
        if key == "above":
            return Bound(text=text, low=exact, strict=True)
        slack = self._tolerance(table, exact, kind, factor)
        return Bound(text=text, low=exact - slack, high=exact + slack)

    def _tolerance(self, table: Table, exact: Fraction, kind: str | None, factor: Fraction) -> Fraction:
        if "tolerance" not in table:
            return Fraction(0)
        text = table.raw["tolerance"]
        if kind is None or (isinstance(text, str) and text.strip().endswith("%")):
            return abs(exact) * table.quantity("tolerance", "fraction", 0)
        return table.quantity("tolerance", kind, 0) / factor

    def _number_of_times(self, table: Table) -> Bound:
        if "count" in table and "at_least" in table:
            table.fail("at_least", 'either "count" or "at_least"')
        if "count" in table:
            number = Fraction(table.whole("count"))
            return Bound(text=f"exactly {number} times", low=number, high=number)
        number = Fraction(table.whole("at_least", default=1, low=1))
        return Bound(text=f"at least {number} times", low=number)

    def _alarm(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        cleared_ns = table.time_ns("cleared_within") if "cleared_within" in table else None
        return model.AlarmExpectation(
            names=table.words("alarm", vocabulary.ALARM_WORDS),
            cleared_within_ns=cleared_ns,
            bound=self._number_of_times(table),
            **common,
        )

    def _never(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        return model.NeverExpectation(names=table.words("never", vocabulary.ALARM_WORDS), **common)

    def _mode(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        mode = table.word("mode", vocabulary.MODES)
        return model.ModeExpectation(mode=mode, reached="within" in table, **_at_end_by_default(table, common))

    def _truth(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        name = table.word("truth", vocabulary.TRUTHS)
        comparisons = [key for key in ("equals_programme_within", *_BOUNDS) if key in table]
        if len(comparisons) != 1:
            table.exactly_one(("equals_programme_within", *_BOUNDS), "comparison")
        programme_within = None
        if "equals_programme_within" in table:
            if name not in ("delivered", "in_csf"):
                table.fail("equals_programme_within", 'truth = "delivered" or truth = "in_csf" with it')
            programme_within = table.quantity("equals_programme_within", "fraction", 0)
        window_ns = None
        if "any_window" in table:
            if name not in ("delivered", "in_csf"):
                table.fail("any_window", 'truth = "delivered" or truth = "in_csf" with it')
            if programme_within is not None:
                table.fail("any_window", "a window together with below, above or between")
            window_ns = table.time_ns("any_window", low=1, high=self.duration_ns)
        bound = None if programme_within is not None else self._bound(table, vocabulary.TRUTHS[name])
        return model.TruthExpectation(
            quantity=name, bound=bound, programme_within=programme_within, window_ns=window_ns, **common
        )

    def _status(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        words = vocabulary.status_fields()
        field = words[table.word("status", words)]
        common = _at_end_by_default(table, common)
        reached = "within" in table
        if field in vocabulary.STATUS_WORDS:
            word = table.word("equals", vocabulary.STATUS_WORDS[field])
            return model.StatusExpectation(status_field=field, reached=reached, word=word, **common)
        kind, factor = vocabulary.status_kind(field) or (None, Fraction(1))
        bound = self._bound(table, kind, factor)
        return model.StatusExpectation(status_field=field, reached=reached, bound=bound, **common)

    def _log(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        most = (1 << 31) - 1
        return model.LogExpectation(
            entry=table.word("log", vocabulary.LOG_ENTRIES),
            a=table.whole("a", low=-most) if "a" in table else None,
            b=table.whole("b", low=-most) if "b" in table else None,
            bound=self._number_of_times(table),
            **common,
        )

    def _refused(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        verb = table.word("do", VERBS) if "do" in table else None
        reason = table.word("refused", vocabulary.REASONS)
        return model.RefusedExpectation(reason=reason, verb=verb, bound=self._number_of_times(table), **common)

    def _buzzer(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        return model.BuzzerExpectation(pattern=table.word("buzzer", vocabulary.BUZZER_PATTERNS), **common)

    def _wave(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        net = table.word("wave", net_names())
        if common["at_ns"] is not None:
            level = table.whole("level", low=0, high=1)
            return model.WaveExpectation(net=net, level=level, bound=None, **common)
        if "level" in table:
            table.fail("level", 'a level only together with "at"')
        return model.WaveExpectation(net=net, level=None, bound=self._bound(table, None), **common)

    def _patient(self, table: Table, common: dict[str, Any]) -> model.Expectation:
        bound = self._bound(table, "time", Fraction(quantity.NS_PER_H))
        assert bound is not None, "a required bound is there or an error is raised"
        name = table.word("patient", vocabulary.PATIENT_QUANTITIES)
        return model.PatientExpectation(quantity=name, bound=bound, **common)


def _at_end_by_default(table: Table, common: dict[str, Any]) -> dict[str, Any]:
    """A state without any time is asked at the end of the scenario, or at `after` when that is given."""
    if "over" in table or "at" in table or "within" in table:
        return common
    at_ns = common["start_ns"] if "after" in table else common["end_ns"]
    return {**common, "start_ns": at_ns, "end_ns": at_ns, "at_ns": at_ns}


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " to ".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(raw: Any) -> str:
    """The expectation in one line, in the words of the file."""
    parts = []
    for key, value in raw.items():
        joint = {"never": ", ", "alarm": " or "}.get(key) if isinstance(value, list) else None
        shown = joint.join(str(item) for item in value) if joint else _shown(value)
        parts.append(f"{key.replace('_', ' ')} {shown}")
    return ", ".join(parts)
