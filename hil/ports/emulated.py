"""An emulated pump with its bench that somebody outside talks to: bytes in, bytes out, time on request.

A scenario gives bench, therapy and faults. What its person would ask of the pump over the line is left to
whoever sits at the port; hands at the bench (buttons, power, plug) act as written.
"""

from __future__ import annotations

from collections.abc import Callable

from hil.errors import BenchBroken
from hil.pump.client import Client
from hil.run.lead_in import lead_in, wait_for_boot
from hil.run.oracle import Oracle
from hil.run.person import Person
from hil.run.schedule import Schedule
from hil.scenario.model import Clear, Do, Inject, Scenario, Step
from hil.scenario.verbs import WITHOUT_ANSWER
from hil.targets.base import Injection
from hil.targets.factory import make_emulated
from hil.targets.hands import switch_on_for_maintenance


class EmulatedPump:
    """On from the beginning, booted, and with a scenario at its time zero with the therapy entered.

    `is_in_maintenance`: the silence button is held from before power-on, the patient button has been pressed, the REPL
    answers. `target`: sim, mpy or chip. Leave it as a context manager. BenchBroken when the pump does not take the
    therapy, and when the target will not run on this machine.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        seed: int = 0,
        is_in_maintenance: bool = False,
        target: str = "sim",
    ) -> None:
        self.target = make_emulated(target, scenario, seed)
        self.clock = self.target.clock
        self.faults: list[tuple[str, Injection]] = []
        self.left_out: list[str] = []
        self._schedule = Schedule()
        self._listeners: list[Callable[[bytes], None]] = []
        if is_in_maintenance:
            switch_on_for_maintenance(self.target.bench, self.target.power, self.clock)
        else:
            self.target.power.on()
        if scenario is None or is_in_maintenance:
            wait_for_boot(self.clock)
        else:
            self._lead_in(scenario)
        self.target.on_receive(self._arrived)

    def __enter__(self) -> EmulatedPump:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Switch it off; closing twice is harmless."""
        self.target.__exit__(None, None, None)

    # -- the line -----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Bytes from the host, at the present time."""
        self.target.serial.write(data)

    def on_data(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener(data)` with what the pump sends."""
        self._listeners.append(listener)

    def _arrived(self) -> None:
        data = self.target.serial.read(self.target.serial.in_waiting)
        for listener in self._listeners:
            listener(data)

    # -- time ---------------------------------------------------------------------------------------

    def run_until(self, t_ns: int, is_enough: Callable[[], bool] = lambda: False) -> None:
        """Let time pass to `t_ns` of the scenario, less when `clock.wake` was called and `is_enough()`."""
        while self.clock.now_ns < t_ns and not is_enough():
            next_ns = self._schedule.next_ns
            is_due = next_ns is not None and next_ns <= t_ns
            self.clock.run_until(next_ns if is_due and next_ns is not None else t_ns)
            while (next_ns := self._schedule.next_ns) is not None and next_ns <= self.clock.now_ns:
                self._schedule.pop()()

    def run_for(self, span_ns: int) -> None:
        self.run_until(self.clock.now_ns + span_ns)

    def later(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Act after this much time of the pump."""
        self._schedule.add(self.clock.now_ns + delay_ns, action)

    # -- scenario -----------------------------------------------------------------------------------

    def _lead_in(self, scenario: Scenario) -> None:
        client = Client(self.target.serial, self.clock)
        oracle = Oracle(scenario.start_clock)
        person = Person(client, self.target, oracle, scenario.therapy, scenario.start_clock)
        entered = lead_in(scenario, self.target, client, person)
        if entered.verdict != "pass":
            raise BenchBroken(f"{scenario.file}: the pump does not take the therapy: {entered.seen}")
        for step in scenario.steps:
            self._plan(step, person)

    def _plan(self, step: Step, person: Person) -> None:
        action = step.action
        is_over_line = isinstance(action, Do) and action.verb not in WITHOUT_ANSWER
        if step.at_ns is None or is_over_line:
            word = action.verb if isinstance(action, Do) else action.fault
            self.left_out.append(f"line {step.line}: {word}")
            return
        for repeat in range(step.count):
            self._schedule.add(step.at_ns + repeat * step.every_ns, lambda: self._do(action, person))

    def _do(self, action: Do | Inject | Clear, person: Person) -> None:
        if isinstance(action, Do):
            person.do(action)
        elif isinstance(action, Inject):
            injection = self.inject(action.fault, action.parameters)
            if action.duration_ns is not None:
                self.later(action.duration_ns, injection.clear)
        else:
            for fault, injection in self.faults:
                if fault == action.fault:
                    injection.clear()

    def inject(self, fault: str, parameters: dict) -> Injection:
        """Begin a fault now. ValueError when it cannot be there as asked."""
        injection = self.target.bench.inject(fault, parameters)
        self.faults.append((fault, injection))
        return injection
