"""Power-on self-test (INT-01): before any motion, in order; the first failure names its item and ends it."""

from micropython import const

from protocols import ids

MANIFEST = "/manifest.json"
CONFIGURATION = "/config.json"

_PATTERN_BYTES = const(256)
_READINGS = const(3)
# The Pico runs from 1.8 to 5.5 V; the divider is scaled back in drivers/supply.py.
_SUPPLY_LEAST_MV = const(1_700)
_SUPPLY_MOST_MV = const(6_000)
_BUZZER_HZ = const(440)
_BUZZER_MS = const(60)


class SelfTest:
    """`run` returns 0, or the ids.ITEM_ number of the first failure, with `detail` for the log. Takes 0.3 s.

    `is_image_unchecked`, `is_configuration_unchecked`: there was nothing to check them against. Figures that
    nothing checks must be those that the therapy ran with.
    """

    def __init__(self, store, rotor_sensor, rtc, bus, supply, patient_button, annunciator, waiter, settings):
        self._store = store
        self._rotor = rotor_sensor
        self._rtc = rtc
        self._bus = bus
        self._supply = supply
        self._patient_button = patient_button
        self._annunciator = annunciator
        self._waiter = waiter
        self._settings = settings
        self.image = store.image(MANIFEST)
        self.detail = 0
        self.is_image_unchecked = False
        self.is_configuration_unchecked = False
        self.is_layout_unknown = False  # the state is of another firmware, see head_state.py
        self.settings_differ = False  # the state was written with other figures, see journal.py

    def run(self, is_journal_lost, is_watchdog_loop, is_memory_good):
        """`is_journal_lost`: nothing whole was found where something had been.
        `is_watchdog_loop`: the third watchdog restart in ten minutes (INT-03).
        `is_memory_good`: no critical variable was found changed since power-on (INT-02)."""
        self.detail = 0
        self._annunciator.tone(_BUZZER_HZ)  # for a person to hear: the pump itself cannot tell whether it sounds
        item = self._first_failure(is_journal_lost, is_watchdog_loop, is_memory_good)
        if not self.image.is_listed:
            self._waiter.wait(_BUZZER_MS)  # to check an image takes longer
        self._annunciator.tone(0)
        return item

    def _first_failure(self, is_journal_lost, is_watchdog_loop, is_memory_good):
        item = self._test_image()
        if item:
            return item
        if self._settings.problem is not None:
            return ids.ITEM_SETTINGS
        if not self._ram_holds():
            return ids.ITEM_RAM
        if not is_memory_good:
            return ids.ITEM_MEMORY
        if self._store.is_dead:
            return ids.ITEM_FLASH
        if self.is_layout_unknown:
            return ids.ITEM_LAYOUT
        if is_journal_lost:
            return ids.ITEM_JOURNAL
        if not self._rotor_answers():
            return ids.ITEM_ROTOR
        if not self._rtc_answers():
            return ids.ITEM_RTC
        if not _SUPPLY_LEAST_MV <= self._supply.read_mv() <= _SUPPLY_MOST_MV:
            return ids.ITEM_SUPPLY
        if self._patient_button.is_down():
            return ids.ITEM_BUTTON
        if is_watchdog_loop:
            return ids.ITEM_WATCHDOG
        return 0

    def try_flash_again(self):
        """A person has looked after the pump, whose flash may take writes again."""
        self._store.try_again()

    def _test_image(self):
        """ITEM_IMAGE or ITEM_SETTINGS, by the first file that is not as it was written; 0."""
        image = self.image
        if not image.load():
            return ids.ITEM_IMAGE
        self.is_image_unchecked = not image.is_listed
        self.is_configuration_unchecked = self._settings.is_stored and not image.lists(CONFIGURATION)
        place = image.first_spoilt()
        if place < image.count:
            self.detail = place + 1
            return ids.ITEM_SETTINGS if image.is_at(place, CONFIGURATION) else ids.ITEM_IMAGE
        if self.settings_differ and not image.lists(CONFIGURATION):
            return ids.ITEM_SETTINGS
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
            if self._rotor.counts() >= 0:
                return True
            self._bus.recover()
        return False

    def _rtc_answers(self):
        for _ in range(_READINGS):
            if self._rtc.epoch_s() != self._rtc.NO_ANSWER:
                return True
            self._bus.recover()
        return False
