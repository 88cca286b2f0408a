"""Reacts to a changed alarm: log, mode, signal, and a stored state before anyone is notified."""

from firmware.core.alarm_catalogue import action, priority
from protocols import ids


class AlarmResponse:
    """The listener of AlarmManager. `is_booted`: set once the boot, which stores the state itself, is over."""

    def __init__(self, silence, restart_guard, log, foresight):
        self._silence = silence
        self._restart_guard = restart_guard
        self._log = log
        self._foresight = foresight
        self._mode = None
        self._annunciation = None
        self._line_guard = None
        self._ledger = None
        self._journal = None
        self._head = None
        self.is_booted = False

    def connect(self, mode, annunciation, line_guard, ledger, journal, head):
        """Made later, because each of them needs the alarms."""
        self._mode = mode
        self._annunciation = annunciation
        self._line_guard = line_guard
        self._ledger = ledger
        self._journal = journal
        self._head = head

    def alarm_changed(self, number, life_cycle):
        """Called by AlarmManager after every change."""
        self._log.add(ids.LOG_ALARM, number, life_cycle)
        if life_cycle == ids.ALARM_RAISED:
            if priority(number) > ids.NOTICE:
                self._silence.alarm_raised()
            self._mode.alarm_raised(number)
        elif life_cycle == ids.ALARM_CLEARED:
            self._restart_guard.cleared(number)
        self._mode.apply()
        self._annunciation.refresh()
        self._foresight.changed()
        if life_cycle == ids.ALARM_RAISED and action(number) >= ids.STOP and self.is_booted:
            # Delivery has stopped already. Store that before anyone is notified.
            self._journal.save()

    def acknowledged(self, alarm):
        """A person has looked after the cause: detectors start afresh."""
        if alarm in (ids.ALARM_CATHETER_OCCLUSION, ids.ALARM_CATHETER_DISCONNECTED):
            self._line_guard.clear(alarm == ids.ALARM_CATHETER_DISCONNECTED)
        elif alarm == ids.ALARM_RESTARTS:
            self._head.forget_restarts()
        self._ledger.clear()
        self._foresight.changed()
