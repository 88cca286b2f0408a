"""Faults of buttons and buzzer."""

from emulator.bench.buttons import Button
from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_WHICH = Parameter("word", "patient", choices=("patient", "silence"))


class _Button(Fault):
    @property
    def button(self) -> Button:
        """The one that the parameter `button` names."""
        bench = self.world.bench
        return bench.patient_button if self.parameters["button"] == "patient" else bench.silence_button


@catalogued("button.stuck", "contacts stay closed", "BUTTON_STUCK; one request", duration=UNTIL_CLEARED, button=_WHICH)
class Stuck(_Button):
    """Evidence: the net is low though no finger presses."""

    def _start(self) -> None:
        self.button.set_stuck(True)

    def _stop(self) -> None:
        self.button.set_stuck(False)

    def _evidence(self) -> bool:
        return self.button.is_closed and not self.button.is_pressed


@catalogued(
    "button.bounce",
    "contacts open and close several times at each change",
    "one request",
    duration=UNTIL_CLEARED,
    button=_WHICH,
    bounces=Parameter("count", 5, 1, 50),
)
class Bounce(_Button):
    """Each bounce is up to 2 ms long. Evidence: extra edges, so somebody must press."""

    def _start(self) -> None:
        self._before = self.button.bounce_edges
        self.button.bounces = int(self.number("bounces"))

    def _stop(self) -> None:
        self.button.bounces = 0

    def _evidence(self) -> bool:
        return self.button.bounce_edges > self._before


@catalogued("buzzer.dead", "driven, but silent", "logged at self-test", duration=UNTIL_CLEARED)
class BuzzerDead(Fault):
    """Evidence: a tone that nobody heard."""

    def _start(self) -> None:
        self._before = self.world.bench.buzzer.unheard
        self.world.bench.buzzer.fall_silent(self.world.env.now)

    def _stop(self) -> None:
        self.world.bench.buzzer.is_dead = False

    def _evidence(self) -> bool:
        return self.world.bench.buzzer.unheard > self._before
