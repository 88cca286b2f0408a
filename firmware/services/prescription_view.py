"""A prescription as one plain object with the field names of the wire, for reading back."""


class PrescriptionView:
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
