"""Active alarms as bytes for the journal: order and age outlive a power loss (ALM-02, INT-04).

offset 0   number of active alarms, n
then n times, oldest of the lowest priority first:
       +0  alarm number, bit 7 set while the cause is there, bit 6 when it was released
       +1  raised_s, 4 bytes, little endian
"""

from micropython import const

from firmware.core.alarm_catalogue import clearing
from firmware.core.alarm_rows import LAST_ALARM
from protocols.ids import NOTICE_ONLY, OK, OUT_OF_RANGE

_ENTRY = const(5)
_CAUSE = const(0x80)
_RELEASED = const(0x40)
_NUMBER = const(0x3F)
PACKED_MAX = 1 + _ENTRY * LAST_ALARM


def pack_alarms(manager, buffer, offset):
    """Write the active alarms from `offset` on; returns the number of bytes. Does not allocate."""
    buffer[offset] = manager.count
    at = offset + 1
    for place in range(manager.count - 1, -1, -1):
        number = manager.numbers[place]
        raised_s = manager.raised_s[number]
        buffer[at] = (
            number | (_CAUSE if manager.has_cause(number) else 0) | (_RELEASED if manager.is_released(number) else 0)
        )
        buffer[at + 1] = raised_s & 0xFF
        buffer[at + 2] = raised_s >> 8 & 0xFF
        buffer[at + 3] = raised_s >> 16 & 0xFF
        buffer[at + 4] = raised_s >> 24 & 0xFF
        at += _ENTRY
    return at - offset


def unpack_alarms(manager, buffer, offset):
    """Make the alarms active again that `pack_alarms` wrote. Boot only.

    Returns OK, or OUT_OF_RANGE for bytes that pack_alarms cannot have written; then nothing is restored.
    """
    if offset >= len(buffer):
        return OUT_OF_RANGE
    end = offset + 1 + _ENTRY * buffer[offset]
    if end > len(buffer):
        return OUT_OF_RANGE
    for at in range(offset + 1, end, _ENTRY):
        number = buffer[at] & _NUMBER
        if not 1 <= number <= LAST_ALARM or clearing(number) == NOTICE_ONLY or buffer[at + 4] > 0x3F:
            return OUT_OF_RANGE
    for at in range(offset + 1, end, _ENTRY):
        raised_s = buffer[at + 1] | buffer[at + 2] << 8 | buffer[at + 3] << 16 | buffer[at + 4] << 24
        manager.restore(buffer[at] & _NUMBER, raised_s, buffer[at] & _CAUSE, buffer[at] & _RELEASED)
    return OK
