"""The bench of a pump: a resource that names its control channel, and a driver that acts through it.

The driver runs the program `pumpbench` of pumpbench's own environment; nothing of pumpbench is imported here.
"""

from __future__ import annotations

import json
import subprocess

import attr
from labgrid.driver import Driver, ExecutionError
from labgrid.driver.powerdriver import PowerResetMixin
from labgrid.factory import target_factory
from labgrid.protocol import PowerProtocol
from labgrid.resource.common import NetworkResource
from labgrid.step import step

_TIMEOUT_S = 660  # longer than pumpbench itself waits for an answer


@target_factory.reg_resource
@attr.s(eq=False)
class PumpBenchControl(NetworkResource):
    """`url` as `pumpbench emulate --control` prints it; `host` is where it runs."""

    url = attr.ib(validator=attr.validators.instance_of(str))


@target_factory.reg_driver
@attr.s(eq=False)
class PumpBenchDriver(Driver, PowerResetMixin, PowerProtocol):
    """Power, faults and truth of a bench. `command` is the program `pumpbench`, a path where it is not in PATH.

    Every method raises ExecutionError with pumpbench's own words when the bench refuses or does not answer.
    """

    bindings = {"control": PumpBenchControl}
    command = attr.ib(default="pumpbench", validator=attr.validators.instance_of(str))

    @Driver.check_active
    @step()
    def on(self):
        self._ask("power", "state=on")

    @Driver.check_active
    @step()
    def off(self):
        self._ask("power", "state=off")

    @Driver.check_active
    @step()
    def cycle(self):
        self._ask("power", "state=off")
        self._ask("power", "state=on")

    @Driver.check_active
    @step(args=["fault"])
    def inject(self, fault, **parameters):
        """Inject a fault of `pumpbench faults`, such as inject("motor.stall", duration="10 min"). Its number."""
        return self._ask(fault, *(f"{name}={value}" for name, value in parameters.items()))["number"]

    @Driver.check_active
    @step()
    def clear(self):
        """End all faults."""
        self._ask("clear")

    @Driver.check_active
    @step(args=["button"])
    def press(self, button, hold):
        """`button` is patient or silence, `hold` a duration such as "1 s"."""
        self._ask("press", f"button={button}", f"hold={hold}")

    @Driver.check_active
    @step(result=True)
    def truth(self):
        """What the plant knows, by name; the names have their units."""
        return self._ask("truth")["truth"]

    def _ask(self, *words):
        command = [self.command, "inject", "--json", "--port", self.control.url, *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except OSError as error:
            raise ExecutionError(f"{self.command}: {error.strerror}; give pumpbench's path as `command`") from error
        if done.returncode:
            raise ExecutionError(f"{words[0]}: {_message(done)}")
        return json.loads(done.stdout)


def _message(done):
    """On standard output is an object with the message; on standard error stands a banner before whatever else."""
    try:
        return json.loads(done.stdout)["message"]
    except (ValueError, KeyError):
        return done.stderr.strip() or done.stdout.strip()
