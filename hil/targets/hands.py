"""What a person's hands do at a bench that takes more than one grip."""

from __future__ import annotations

from hil.targets.base import TargetBench, TargetClock, TargetPower

# The pump waits for the second act for 2 s, from within its first second with power on.
_PRESSES = 4
_EVERY_NS = 500_000_000
_PRESS_NS = 200_000_000


def switch_on_for_maintenance(bench: TargetBench, power: TargetPower, clock: TargetClock) -> None:
    """Give a pump that is off its power with the silence button held, and press the patient button when the lamp is
    lit (LNK-05). The silence button is held on: keys are written meanwhile."""
    bench.press("silence", None)
    power.on()
    for _ in range(_PRESSES):
        clock.run_until(clock.now_ns + _EVERY_NS)
        bench.press("patient", _PRESS_NS)
