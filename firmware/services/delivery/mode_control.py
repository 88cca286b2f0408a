"""The operating mode, and what mode and alarms together let the motor do (THR-01, ALM-02).

Entry actions belong to the state entered, so every transition into FAULT stops the motor.
"""

from firmware.core import delivery
from firmware.core.alarm_catalogue import action
from firmware.core.flow import HELD, MINIMUM, OFF, PROGRAMME
from protocols import ids


class ModeControl:
    """Each change of mode is reported to `foresight`: the mode must outlive a power cut (INT-05)."""

    def __init__(self, machine, guard, therapy, ledger, alarms, log, clock, foresight):
        self._machine = machine
        self._guard = guard
        self._therapy = therapy
        self._ledger = ledger
        self._alarms = alarms
        self._log = log
        self._clock = clock
        self._foresight = foresight
        self._infusion = None
        self._periodic_test = None
        self._returns_to = ids.STANDBY
        self._stopped_from = ids.STANDBY  # the mode that an alarm has just ended
        self.since_s = 0

    def connect(self, infusion, periodic_test):
        """Made later, because both need the mode. A mode that is no longer the one that was entered is
        reported to `periodic_test` (INT-02)."""
        self._infusion = infusion
        self._periodic_test = periodic_test

    def state(self):
        return self._machine.state

    def lasting_mode(self):
        """The mode to come back to after a power cut: priming is not gone on with."""
        if self._therapy.is_priming:
            return self._returns_to
        return self._machine.state

    def rejected(self):
        return self._machine.rejected

    def accepts(self, event):
        return self._machine.accepts(event)

    def post(self, event):
        """True when the table lists the event here; otherwise it is logged and nothing happens."""
        if not self._machine.is_sound():
            self._lose_mode()
        before = self._machine.state
        was_priming = self._therapy.is_priming
        if not self._machine.post(event):
            self._log.add(ids.LOG_EVENT_REJECTED, before, event)
            return False
        after = self._machine.state
        if after != before:
            self.since_s = self._clock.run_s
            self._log.add(ids.LOG_MODE, after, before)
            self._foresight.changed()
        if event == delivery.PRIME:
            self._returns_to = before
        self._stopped_from = before if event == delivery.ALARM_STOP and not was_priming else ids.STANDBY
        if event in (delivery.FAULTED, delivery.ALARM_STOP):
            self._infusion.halt()
        self.apply()
        return True

    def was_stopped_by_alarm(self):
        """Nothing else has happened to the mode since, so that delivery may come back by itself (DET-05)."""
        return self._machine.state == ids.STOPPED and delivery.may_move(self._stopped_from)

    def go_on(self):
        """Back to the mode that the alarm ended, basal only (THR-14)."""
        self.post(delivery.START if self._stopped_from == ids.RUNNING else delivery.MINIMUM_RATE)

    def stay_stopped(self):
        """A person says stop while the pump is stopped. True when that ends a return by itself."""
        was_waiting = self.was_stopped_by_alarm()
        self._stopped_from = ids.STANDBY
        return was_waiting

    def alarm_raised(self, number):
        """What the alarm does at once; `apply` does the rest."""
        what = action(number)
        if what == ids.HALT and self._machine.accepts(delivery.FAULTED):
            self.post(delivery.FAULTED)
        elif what == ids.STOP and self._machine.accepts(delivery.ALARM_STOP):
            self.post(delivery.ALARM_STOP)
        elif what >= ids.SUSPEND:
            self._infusion.halt()

    def apply(self):
        """Bring therapy and infusion in line with mode and alarms. Idempotent."""
        if not self._machine.is_sound():
            self._lose_mode()
        now_ms = self._clock.now_ms()
        therapy = self._therapy
        therapy.advance(now_ms, self._clock.run_s)
        mode = self._machine.state
        governing = self._alarms.governing_action
        may_move = delivery.may_move(mode) and governing < ids.SUSPEND
        wanted = self._wanted_basal(mode, governing) if may_move else OFF
        if not (may_move and therapy.is_priming and mode == ids.RUNNING):
            self._set_basal(wanted)
        if self._alarms.inhibits_bolus(therapy.boluses.active.kind):
            therapy.cancel_bolus()
        if wanted == PROGRAMME:
            self._guard.runs()
        self._infusion.may_move = may_move
        self._infusion.may_probe = (
            delivery.may_move(mode)
            and governing == ids.SUSPEND
            and not self._alarms.is_active(ids.ALARM_SUPPLY_CRITICAL)
        )
        self._infusion.replan(now_ms)

    def is_sound(self):
        """The mode is the one that was entered (INT-02)."""
        return self._machine.is_sound()

    def _lose_mode(self):
        """The mode is unknown: go to FAULT."""
        self._machine.restart(ids.FAULT)
        self._periodic_test.memory_failed()

    def priming_ended(self):
        """The priming bolus is done: back to where it was asked for (THR-18)."""
        self._therapy.set_basal(OFF)
        if self._returns_to == ids.STANDBY:
            self.post(delivery.PRIMED_TO_STANDBY)
        else:
            self.post(delivery.PRIMED_TO_STOPPED)

    def _wanted_basal(self, mode, governing):
        if mode == ids.MIN_RATE:
            return MINIMUM
        return HELD if governing == ids.HOLD_MIN_RATE else PROGRAMME

    def _set_basal(self, wanted):
        if wanted != self._therapy.basal or self._therapy.is_priming:  # priming runs with the basal rate OFF
            self._infusion.end_retries()
            self._therapy.set_basal(wanted)
            self._ledger.clear()
