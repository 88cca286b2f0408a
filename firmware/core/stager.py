"""Two-phase change of the prescription (THR-07, THR-21): stage, read back, commit or discard.

What runs is `active`; an upload fills `staged`, which begins as a copy of it. Until commit() the running
prescription is untouched. All times are run_s, so that setting the clock moves nothing. The caller stores
`staged` in flash between check() and commit(): a power cut before that leaves the old prescription.
"""

from micropython import const

from firmware.core.prescription import Prescription
from firmware.core.programme import WHOLE_WEEK
from protocols.ids import NOT_STAGED, OK, OUT_OF_RANGE, SOFT_LIMIT

_NOTICE_S = const(300)
_DISCARD_S = const(600)

# A piece that was refused spoils the upload until it is sent again and accepted.
_DAYS = const(1)
_DRUG = const(2)
_PATIENT = const(4)
_DOSE = const(8)


class Stager:
    def __init__(self, active):
        self.active = active
        self.staged = Prescription()
        self.is_open = False
        self.is_idle = False  # an upload waits for more than 5 min: the notice UPLOAD_IDLE
        self.drug_changed = False  # the last commit changed drug or concentration
        self._days = 0
        self._spoiled = 0
        self._confirmed = False
        self._touched_s = 0

    def begin(self, run_s):
        """Open an upload. One that is open already starts over: its uploader may have lost the link."""
        self.staged.copy_from(self.active)
        self.is_open = True
        self._days = 0
        self._spoiled = 0
        self._touched_s = run_s
        self._renew(run_s)
        return OK

    def set_day(self, day_mask, buf, offset, count, run_s):
        """See Programme.set_day(). Once one day is uploaded, the commit asks for all seven."""
        if not self._renew(run_s):
            return NOT_STAGED
        reason = self.staged.programme.set_day(day_mask, buf, offset, count)
        if reason == OK:
            self._days |= day_mask
        return self._taken(_DAYS, reason)

    def set_drug(self, name, concentration_ug_per_ml, hard_rate, soft_rate, hard_nl, soft_nl, run_s):
        if not self._renew(run_s):
            return NOT_STAGED
        drug = self.staged.drug
        reason = drug.set(name, concentration_ug_per_ml, hard_rate, soft_rate, hard_nl, soft_nl)
        return self._taken(_DRUG, reason)

    def set_patient_bolus(self, volume_nl, duration_s, lockout_s, per_day, run_s):
        if not self._renew(run_s):
            return NOT_STAGED
        return self._taken(_PATIENT, self.staged.patient.set(volume_nl, duration_s, lockout_s, per_day))

    def set_dose_limit(self, volume_nl, window_s, run_s):
        if not self._renew(run_s):
            return NOT_STAGED
        return self._taken(_DOSE, self.staged.dose.set(volume_nl, window_s))

    def confirm_soft_limit(self, run_s):
        """A person has seen that the staged values lie beyond a soft limit. Any later change asks again."""
        if not self._renew(run_s):
            return NOT_STAGED
        self._confirmed = True
        return OK

    def check(self, run_s):
        """Whether commit() would be accepted, as a reason."""
        confirmed = self._confirmed
        if not self._renew(run_s):
            return NOT_STAGED
        self._confirmed = confirmed
        if self._spoiled:
            return OUT_OF_RANGE
        if self._days != 0 and self._days != WHOLE_WEEK:
            return NOT_STAGED
        reason = self.staged.check()
        if reason == SOFT_LIMIT and self._confirmed:
            return OK
        return reason

    def commit(self, run_s):
        """Make the staged prescription the active one, or refuse with the reason and keep both."""
        reason = self.check(run_s)
        if reason != OK:
            return reason
        was_none = self.active.drug.concentration_ug_per_ml == 0
        self.drug_changed = not was_none and not self.staged.drug.is_same_as(self.active.drug)
        self.active.copy_from(self.staged)
        self._close()
        return OK

    def discard(self):
        """Drop the upload; NOT_STAGED when there is none."""
        if not self.is_open:
            return NOT_STAGED
        self._close()
        return OK

    def poll(self, run_s):
        """Judge idleness: is_idle from 5 min on; after more than 10 min the upload is dropped."""
        if not self.is_open:
            return
        idle_s = run_s - self._touched_s
        self.is_idle = idle_s >= _NOTICE_S
        if idle_s > _DISCARD_S:
            self._close()

    def _taken(self, piece, reason):
        if reason == OK:
            self._spoiled &= ~piece
        else:
            self._spoiled |= piece
        return reason

    def _renew(self, run_s):
        """False without an upload; else it is not idle any more, and a confirmation given before is void."""
        self.poll(run_s)
        self._touched_s = run_s
        self.is_idle = False
        self._confirmed = False
        return self.is_open

    def _close(self):
        self.is_open = False
        self.is_idle = False
        self._confirmed = False
        self._days = 0
