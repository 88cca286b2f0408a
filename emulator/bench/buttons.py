"""Push buttons between a pulled-up net and ground: a finger, and contacts that may stick or bounce."""

from collections.abc import Generator
from random import Random

import simpy

from emulator.env import WorldEnvironment
from emulator.nets import DigitalNet

_MS = 1_000_000


def pull(net: DigitalNet, level: int, t_ns: int) -> None:
    """A contact to ground or an open drain: level 0 holds the net low, level 1 lets its resistor pull it up."""
    if level:
        net.release(t_ns)
    else:
        net.drive(0, t_ns)


class Button:
    """press and release act now; press_for comes back by itself.

    is_stuck: contacts closed whatever the finger does. bounces: extra openings at each change, 0 = clean.
    presses counts changes to pressed, bounce_edges extra edges: evidence of faults.
    """

    def __init__(self, env: WorldEnvironment, net: DigitalNet, seed: object) -> None:
        self._env = env
        self._net = net
        self._random = Random(f"{seed}/{net.name}")
        self._is_stuck = False
        self.is_pressed = False
        self.bounces = 0
        self.presses = 0
        self.bounce_edges = 0

    @property
    def is_closed(self) -> bool:
        """The contacts hold the net low now."""
        return self._net.level == 0

    def press(self) -> None:
        """The finger goes down; pressing twice is harmless."""
        if not self.is_pressed:
            self.is_pressed = True
            self.presses += 1
            self._change()

    def release(self) -> None:
        """The finger goes up; releasing twice is harmless."""
        if self.is_pressed:
            self.is_pressed = False
            self._change()

    def press_for(self, duration_ns: int) -> None:
        """Press now, release `duration_ns` later."""
        self.press()
        self._env.call_at(self._env.now + duration_ns, self.release)

    def set_stuck(self, is_stuck: bool) -> None:
        """Contacts weld or come apart."""
        self._is_stuck = is_stuck
        self._settle()

    def _change(self) -> None:
        if self.bounces and not self._is_stuck:
            self._env.process(self._bounce())
        else:
            self._settle()

    def _settle(self) -> None:
        level = 0 if self.is_pressed or self._is_stuck else 1
        pull(self._net, level, self._env.now)

    def _bounce(self) -> Generator[simpy.Event, None, None]:
        """Contacts open and close within a few milliseconds before they rest."""
        for _ in range(self.bounces):
            for level in (0, 1) if self.is_pressed else (1, 0):
                pull(self._net, level, self._env.now)
                self.bounce_edges += 1
                yield self._env.timeout(self._random.randrange(_MS // 10, _MS))
        self._settle()
