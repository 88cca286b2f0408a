"""Asked by the step generator before each burst: what the guard needs to know, from where it is known (THR-22)."""


class MotionGate:
    def __init__(self, guard, machine, alarms, clock):
        self._guard = guard
        self._machine = machine
        self._alarms = alarms
        self._clock = clock

    def admits(self, microsteps):
        return self._guard.admits(microsteps, self._machine.state, self._alarms.governing_action, self._clock.run_s)
