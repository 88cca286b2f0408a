"""Watchdog restarts in a flash write: a hang is gone on from, a flash that is dead is left alone."""

from __future__ import annotations

import os
from typing import Any

import pytest

from emulator.mcu.loader import ImageLoader, plain_modules
from emulator.mcu.source_edits import read_source
from tests.conftest import REPOSITORY


def store_class() -> Any:
    """Store of firmware/drivers/store.py, with CPython's os."""
    loader = ImageLoader(
        lambda path: read_source(REPOSITORY, path.lstrip("/")) if (REPOSITORY / path.lstrip("/")).is_file() else None,
        lambda path: (REPOSITORY / path.lstrip("/")).is_dir(),
    )
    loader.use_built_in({**plain_modules(), "os": os})
    return loader.import_module("firmware.drivers.store", fromlist=("*",)).Store


Store = store_class()


class ClockChip:
    """Keeps the mark over restarts, as the register of the DS3231 does."""

    def __init__(self) -> None:
        self.mark = 0

    def note_writing(self, mark: int) -> bool:
        self.mark = mark
        return True

    def last_writing(self) -> int:
        return self.mark


def hung_in_a_write(clock_chip: ClockChip, *, is_watchdog_restart: bool) -> Any:
    """A start of the pump whose next write has no end."""
    store = Store(clock_chip, is_watchdog_restart)
    store.begin()
    return store


@pytest.mark.requirement("INT-03")
def test_after_one_hang_in_a_write_the_pump_writes_on():
    clock_chip = ClockChip()
    hung_in_a_write(clock_chip, is_watchdog_restart=False)
    store = Store(clock_chip, True)
    assert not store.is_dead
    store.begin()
    store.end()
    assert clock_chip.mark == 0


@pytest.mark.requirement("INT-01", "INT-04")
def test_a_flash_in_which_the_watchdog_bites_twice_in_a_row_takes_no_more_writes():
    clock_chip = ClockChip()
    hung_in_a_write(clock_chip, is_watchdog_restart=False)
    hung_in_a_write(clock_chip, is_watchdog_restart=True)
    store = Store(clock_chip, True)
    assert store.is_dead
    with pytest.raises(OSError):
        store.begin()


@pytest.mark.requirement("INT-03")
def test_two_hangs_with_a_good_write_between_them_are_two_first_ones():
    clock_chip = ClockChip()
    hung_in_a_write(clock_chip, is_watchdog_restart=False)
    store = Store(clock_chip, True)
    store.begin()
    store.end()
    store.begin()
    assert not Store(clock_chip, True).is_dead


@pytest.mark.requirement("INT-04")
def test_a_power_cut_in_a_write_says_nothing_about_the_flash():
    clock_chip = ClockChip()
    for _ in range(3):
        hung_in_a_write(clock_chip, is_watchdog_restart=False)
    assert not Store(clock_chip, False).is_dead
