"""Requests that stage, commit and read a prescription. Each ends with a reason number (THR-07, THR-11)."""

from firmware.core import delivery
from protocols import ids


class PrescriptionView:
    """A prescription as one plain object with the field names of the wire, for reading back."""

    def __init__(self):
        self.drug_name = b""
        self.concentration_ug_per_ml = 0
        self.hard_rate_nl_per_h = 0
        self.soft_rate_nl_per_h = 0
        self.hard_bolus_nl = 0
        self.soft_bolus_nl = 0
        self.drug_flags = 0
        self.patient_bolus_nl = 0
        self.patient_bolus_s = 0
        self.patient_lockout_s = 0
        self.patient_per_day = 0
        self.dose_limit_nl = 0
        self.dose_window_s = 0

    def show(self, prescription):
        drug = prescription.drug
        self.drug_name = bytes(drug.name)
        self.concentration_ug_per_ml = drug.concentration_ug_per_ml
        self.hard_rate_nl_per_h = drug.hard_rate_nl_per_h
        self.soft_rate_nl_per_h = drug.soft_rate_nl_per_h
        self.hard_bolus_nl = drug.hard_bolus_nl
        self.soft_bolus_nl = drug.soft_bolus_nl
        patient = prescription.patient
        self.patient_bolus_nl = patient.volume_nl
        self.patient_bolus_s = patient.duration_s
        self.patient_lockout_s = patient.lockout_s
        self.patient_per_day = patient.per_day
        self.dose_limit_nl = prescription.dose.volume_nl
        self.dose_window_s = prescription.dose.window_s
        return self


class PrescriptionRequests:
    """`programme_read` and `programme_read_staged` write packed segments and return the bytes written."""

    def __init__(
        self,
        guard,
        stager,
        prescription,
        therapy,
        reservoir,
        journal,
        periodic_test,
        infusion,
        mode,
        log,
        clock,
        foresight,
    ):
        self._guard = guard
        self._stager = stager
        self._prescription = prescription
        self._therapy = therapy
        self._reservoir = reservoir
        self._journal = journal
        self._periodic_test = periodic_test
        self._infusion = infusion
        self._mode = mode
        self._log = log
        self._clock = clock
        self._foresight = foresight
        self._view = PrescriptionView()

    def programme_begin(self):
        return self._stager.begin(self._clock.run_s)

    def programme_day(self, day_mask, count, buffer, at):
        return self._stager.set_day(day_mask, buffer, at, count, self._clock.run_s)

    def stage_drug(self, name, concentration, hard_rate, soft_rate, hard_bolus_nl, soft_bolus_nl, _flags):
        return self._stager.set_drug(
            name, concentration, hard_rate, soft_rate, hard_bolus_nl, soft_bolus_nl, self._clock.run_s
        )

    def stage_patient_bolus(self, volume_nl, duration_s, lockout_s, per_day):
        return self._stager.set_patient_bolus(volume_nl, duration_s, lockout_s, per_day, self._clock.run_s)

    def stage_dose_limit(self, volume_nl, window_s):
        return self._stager.set_dose_limit(volume_nl, window_s, self._clock.run_s)

    def confirm_soft_limit(self):
        if self._stager.is_open:
            return self._stager.confirm_soft_limit(self._clock.run_s)
        return self._therapy.confirm_soft_limit()

    def programme_commit(self):
        stager = self._stager
        clock = self._clock
        prescription = self._prescription
        reason = stager.check(clock.run_s)
        if reason != ids.OK:
            return reason
        if self._therapy.bridge.left_nl and not stager.staged.drug.is_same_as(prescription.drug):
            return ids.BOLUS_ACTIVE  # a third drug would follow the second into a catheter that holds the first
        if not (self._periodic_test.finds_figures_good() and self._journal.save_prescription(stager.staged)):
            return ids.BUSY
        stager.commit(clock.run_s)
        self._guard.prescribed()
        self._periodic_test.renew()
        self._therapy.advance(clock.now_ms(), clock.run_s)
        self._therapy.prescription_changed()
        self._infusion.replan(clock.now_ms())
        self._log.add(ids.LOG_PROGRAMME_COMMITTED, prescription.crc(), prescription.programme.segment_count())
        if prescription.soft_fields():
            self._log.add(ids.LOG_SOFT_LIMIT, prescription.soft_fields(), 0)
        if stager.drug_changed:
            self._reservoir.drug_changed()
            self._mode.post(delivery.PRESCRIPTION_CHANGED)
        else:
            self._reservoir.drug_identity = prescription.drug.identity()
        self._foresight.changed()
        return ids.OK

    def programme_discard(self):
        return self._stager.discard()

    def programme_read(self, day, buffer, at):
        return self._prescription.programme.pack_day_into(day, buffer, at) - at

    def programme_read_staged(self, day, buffer, at):
        return self._stager.staged.programme.pack_day_into(day, buffer, at) - at

    def prescription_of(self, is_staged):
        """One PrescriptionView, the same object each time."""
        return self._view.show(self._stager.staged if is_staged else self._prescription)
