"""[[step]] tables: when something happens, and what."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from hil.scenario.arguments import ARGUMENT_KINDS, Asked
from hil.scenario.model import Clear, Condition, Do, Inject, Step, StepExpectation
from hil.scenario.table import Source, Table, shown
from hil.scenario.verbs import VERBS
from hil.words import quantity, vocabulary
from hil.words.bench import FaultEntry, fault_catalogue

_TIMING = ("at", "when", "clock", "delay", "every", "count")
_ACTIONS = ("do", "inject", "clear")
MOST_REPEATS = 1_000_000

_CONDITION = re.compile(r"^(alarm|mode|delivered|stroke|flash(?: operation)?)\s*(?:==?|:|>=?|is|reaches)?\s*(.+)$")
_CONDITION_FORMS = (
    '"alarm NAME", "alarm NAME cleared", "mode NAME", "delivered 100 uL", "stroke 100", or "flash operation 17"'
)


class StepReader:
    """Reads all steps of one file; it knows how long the scenario is and at what wall time it starts."""

    def __init__(self, source: Source, duration_ns: int, start_clock: datetime) -> None:
        self.source = source
        self.duration_ns = duration_ns
        self.start_clock = start_clock
        midnight = start_clock.replace(hour=0, minute=0, second=0, microsecond=0)
        self.start_of_day_ns = int((start_clock - midnight).total_seconds()) * quantity.NS_PER_S
        self.faults = fault_catalogue()

    def read(self, index: int, raw: object) -> Step:
        path = ("step", index)
        actions = [key for key in _ACTIONS if isinstance(raw, dict) and key in raw]
        if len(actions) > 1:
            allowed = f"one of {', '.join(_ACTIONS)} in a step"
            raise self.source.error((*path, actions[1]), f"found {' and '.join(actions)}", allowed)
        action_key = actions[0] if actions else None
        table = Table(self.source, path, raw, self._allowed(index, raw, action_key))
        table.exactly_one(_ACTIONS, "action")
        trigger = table.exactly_one(("at", "when", "clock"), "time")
        # A fault may have a delay of its own (link.replay).
        has_delay = "delay" in table and not (action_key == "inject" and self._takes_delay(table))
        if has_delay and trigger != "when":
            table.fail("delay", 'a delay only together with "when"')
        every_ns, count = self._repetition(table, trigger)
        expect = self._expect(table)
        if action_key == "do":
            action = self._do(table, expect)
        elif action_key == "inject":
            action = self._inject(table)
        else:
            action = Clear(table.word("clear", self.faults))
        return Step(
            index=index,
            line=table.line,
            action=action,
            at_ns=None if trigger == "when" else self._at(table, trigger),
            when=self._condition(table) if trigger == "when" else None,
            delay_ns=table.time_ns("delay") if has_delay else 0,
            every_ns=every_ns,
            count=count,
            expect=expect,
        )

    def _takes_delay(self, table: Table) -> bool:
        return "delay" in self.faults[table.word("inject", self.faults)].parameters

    def _allowed(self, index: int, raw: object, action_key: str | None) -> tuple[str, ...]:
        """The keys of this step: they depend on the verb or the fault, which therefore has to be valid
        first.
        """
        if not isinstance(raw, dict) or action_key is None:
            return (*_ACTIONS, *_TIMING, "expect")
        head = Table(self.source, ("step", index), {action_key: raw[action_key]}, (action_key,))
        if action_key == "do":
            return ("do", *_TIMING, "expect", *VERBS[head.word("do", VERBS)].arguments)
        if action_key == "inject":
            fault = self.faults[head.word("inject", self.faults)]
            return (
                "inject",
                *_TIMING,
                "expect",
                "duration",
                *(name for name in fault.parameters if name != "duration"),
            )
        return ("clear", *_TIMING, "expect")

    def _at(self, table: Table, trigger: str) -> int:
        if trigger == "at":
            return table.time_ns("at", high=self.duration_ns)
        if isinstance(table.raw["clock"], str) and re.match(r"^\d{4}-", table.raw["clock"]):
            wanted = table.date_time("clock")
            at_ns = round((wanted - self.start_clock).total_seconds()) * quantity.NS_PER_S
        else:
            at_ns = table.time_ns("clock") - self.start_of_day_ns
            if at_ns < 0 and table.time_ns("clock") < quantity.NS_PER_DAY:
                at_ns += quantity.NS_PER_DAY  # a time of day that has passed when the scenario starts
        if not 0 <= at_ns <= self.duration_ns:
            end = quantity.format_duration(self.duration_ns)
            table.fail("clock", f"a wall time within the scenario ({self.start_clock} and {end} from there)")
        return at_ns

    def _repetition(self, table: Table, trigger: str) -> tuple[int, int]:
        if "every" not in table:
            if "count" in table:
                table.fail("count", 'a count only together with "every"')
            return 0, 1
        every_ns = table.time_ns("every", low=1)
        if trigger != "when" and "count" not in table:
            remaining_ns = self.duration_ns - self._at(table, trigger)
            return every_ns, min(remaining_ns // every_ns + 1, MOST_REPEATS)
        return every_ns, table.whole("count", low=1, high=MOST_REPEATS)

    def _condition(self, table: Table) -> Condition:
        text = table.text("when").strip()
        match = _CONDITION.match(text)
        if match is None:
            table.fail("when", _CONDITION_FORMS)
        kind, rest = match.group(1).split()[0], match.group(2).strip()
        if kind == "alarm":
            name, _, event = rest.partition(" ")
            self._known(table, name, vocabulary.ALARM_WORDS)
            event = event.strip().upper() or "RAISED"
            self._known(table, event, vocabulary.ALARM_EVENTS)
            return Condition(kind=kind, text=text, name=name, event=event)
        if kind == "mode":
            self._known(table, rest, vocabulary.MODES)
            return Condition(kind=kind, text=text, name=rest)
        if kind == "delivered":
            volume_nl = round(table.checked((*table.path, "when"), rest, "volume", 0))
            return Condition(kind=kind, text=text, number=volume_nl)
        if not rest.isdigit() or int(rest) < 1:
            table.fail("when", f'a number from 1 up after "{match.group(1)}"')
        return Condition(kind=kind, text=text, number=int(rest))

    def _known(self, table: Table, word: str, words: tuple[str, ...]) -> None:
        if word not in words:
            path = (*table.path, "when")
            raise self.source.error(path, shown(word), ", ".join(words), quantity.nearest_word(word, words))

    def _expect(self, table: Table) -> StepExpectation | None:
        if "expect" not in table:
            return None
        answers = ("refused", "accepted", "any") if "do" in table else ("any",)
        inner = Table(self.source, (*table.path, "expect"), table.raw["expect"], answers)
        answer = inner.exactly_one(answers, "answer")
        if answer == "refused":
            return StepExpectation(refused=inner.words("refused", vocabulary.REASONS))
        if not inner.flag(answer):
            inner.fail(answer, 'true, or refused = "REASON"' if "do" in table else "true")
        return StepExpectation(is_any=answer == "any")

    def _do(self, table: Table, expect: StepExpectation | None) -> Do:
        verb = table.word("do", VERBS)
        known = VERBS[verb]
        is_refusal_expected = expect is not None and (bool(expect.refused) or expect.is_any)
        arguments: dict[str, Any] = {}
        for name, (kind, is_required, high) in known.arguments.items():
            if name in table or is_required:
                asked = Asked(table, name, high, is_refusal_expected)
                arguments[name] = ARGUMENT_KINDS[kind].read(asked)
        if known.exactly_one:
            table.exactly_one(known.exactly_one, "argument")
        return Do(verb=verb, arguments=arguments)

    def _inject(self, table: Table) -> Inject:
        fault = self.faults[table.word("inject", self.faults)]
        parameters: dict[str, Any] = {}
        for name in fault.parameters:
            if name in table:
                parameters[name] = self._parameter(table, fault, name)
        duration_ns = None
        if "duration" in table and "duration" not in fault.parameters:
            duration_ns = table.time_ns("duration", low=1)
        return Inject(fault=fault.id, parameters=parameters, duration_ns=duration_ns)

    def _parameter(self, table: Table, fault: FaultEntry, name: str) -> Any:
        try:
            return fault.parameters[name].read(table.raw[name])
        except quantity.QuantityError as error:
            table.fail(name, error.allowed, error.nearest)
