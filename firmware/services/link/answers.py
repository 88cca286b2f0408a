"""The bodies of answers: status, alarms, log, configuration, programme, prescription.

`write` puts one at a place in a buffer and leaves its length in `length`. What is asked of the pump:
`snapshot`, `settings` and the result of `prescription_of(is_staged)` are objects with integer attributes
named as the fields; `alarms_read(buffer, at)` and `programme_read(day, buffer, at)` or
`programme_read_staged(day, buffer, at)` write packed items and return the bytes written;
`log_read(sequence, buffer, at)` copies one entry of log_ring.py and returns False when it is gone,
`log_oldest()` and `log_next()` are the first number that may be there and the first that is not yet;
`fault_ring()` is the ring of the faults, with `read`, `oldest` and `next_sequence`.
"""

from micropython import const

from protocols import ids, layouts
from protocols.frame import DECODED_PAYLOAD_AT
from protocols.payload import write_values

_RING_ENTRY_BYTES = const(24)
# An entry of the ring has three bytes of check after the code, the wire has not.
_RING_CODE_END = const(13)
_RING_ARGUMENTS = const(16)
_ARGUMENT_BYTES = const(8)
_FROM_SEQUENCE_BYTES = const(4)


class Answers:
    """`memory` is the RequestMemory, `link_counts` the LinkCounts of commands.py."""

    def __init__(self, pump, memory, link_counts):
        self.length = 0
        self._pump = pump
        self._memory = memory
        self._counts = link_counts
        self._entry = bytearray(_RING_ENTRY_BYTES)

    def write(self, frame, buffer, at):
        """Write the body for the request in `frame`; nothing when that request has none."""
        end = at
        request = frame.type
        if request == ids.MSG_STATUS:
            end = write_values(layouts.SNAPSHOT, buffer, at, self._pump.snapshot)
            end = write_values(layouts.LINK_COUNTS, buffer, end, self._counts)
            end = write_values(layouts.LAST_COMMAND, buffer, end, self._memory)
        elif request == ids.MSG_ALARMS:
            end = self._list(buffer, at, self._pump.alarms_read(buffer, at + 1), layouts.ALARM_ENTRY_BYTES)
        elif request == ids.MSG_LOG_READ:
            pump = self._pump
            end = self._entries(pump.log_oldest(), pump.log_next(), pump.log_read, frame.buffer, buffer, at)
        elif request == ids.MSG_FAULTS_READ:
            ring = self._pump.fault_ring()
            end = self._entries(ring.oldest(), ring.next_sequence, ring.read, frame.buffer, buffer, at)
        elif request == ids.MSG_CONFIG_READ:
            end = write_values(layouts.CONFIG, buffer, at, self._pump.settings)
        elif request == ids.MSG_PROGRAMME_READ:
            day = frame.buffer[DECODED_PAYLOAD_AT + 1]
            if frame.buffer[DECODED_PAYLOAD_AT]:
                written = self._pump.programme_read_staged(day, buffer, at + 1)
            else:
                written = self._pump.programme_read(day, buffer, at + 1)
            end = self._list(buffer, at, written, layouts.SEGMENT_BYTES)
        elif request == ids.MSG_PRESCRIPTION_READ:
            record = self._pump.prescription_of(frame.buffer[DECODED_PAYLOAD_AT])
            end = at + len(record.drug_name)
            buffer[at:end] = record.drug_name
            end = write_values(layouts.PRESCRIPTION, buffer, end, record)
        self.length = end - at

    def _list(self, buffer, at, written, item_bytes):
        buffer[at] = written // item_bytes
        return at + 1 + written

    def _entries(self, oldest, last, read, request, buffer, at):
        """The first entries from a sequence number on. What is gone is left out, but not looked for forever."""
        sequence = int.from_bytes(request[DECODED_PAYLOAD_AT : DECODED_PAYLOAD_AT + _FROM_SEQUENCE_BYTES], "little")
        limit = request[DECODED_PAYLOAD_AT + _FROM_SEQUENCE_BYTES]
        if sequence < oldest:
            sequence = oldest
        if last - sequence > ids.SPAN_OF_LOG_READ:
            last = sequence + ids.SPAN_OF_LOG_READ
        entry = self._entry
        count = 0
        end = at + 1
        while count < limit and sequence < last:
            sequence += 1
            if not read(sequence - 1, entry, 0):
                continue
            buffer[end : end + _RING_CODE_END] = entry[:_RING_CODE_END]
            arguments = end + _RING_CODE_END
            buffer[arguments : arguments + _ARGUMENT_BYTES] = entry[_RING_ARGUMENTS:]
            end += layouts.LOG_ENTRY_BYTES
            count += 1
        buffer[at] = count
        return end


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
