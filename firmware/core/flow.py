"""The flow due now: basal and bolus, integrated exactly, capped by the dose limit.

The service calls advance(now_ms, run_s) first, always; everything else speaks about that moment. Then
  due_microsteps(): command that many, take() them, measure, advance() again, booked(measured volume);
  ms_to_stroke() and ms_to_change(): when to call again, whichever comes first.
A missed volume is never made up: what waits for a stroke when delivery stops is dropped.
"""

from micropython import const

from firmware.core.boluses import Boluses
from firmware.core.bridge import Bridge
from firmware.core.dosing import Dosing
from firmware.core.limits import DoseWindow
from firmware.core.lockout import Lockout
from firmware.core.record import Record
from firmware.core.schedule import Schedule
from firmware.core.units import NEVER_MS, ring_add, until_ms
from protocols.ids import BRIDGE_BOLUS, LOG_BOLUS_COMPLETED, LOG_BOLUS_HALTED, NO_BOLUS, PATIENT_BOLUS

OFF = const(0)
PROGRAMME = const(1)
MINIMUM = const(2)
HELD = const(3)  # the programme, but at most the minimum rate

MINIMUM_RATE_NL_PER_H = const(2000)  # THR-17

_LIMITED_LEAST_S = const(60)
_LIMIT_SHARES_PER_H = const(6)
_COUNTABLE_NL = const(1000000)  # more picolitres than that make are no small integer
_SLIP_HIGH_PL = const(500000000)


