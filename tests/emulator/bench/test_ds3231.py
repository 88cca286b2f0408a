"""The clock chip at register level."""

from datetime import datetime

import pytest

from emulator.bench import BenchConfig
from emulator.bench.ds3231 import Ds3231
from emulator.errors import NotModelled

S = 1_000_000_000


def clock(start="2026-03-02 08:00:00", **more):
    return Ds3231(BenchConfig(start_clock=datetime.fromisoformat(start), **more))


def registers(chip, register, count, t_ns):
    chip.write(bytes((register,)), t_ns)
    return chip.read(count, t_ns)


@pytest.mark.parametrize(
    ("start", "after_s", "shown"),
    [
        ("2026-03-02 08:00:00", 0, "2026-03-02 08:00:00"),
        ("2026-03-02 23:59:59", 1, "2026-03-03 00:00:00"),
        ("2028-02-28 23:59:59", 1, "2028-02-29 00:00:00"),
        ("2026-12-31 23:59:00", 60, "2027-01-01 00:00:00"),
    ],
    ids=["the start", "midnight", "a leap day", "a new year"],
)
def test_time_is_bcd_in_the_datasheet_order(start, after_s, shown):
    data = registers(clock(start), 0, 7, after_s * S)
    second, minute, hour, weekday, day, month, year = (f"{byte:02x}" for byte in data)
    assert f"20{year}-{month}-{day} {hour}:{minute}:{second}" == shown
    assert int(weekday) == datetime.fromisoformat(shown).isoweekday()


def test_a_fraction_of_a_second_does_not_show():
    assert registers(clock(), 0, 1, 2 * S - 1) == b"\x01"


def test_setting_the_time_starts_the_second_anew():
    chip = clock()
    chip.write(bytes((0, 0x30, 0x59, 0x23, 5, 0x31, 0x12, 0x29)), S // 2)
    assert registers(chip, 0, 1, S + S // 2 - 1) == b"\x30"
    assert registers(chip, 0, 7, S // 2 + 30 * S) == bytes((0, 0, 0, 6, 1, 1, 0x30))
    assert chip.error_s(40 * S) == 0.0


def test_a_lost_clock_says_so_until_software_clears_it():
    chip = clock(is_clock_set=False)
    assert registers(chip, 0x0F, 1, 0)[0] & 0x80
    assert registers(chip, 0, 7, 0) == bytes((0, 0, 0, 6, 1, 1, 0))
    chip.write(bytes((0x0F, 0x08)), 0)
    assert not chip.is_osf_set
    chip.write(bytes((0x0F, 0x88)), 0)
    assert not chip.is_osf_set  # software can clear the flag, not set it


def test_drift_adds_up():
    chip = clock(clock_drift_ppm=2.0)
    assert chip.error_s(86_400 * S) == pytest.approx(0.1728)


def test_the_temperature_cannot_be_written():
    chip = clock()
    chip.write(bytes((0x11, 99)), 0)
    assert registers(chip, 0x11, 1, 0)[0] == 37


def test_twelve_hour_mode_is_not_modelled():
    with pytest.raises(NotModelled):
        clock().write(bytes((0, 0, 0, 0x52, 1, 1, 1, 0x26)), 0)
