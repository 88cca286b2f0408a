"""Everything that a clinician decides about a therapy, committed as one thing (THR-07, THR-21)."""

from micropython import const

from firmware.core.drug import PACKED_BYTES as DRUG_BYTES
from firmware.core.drug import Drug
from firmware.core.programme import PACKED_BYTES as PROGRAMME_BYTES
from firmware.core.programme import Programme
from firmware.core.settings import DOSE_BYTES, PATIENT_BYTES, DoseLimit, PatientBolus
from protocols.ids import NOT_STAGED, OK, OUT_OF_RANGE, SOFT_LIMIT

# Bits of soft_fields: what lies beyond a soft limit and therefore shows in every status.
SOFT_BASAL = const(1)
SOFT_PATIENT_BOLUS = const(2)
SOFT_CLINICIAN_BOLUS = const(4)

PACKED_BYTES = DRUG_BYTES + PATIENT_BYTES + DOSE_BYTES + PROGRAMME_BYTES  # the most that pack_into() writes


class Prescription:
    def __init__(self):
        self.drug = Drug()
        self.programme = Programme()
        self.patient = PatientBolus()
        self.dose = DoseLimit()

    def check(self):
        """NOT_STAGED without a rate for every day, OUT_OF_RANGE beyond a hard limit, SOFT_LIMIT, OK."""
        if not self.programme.is_complete():
            return NOT_STAGED
        rate_reason = self.drug.rate_reason(self.programme.highest_rate_nl_per_h())
        bolus_reason = self.drug.bolus_reason(self.patient.volume_nl)
        if rate_reason == OUT_OF_RANGE or bolus_reason == OUT_OF_RANGE:
            return OUT_OF_RANGE
        if rate_reason == SOFT_LIMIT or bolus_reason == SOFT_LIMIT:
            return SOFT_LIMIT
        return OK

    def soft_fields(self):
        """The SOFT_ bits of what lies beyond a soft limit now."""
        fields = 0
        if self.drug.rate_reason(self.programme.highest_rate_nl_per_h()) != OK:
            fields = SOFT_BASAL
        if self.drug.bolus_reason(self.patient.volume_nl) != OK:
            fields |= SOFT_PATIENT_BOLUS
        return fields

    def copy_from(self, other):
        self.drug.copy_from(other.drug)
        self.programme.copy_from(other.programme)
        self.patient.copy_from(other.patient)
        self.dose.copy_from(other.dose)

    def crc(self):
        """CRC-16 over all four parts."""
        return self.dose.crc(self.patient.crc(self.drug.crc(self.programme.crc())))

    def signature(self):
        """A number that any single flipped bit changes (INT-08)."""
        bits = self.drug.signature() ^ self.programme.signature()
        return bits ^ self.dose.signature() ^ self.patient.signature()

    def pack_into(self, buf, offset):
        offset = self.drug.pack_into(buf, offset)
        offset = self.patient.pack_into(buf, offset)
        offset = self.dose.pack_into(buf, offset)
        return self.programme.pack_into(buf, offset)

    def unpack_from(self, buf, offset):
        """Boot only. ValueError when the bytes are no prescription."""
        offset = self.drug.unpack_from(buf, offset)
        offset = self.patient.unpack_from(buf, offset)
        offset = self.dose.unpack_from(buf, offset)
        return self.programme.unpack_from(buf, offset)