class Flow(Record):
    """prescription: the active one; stroke: a StrokePlan.

    rate_nl_per_h, basal_nl_per_h: in force now, after the dose limit; wanted_nl_per_h: basal before it.
    bridge: the old drug in the catheter. priming_free_nl: what priming may still displace outside the dose limit.
    is_dose_limited: basal is held back or a bolus was ended by the limit (DOSE_LIMIT); at least a minute.
    What of it is stored, Therapy names.
    """

    def __init__(self, prescription, stroke):
        self.prescription = prescription
        self.stroke = stroke
        self.schedule = Schedule(prescription.programme)
        self.dosing = Dosing()
        self.boluses = Boluses(stroke.resolution_pl)
        self.bridge = Bridge()
        self.lockout = Lockout()
        self.window = DoseWindow(prescription.dose)
        self.basal = OFF
        self.run_s = 0
        self.rate_nl_per_h = 0
        self.basal_nl_per_h = 0
        self.wanted_nl_per_h = 0
        self.is_dose_limited = False
        self.is_priming = False
        self.priming_nl = 0  # measured while priming, a 30 bit ring: booked apart (THR-18)
        self.priming_free_nl = 0
        self._underway_pl = 0  # commanded, not yet booked
        self._is_priming_stroke = False  # the stroke under way was commanded while priming
        self.slip_pl = 0  # commanded less measured since power-on: noise of the angle, unless strokes fall short
        self._limited_s = 0
        self._now_ms = 0
        self._change_in_ms = 0
        self.is_sealed = False
        self.is_spoilt = False
        self._seal = 0
        self._set_rates()

    def advance(self, now_ms, run_s):
        """Integrate up to now_ms, split where rates change.

        now_ms: on the 30 bit ring, less than 2**29 after the last call; a step back only sets the clock.
        """
        self.open()
        dt_ms = until_ms(now_ms, self._now_ms)
        self._now_ms = now_ms
        self.run_s = run_s
        if self.is_spoilt:
            return
        while dt_ms > 0:
            piece = self._change_in_ms
            if piece > dt_ms:
                piece = dt_ms
            self.dosing.accrue(self.rate_nl_per_h, piece)
            bolus = self.boluses.active
            if bolus.kind != NO_BOLUS:
                self.dosing.accrue_parts(bolus.pass_ms(piece))
            self.schedule.change_in_ms -= piece
            self._change_in_ms -= piece
            dt_ms -= piece
            if self._change_in_ms <= 0:
                self._turn()

    def seal(self):
        """The turn is over: until the next `open` nothing here changes, or it is no longer what it was."""
        self._seal = self.signature()
        self.is_sealed = True

    def open(self):
        """Before anything here changes. `is_spoilt` from then on when a bit has flipped since `seal` (INT-02)."""
        if self.is_sealed:
            self.is_sealed = False
            if self.signature() != self._seal:
                self.is_spoilt = True

    def signature(self):
        """A number that any single flipped bit in what decides about the next strokes changes (INT-08)."""
        return (
            self.schedule.signature()
            ^ self.dosing.signature()
            ^ self.boluses.signature()
            ^ self.bridge.signature()
            ^ self.stroke.signature()
            ^ self.window.signature()
            ^ self.lockout.signature()
            ^ self.basal
            ^ self.run_s
            ^ self.rate_nl_per_h
            ^ self.basal_nl_per_h
            ^ self.wanted_nl_per_h
            ^ self.priming_nl
            ^ self.priming_free_nl
            ^ self._underway_pl
            ^ self._limited_s
            ^ self._now_ms
            ^ self._change_in_ms
        )

    def _turn(self):
        bolus = self.boluses.active
        is_over = bolus.kind != NO_BOLUS and bolus.remaining_ms <= 0
        if is_over and self.boluses.complete() == PATIENT_BOLUS:
            self.lockout.ended(self.run_s + 1)
        if self.schedule.change_in_ms <= 0:
            self.schedule.enter_segment()
        self._set_rates()

    def set_wall(self, week_s, ms):
        """Move the position in the schedule to a second of the week; nothing is made up for that."""
        self.open()
        self.schedule.set_wall(week_s, ms)
        self._set_rates()

    def set_basal(self, basal):
        """Any change, and OFF always, halts every bolus; at most half a shortest stroke stays due."""
        is_change = basal != self.basal
        self.basal = basal
        self.is_priming = False
        if is_change or basal == OFF:
            self.cancel_bolus()

    def prescription_changed(self):
        """After a commit: same moment of the week, new rates and limits. A running bolus goes on."""
        self.schedule.reread()
        self._set_rates()

    def cancel_bolus(self):
        """Halt every bolus for good; what was delivered counts for lock-out and limits (THR-14)."""
        if self.boluses.halt(self.dosing.due_pl - self.stroke.lead_pl):
            self.lockout.ended(self.run_s + 1)
        self.dosing.forfeit_above(self.stroke.lead_pl)
        self._set_rates()

    def end_bridge(self):
        """A clinician says that the catheter no longer matters. Nothing else ends a bridge (THR-19)."""
        self.boluses.events.push(LOG_BOLUS_HALTED, BRIDGE_BOLUS, self.bridge.end())
        self._set_rates()

    def due_microsteps(self):
        """Microsteps of the stroke that is due now, 0 for none. Checks the dose limit (THR-13)."""
        if self.is_spoilt or self.basal == OFF and self.boluses.active.kind == NO_BOLUS:
            return 0
        microsteps = self.stroke.due_microsteps(self.dosing.due_pl)
        if microsteps and self.stroke.volume_nl(microsteps) > self.allowance_nl(self.is_priming):
            self.cancel_bolus()
            self.dosing.forfeit_above(0)
            self._limit()
            self._set_rates()
            return 0
        return microsteps

    def take(self, microsteps):
        """A stroke of that many microsteps is being commanded."""
        volume_pl = microsteps * self.stroke.pl_per_microstep
        self.dosing.take(volume_pl)
        self._underway_pl = volume_pl
        self._is_priming_stroke = self.is_priming
        self.boluses.stroke_begun(volume_pl)
        self._slip(volume_pl)

    def booked(self, volume_nl, run_s):
        """The rotor displaced volume_nl (below 500 000; negative backwards) with the stroke just taken."""
        self.open()
        self.run_s = run_s
        self.window.book(volume_nl - self._book_priming(volume_nl), run_s)
        self.boluses.stroke_booked(volume_nl)
        self._slip(-1000 * volume_nl)
        self._underway_pl = 0
        self._is_priming_stroke = False
        had_bridge = self.bridge.left_nl > 0
        if volume_nl > 0 and self.bridge.displaced(volume_nl):
            self.boluses.events.push(LOG_BOLUS_COMPLETED, BRIDGE_BOLUS, self.bridge.volume_nl)
        if had_bridge or self.prescription.dose.volume_nl:
            self._set_rates()

    def books_priming(self):
        """What is booked next belongs to priming, also when it was stopped while its last stroke was under way."""
        return self.is_priming or self._is_priming_stroke

    def _book_priming(self, volume_nl):
        """Returns how much of the volume lies outside the dose limit (THR-18)."""
        if volume_nl <= 0 or not self.books_priming():
            return 0
        self.priming_nl = ring_add(self.priming_nl, volume_nl)
        free_nl = volume_nl if volume_nl < self.priming_free_nl else self.priming_free_nl
        self.priming_free_nl -= free_nl
        return free_nl

    def allowance_nl(self, is_priming):
        """What the dose limit lets through now, to priming or to therapy (THR-13, THR-18)."""
        allowance_nl = self.window.allowance_nl(self.run_s)
        return allowance_nl + self.priming_free_nl if is_priming else allowance_nl

    def waiting_at(self, now_ms):
        """Demand that waits for a stroke at now_ms, less than one stroke's interval after the last advance.

        In 1/16 nL, rounded down. Changes nothing, so it may be asked while sealed.
        """
        eighths = until_ms(now_ms, self._now_ms) // 125
        return self.dosing.due_pl * 2 // 125 + self.rate_nl_per_h * eighths // 1800

    def _slip(self, volume_pl):
        slip_pl = self.slip_pl + volume_pl
        if -_SLIP_HIGH_PL < slip_pl < _SLIP_HIGH_PL:
            self.slip_pl = slip_pl

    def ms_to_stroke(self):
        """From the last advance until a stroke is due at the present rate; NEVER_MS if out of sight."""
        if self.rate_nl_per_h == 0:
            return NEVER_MS
        return self.dosing.ms_until(self.stroke.threshold_pl, self.rate_nl_per_h)

    def ms_to_change(self):
        """From the last advance until the rate may change by itself, at most NEVER_MS."""
        return self._change_in_ms if self._change_in_ms < NEVER_MS else NEVER_MS

    def reserved_nl(self):
        """What running boluses will still take, with the demand that waits and one shortest stroke."""
        waiting_nl = self.dosing.due_pl // 1000 + 1 if self.dosing.due_pl > 0 else 0
        return self.boluses.remaining_nl() + waiting_nl + self.stroke.volume_nl(self.stroke.shortest)

    def _set_rates(self):
        bolus = self.boluses.active
        change_in_ms = self.schedule.change_in_ms
        if bolus.kind != NO_BOLUS and bolus.remaining_ms < change_in_ms:
            change_in_ms = bolus.remaining_ms
        basal = 0
        is_bridging = False
        if self.basal == MINIMUM:
            basal = MINIMUM_RATE_NL_PER_H
        elif self.basal != OFF:
            basal = self.schedule.rate_nl_per_h
            left_pl = self._bridge_left_pl()
            # What waits for a stroke or is under way counts as displaced, so the rate changes on time.
            is_bridging = self.bridge.left_nl > 0 and left_pl > self.dosing.due_pl
            if is_bridging:
                basal = self.bridge.rate_nl_per_h
            if self.basal == HELD and basal > MINIMUM_RATE_NL_PER_H:
                basal = MINIMUM_RATE_NL_PER_H
        self.wanted_nl_per_h = basal
        if self.prescription.dose.volume_nl:
            # limits.py says how: at most what is left of the allowance, per ten minutes.
            headroom = self.window.allowance_nl(self.run_s) - self.reserved_nl()
            share = basal // _LIMIT_SHARES_PER_H
            if headroom < share:
                basal = headroom * _LIMIT_SHARES_PER_H if headroom > 0 else 0
                self._limit()
            elif headroom > 2 * share and self.run_s - self._limited_s >= _LIMITED_LEAST_S:
                self.is_dose_limited = False
            if self.is_dose_limited:
                release_in_ms = self.window.seconds_to_release(self.run_s) * 1000
                if release_in_ms < change_in_ms:
                    change_in_ms = release_in_ms
        else:
            self.is_dose_limited = False
        if is_bridging:
            bridged_in_ms = self.dosing.ms_until(left_pl, basal)
            if bridged_in_ms < change_in_ms:
                change_in_ms = bridged_in_ms
        self.basal_nl_per_h = basal
        self.rate_nl_per_h = basal + bolus.rate_nl_per_h
        self.stroke.plan(self.rate_nl_per_h)
        self._change_in_ms = change_in_ms

    def _bridge_left_pl(self):
        """What remains of the bridge when the stroke under way is over; 1 mL when it is more."""
        left_nl = self.bridge.left_nl
        return (left_nl if left_nl < _COUNTABLE_NL else _COUNTABLE_NL) * 1000 - self._underway_pl

    def _limit(self):
        self.is_dose_limited = True
        self._limited_s = self.run_s
