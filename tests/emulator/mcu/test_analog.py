"""The converter of the RP2040: four codes that are far too wide, the others a little too narrow."""

from collections import Counter

from emulator.mcu.analog import counts_of

CODES = Counter(counts_of(mv) for mv in range(3_301))


def test_a_higher_voltage_never_gives_a_lower_code():
    codes = [counts_of(mv) for mv in range(3_301)]
    assert codes == sorted(codes)
    assert (codes[0], codes[-1]) == (0, 4095)


def test_four_codes_take_the_place_of_nine():
    assert {code for code, width in CODES.items() if width > 4} == {
        512,
        1536,
        2560,
        3584,
    }


def test_no_code_is_further_off_than_the_published_eight_steps():
    assert max(abs(counts_of(mv) - mv * 4096 // 3300) for mv in range(3_300)) <= 8
