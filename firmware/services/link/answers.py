"""The bodies of answers: status, alarms, log, configuration, programme, prescription.

`write` puts one at a place in a buffer and leaves its length in `length`.
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
    """`status.refresh()` and `prescriptions.prescription_of(is_staged)` return objects with integer attributes named
    as the fields of the wire, and `settings` is one. `alarms.alarms_read(buffer, at)`,
    `prescriptions.programme_read(day, buffer, at)` and `programme_read_staged` write packed items and return the
    bytes written. `log` is the EventLog, `memory` the RequestMemory, `link_counts` the LinkCounts of commands.py.
    """

    def __init__(self, status, settings, alarms, prescriptions, log, memory, link_counts):
        self.length = 0
        self._status = status
        self._settings = settings
        self._alarms = alarms
        self._prescriptions = prescriptions
        self._log = log
        self._memory = memory
        self._counts = link_counts
        self._entry = bytearray(_RING_ENTRY_BYTES)

    def write(self, frame, buffer, at):
        """Write the body for the request in `frame`; nothing when that request has none."""
        end = at
        request = frame.type
        if request == ids.MSG_STATUS:
            end = write_values(layouts.SNAPSHOT, buffer, at, self._status.refresh())
            end = write_values(layouts.LINK_COUNTS, buffer, end, self._counts)
            end = write_values(layouts.LAST_COMMAND, buffer, end, self._memory)
        elif request == ids.MSG_ALARMS:
            end = self._list(buffer, at, self._alarms.alarms_read(buffer, at + 1), layouts.ALARM_ENTRY_BYTES)
        elif request == ids.MSG_LOG_READ:
            log = self._log
            end = self._entries(log.oldest(), log.next_sequence, log.read, frame.buffer, buffer, at)
        elif request == ids.MSG_FAULTS_READ:
            log = self._log
            end = self._entries(log.oldest_fault(), log.next_fault(), log.read_fault, frame.buffer, buffer, at)
        elif request == ids.MSG_CONFIG_READ:
            end = write_values(layouts.CONFIG, buffer, at, self._settings)
        elif request == ids.MSG_PROGRAMME_READ:
            day = frame.buffer[DECODED_PAYLOAD_AT + 1]
            if frame.buffer[DECODED_PAYLOAD_AT]:
                written = self._prescriptions.programme_read_staged(day, buffer, at + 1)
            else:
                written = self._prescriptions.programme_read(day, buffer, at + 1)
            end = self._list(buffer, at, written, layouts.SEGMENT_BYTES)
        elif request == ids.MSG_PRESCRIPTION_READ:
            record = self._prescriptions.prescription_of(frame.buffer[DECODED_PAYLOAD_AT])
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
