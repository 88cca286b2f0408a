"""The states of a pump on a bench: off, maintenance (the prompt is free), running."""

from __future__ import annotations

import enum
import time

import attr
from labgrid.factory import target_factory
from labgrid.step import step
from labgrid.strategy import Strategy, StrategyError

from pumpbench_labgrid.bench import PumpBenchDriver

_LOOKS_AT_BUTTONS_S = 0.7  # from power-on until the pump waits for the patient button, for 2 s
_BOOT_S = 3.0


class Status(enum.Enum):
    unknown = 0
    off = 1
    maintenance = 2
    running = 3


@target_factory.reg_driver
@attr.s(eq=False)
class PumpStrategy(Strategy):
    """`transition("running")`: power off and on, the program runs. `transition("maintenance")`: the same with both
    buttons, the REPL is free. Repeating the state that is there does nothing.
    """

    bindings = {"bench": PumpBenchDriver}
    status = attr.ib(default=Status.unknown)

    @step(args=["status"])
    def transition(self, status, *, step):
        """StrategyError for a status that is not one of `Status`."""
        if not isinstance(status, Status):
            if status not in Status.__members__:
                raise StrategyError(f"there is no state {status}; there are off, maintenance, running")
            status = Status[status]
        if status == Status.unknown:
            raise StrategyError("unknown is no state to go to; there are off, maintenance, running")
        if status == self.status:
            step.skip("nothing to do")
            return
        self.status = Status.unknown  # until it is reached
        self.target.activate(self.bench)
        self.bench.off()
        if status == Status.maintenance:
            self.bench.press("silence", "5 s")
            self.bench.on()
            time.sleep(_LOOKS_AT_BUTTONS_S)
            self.bench.press("patient", "1 s")
            time.sleep(_BOOT_S)
        elif status == Status.running:
            self.bench.on()
            time.sleep(_BOOT_S)
        self.status = status
