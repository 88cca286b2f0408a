"""CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) by nibbles: small integers, a table of 16 words."""

START = 0xFFFF

_TABLE = (
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
)  # fmt: skip


def crc_byte(crc, value):
    """Continue crc with one byte, 0..255."""
    crc = ((crc & 0x0FFF) << 4) ^ _TABLE[(crc >> 12) ^ (value >> 4)]
    return ((crc & 0x0FFF) << 4) ^ _TABLE[(crc >> 12) ^ (value & 15)]


def crc_word(crc, value):
    """Continue crc with a number 0 .. 2**30 - 1 as four bytes, low byte first."""
    crc = crc_byte(crc, value & 255)
    crc = crc_byte(crc, (value >> 8) & 255)
    crc = crc_byte(crc, (value >> 16) & 255)
    return crc_byte(crc, value >> 24)
