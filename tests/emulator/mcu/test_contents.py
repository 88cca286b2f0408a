"""What is known of a chip is what littlefs would read from it, after whatever has happened to the chip."""

from __future__ import annotations

import pytest

from emulator.errors import DeviceOSError
from emulator.faults.memory import WornCells
from emulator.mcu import Flash, FlashImage
from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import HostAccess

LONG = bytes(range(256)) * 20  # in a block of its own, so that one flipped bit changes nothing else


class CountedReads(HostAccess):
    def __init__(self, flash: Flash) -> None:
        super().__init__(flash)
        self.count = 0
        self.read = self._counted

    def _counted(self, *arguments):
        self.count += 1
        return self._flash.answer(*arguments)


@pytest.fixture
def flash() -> Flash:
    return Flash(image=FlashImage.build({"/folder/long": LONG, "/other": b"other"}))


def mounted(flash: Flash) -> tuple[Filesystem, CountedReads]:
    access = CountedReads(flash)
    files = Filesystem(access, flash.blocks, flash.block_size)
    files.mount()
    return files, access


def test_a_file_is_read_from_the_chip_once_and_for_all_chips_of_one_image(flash):
    files, access = mounted(flash)
    assert files.read_file("/folder/long") == LONG and files.is_folder("/folder") and not files.is_file("/folder/no")
    access.count = 0
    with_handle = files.open("/folder/long", "r")
    assert with_handle.read(300) == LONG[:300] and with_handle.seek(-10, 2) == len(LONG) - 10
    assert with_handle.read(99) == LONG[-10:] and with_handle.tell() == with_handle.size() == len(LONG)
    assert files.read_file("folder/long") == LONG and files.is_folder("folder") and not files.is_file("/folder/no")
    assert access.count == 0
    other, its_access = mounted(Flash(image=flash.image))
    its_access.count = 0
    assert other.read_file("/folder/long") == LONG and its_access.count == 0


def test_a_flipped_bit_is_seen_by_a_file_that_is_open(flash):
    files, _access = mounted(flash)
    files.read_file("/folder/long")
    file = files.open("/folder/long", "r")
    file.read(5_000)
    place = flash.image.rindex(LONG[4_500:])
    flash.flip_bit((place + 550) // flash.block_size, (place + 550) % flash.block_size, 0)
    assert file.read(999) == LONG[5_000:5_050] + bytes([LONG[5_050] ^ 1]) + LONG[5_051:]
    assert files.read_file("/folder/long") != LONG


def test_what_is_written_is_known_no_more(flash):
    files, _access = mounted(flash)
    for path in ("/folder/long", "/other"):
        files.read_file(path)
    assert not files.is_file("/new") and files.is_file("/other")
    files.write_file("/folder/long", b"short")
    files.write_file("/new", b"new")
    files.rename("/other", "/folder/moved")
    assert (files.read_file("/folder/long"), files.read_file("/new")) == (b"short", b"new")
    assert files.is_file("/new") and files.is_file("/folder/moved") and not files.is_file("/other")
    files.remove("/folder/moved")
    with pytest.raises(DeviceOSError):
        files.read_file("/folder/moved")
    untouched = Flash(image=FlashImage.build({"/folder/long": LONG, "/other": b"other"}))
    assert mounted(untouched)[0].read_file("/folder/long") == LONG


def test_a_file_that_is_open_stays_readable_when_it_is_removed(flash):
    """As littlefs has it: a handle outlives the name."""
    files, _access = mounted(flash)
    files.read_file("/folder/long")
    file = files.open("/folder/long", "r")
    file.read(100)
    files.remove("/folder/long")
    assert file.read(100) == LONG[100:200]


def test_cells_that_refuse_a_write_are_looked_at(flash):
    files, access = mounted(flash)
    files.read_file("/folder/long")
    flash.program = WornCells(flash, None).program
    with pytest.raises(DeviceOSError):
        files.write_file("/new", b"new")
    access.count = 0
    assert files.read_file("/folder/long") == LONG
    assert access.count > 0


@pytest.mark.parametrize("where", ["before", "inside", "garbled", "after"])
def test_after_a_power_cut_in_an_operation_all_is_read_anew(make_device, where):
    device = make_device("import os, other\nopen('/b', 'w').write('x')", files={"/other.py": ""}, is_on=False)
    device.flash.cut_at(0, where)
    device.power_on()
    device.run_ms(5_000)
    assert not device.is_powered
    assert device.flash.contents.files == {} and device.flash.contents.folders == {}
