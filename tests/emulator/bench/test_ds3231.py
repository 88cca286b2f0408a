"""The clock chip at register level."""

from datetime import datetime

import pytest

from emulator.bench import BenchConfig
from emulator.bench.ds3231 import CONTROL, STATUS, TEMPERATURE, Ds3231
from emulator.errors import NotModelled
from emulator.plant import PlantConfig

S = 1_000_000_000


def clock(start="2026-03-02 08:00:00", **more):
    return Ds3231(BenchConfig.ideal(start_clock=datetime.fromisoformat(start), **more))


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


@pytest.mark.parametrize(
    ("temperature_c", "expected"),
    [(37.0, b"\x25\x00"), (25.25, b"\x19\x40"), (0.0, b"\x00\x00"), (-0.25, b"\xff\xc0"), (-5.0, b"\xfb\x00")],
    ids=str,
)
def test_temperature_is_twos_complement_in_quarters_of_a_degree(temperature_c, expected):
    """Datasheet, "Temperature Registers (11h-12h)": 25.25 degC is its own example."""
    chip = Ds3231(BenchConfig.ideal(plant=PlantConfig.ideal(temperature_c=temperature_c)))
    assert registers(chip, TEMPERATURE, 2, 0) == expected


def test_a_conversion_that_was_asked_for_shows_as_busy_until_it_is_done():
    chip = clock()
    assert registers(chip, STATUS, 1, S)[0] & 0x04 == 0
    chip.write(bytes((CONTROL, 0x3C)), S)
    assert registers(chip, CONTROL, 2, S + 1)[0] & 0x20
    assert registers(chip, STATUS, 1, S + 1)[0] & 0x04
    assert registers(chip, STATUS, 1, 2 * S)[0] & 0x04 == 0
    assert registers(chip, CONTROL, 1, 2 * S)[0] & 0x20 == 0


@pytest.mark.parametrize(
    ("alarm", "fields", "comes_s"),
    [
        pytest.param(1, (0x30, 0x05, 0x08, 0x80), 330, id="first at 08:05:30"),
        pytest.param(1, (0x30, 0x80, 0x80, 0x80), 30, id="first at each half minute"),
        pytest.param(1, (0x00, 0x10, 0x80, 0x80), 600, id="first at each tenth minute"),
        pytest.param(2, (0x06, 0x08, 0x80), 360, id="second at 08:06"),
        pytest.param(2, (0x00, 0x09, 0x42), 25 * 3600, id="second on a Tuesday"),
        pytest.param(2, (0x00, 0x00, 0x05), 64 * 3600, id="second on the fifth"),
    ],
)
def test_an_alarm_sets_its_flag_when_it_comes_and_the_flag_stays_until_it_is_cleared(alarm, fields, comes_s):
    """Monday 2026-03-02 08:00:00; datasheet, table 2 "Alarm Mask Bits"."""
    chip = clock()
    chip.write(bytes((STATUS, 0x00)), 0)
    chip.write(bytes((0x07 if alarm == 1 else 0x0B, *fields)), 0)
    flag = 1 << alarm - 1
    assert registers(chip, STATUS, 1, comes_s * S - S // 2)[0] & flag == 0
    assert registers(chip, STATUS, 1, comes_s * S)[0] & flag
    chip.write(bytes((STATUS, 0x00)), comes_s * S + S // 2)
    assert registers(chip, STATUS, 1, comes_s * S + S // 2)[0] & flag == 0
