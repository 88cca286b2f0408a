"""Power-on self-test (INT-01): before any motion, in order; the first failure names its item and ends it."""

from micropython import const

ITEM_SETTINGS = const(1)
ITEM_RAM = const(2)
ITEM_JOURNAL = const(3)
ITEM_ROTOR = const(4)
ITEM_RTC = const(5)
ITEM_SUPPLY = const(6)
ITEM_BUTTON = const(7)
ITEM_WATCHDOG = const(8)
# Not tested at power-on, found while the pump runs, and logged like the others:
ITEM_DRIVER = const(9)  # the driver made steps that it was not told
ITEM_ENABLE = const(10)  # the rotor turned although the enable line was withdrawn: no second cut-off

ITEM_NAMES = (
    "",
    "SETTINGS",
    "RAM",
    "JOURNAL",
    "ROTOR",
    "RTC",
    "SUPPLY",
    "BUTTON",
    "WATCHDOG",
    "DRIVER",
    "ENABLE",
)

_PATTERN_BYTES = const(256)
_READINGS = const(3)
# The Pico runs from 1.8 to 5.5 V; the divider is scaled back in drivers/supply.py.
_SUPPLY_LEAST_MV = const(1_700)
_SUPPLY_MOST_MV = const(6_000)


class SelfTest:
    """`run` returns 0, or the ITEM_ number of the first failure. Takes some milliseconds."""

    def __init__(self, board, settings):
        self._board = board
        self._settings = settings

    def run(self, is_journal_damaged, is_watchdog_loop):
        """`is_journal_damaged`: nothing whole was found where something had been.
        `is_watchdog_loop`: the third watchdog restart in ten minutes (INT-03)."""
        if self._settings.problem is not None:
            return ITEM_SETTINGS
        if not self._ram_holds():
            return ITEM_RAM
        if is_journal_damaged:
            return ITEM_JOURNAL
        if not self._rotor_answers():
            return ITEM_ROTOR
        if not self._rtc_answers():
            return ITEM_RTC
        if not _SUPPLY_LEAST_MV <= self._board.supply.read_mv() <= _SUPPLY_MOST_MV:
            return ITEM_SUPPLY
        if self._board.patient_button.is_down():
            return ITEM_BUTTON
        if is_watchdog_loop:
            return ITEM_WATCHDOG
        return 0

    def _ram_holds(self):
        block = bytearray(_PATTERN_BYTES)
        for pattern in (0x55, 0xAA):
            for index in range(_PATTERN_BYTES):
                block[index] = pattern ^ (index & 0xFF)
            for index in range(_PATTERN_BYTES):
                if block[index] != pattern ^ (index & 0xFF):
                    return False
        return True

    def _rotor_answers(self):
        for _ in range(_READINGS):
            if self._board.rotor.counts() >= 0:
                return True
            self._board.bus.recover()
        return False

    def _rtc_answers(self):
        for _ in range(_READINGS):
            if self._board.rtc.epoch_s() != self._board.rtc.NO_ANSWER:
                return True
            self._board.bus.recover()
        return False
