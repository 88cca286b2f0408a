"""The computed volume, its levels, and the refill as a transaction (RES-01, RES-03 to RES-07)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import core, ids
from tests.firmware.core.rig import ML

refill_module = core.refill


def filled(volume_nl=18 * ML, capacity_nl=20 * ML):
    reservoir = core.reservoir.Reservoir(capacity_nl)
    reservoir.refilled(volume_nl)
    return reservoir


def state(reservoir):
    buffer = bytearray(core.reservoir.PACKED_BYTES)
    reservoir.pack_into(buffer, 0)
    return bytes(buffer)


@pytest.mark.requirement("RES-01")
@given(st.lists(st.integers(-300, 5_000), max_size=100))
def test_the_volume_falls_by_what_was_displaced_and_survives_storage(displaced):
    reservoir, other = filled(), core.reservoir.Reservoir(20 * ML)
    for volume_nl in displaced:
        reservoir.draw(volume_nl)
    assert reservoir.volume_nl == 18 * ML - sum(displaced)
    assert other.unpack_from(state(reservoir), 0) == core.reservoir.PACKED_BYTES
    assert (other.volume_nl, other.drawn_nl) == (18 * ML - sum(displaced), sum(displaced))
    assert other.is_confirmed()


@pytest.mark.parametrize("is_filled", [False, True])
@pytest.mark.parametrize("has_other_drug", [False, True])
def test_what_is_confirmed_and_known_survives_storage_at_any_place(is_filled, has_other_drug):
    reservoir, other = core.reservoir.Reservoir(20 * ML), filled(3 * ML)
    if is_filled:
        reservoir.refilled(18 * ML)
    if has_other_drug:
        reservoir.drug_changed()
    size = core.reservoir.PACKED_BYTES
    buffer = bytearray(b"x" * (size + 10))
    assert reservoir.pack_into(buffer, 7) == 7 + size
    assert (bytes(buffer[:7]), bytes(buffer[7 + size :])) == (b"x" * 7, b"xxx")
    assert other.unpack_from(buffer, 7) == 7 + size
    assert (other.is_confirmed(), other.is_known()) == (is_filled and not has_other_drug, is_filled)


@pytest.mark.requirement("RES-03")
@pytest.mark.requirement("RES-04")
@pytest.mark.parametrize(
    ("volume_nl", "is_low", "is_empty"),
    [
        (2_000_001, False, False),
        (2_000_000, True, False),
        (500_001, True, False),
        (500_000, True, True),
        (-1, True, True),
    ],
)
def test_low_and_empty_at_their_levels(volume_nl, is_low, is_empty):
    reservoir = filled()
    reservoir.draw(18 * ML - volume_nl)
    assert (reservoir.is_low(), reservoir.is_empty()) == (is_low, is_empty)
    assert reservoir.room_nl() == max(0, volume_nl - 500_000)


@pytest.mark.requirement("RES-03")
@pytest.mark.parametrize(
    ("level_nl", "reason"),
    [(499_999, ids.OUT_OF_RANGE), (500_000, ids.OK), (8_000_000, ids.OK), (8_000_001, ids.OUT_OF_RANGE)],
)
def test_the_low_level_is_programmable_within_its_range(level_nl, reason):
    reservoir = filled()
    assert reservoir.set_low_level(level_nl) == reason
    assert reservoir.low_level_nl == (level_nl if reason == ids.OK else 2_000_000)


def test_before_any_refill_no_level_is_judged():
    reservoir = core.reservoir.Reservoir(20 * ML)
    assert not reservoir.is_low()
    assert not reservoir.is_empty()
    assert not reservoir.is_confirmed()


@pytest.mark.requirement("RES-05")
@given(st.lists(st.sampled_from(["begin", "withdrawn", "filled", "cancel"]), max_size=8))
def test_nothing_but_a_confirmation_changes_the_reservoir(steps):
    reservoir = filled()
    refill = refill_module.Refill(reservoir)
    before = state(reservoir)
    for step in steps:
        if step == "begin":
            refill.begin()
        elif step == "withdrawn":
            refill.withdrawn(3 * ML)
        elif step == "filled":
            refill.filled(17 * ML)
        else:
            refill.cancel()
        assert state(reservoir) == before
    complete = "".join(step[0] for step in steps).replace("c", " ").split(" ")[-1]
    expected = ids.OK if "b" in complete and "w" in complete.partition("b")[2] else ids.NO_REFILL
    if expected == ids.OK and "f" not in complete.partition("b")[2].partition("w")[2]:
        expected = ids.NO_REFILL
    assert refill.confirm() == expected
    assert (state(reservoir) != before) == (expected == ids.OK)


@pytest.mark.requirement("RES-05")
def test_a_confirmed_refill_counts_what_flowed_meanwhile_from_the_new_volume():
    reservoir = filled(5 * ML)
    refill = refill_module.Refill(reservoir)
    refill.begin()
    reservoir.draw(100_000)
    refill.withdrawn(4_900_000)
    reservoir.draw(50_000)
    refill.filled(18 * ML)
    reservoir.draw(7_000)
    assert refill.confirm() == ids.OK
    assert reservoir.volume_nl == 18 * ML - 7_000
    assert reservoir.drawn_nl == 7_000
    assert refill.mismatch_nl == 0
    assert not refill.is_open()


@pytest.mark.requirement("RES-05")
def test_one_refill_at_a_time():
    refill = refill_module.Refill(filled())
    assert refill.cancel() == ids.NO_REFILL
    assert refill.begin() == ids.OK
    assert refill.begin() == ids.BUSY
    assert refill.cancel() == ids.OK
    assert refill.begin() == ids.OK
    refill.withdrawn(3 * ML)
    refill.filled(17 * ML)
    refill.cancel()
    assert (refill.withdrawn_nl, refill.filled_nl, refill.mismatch_nl, refill.is_mismatch) == (0, 0, 0, False)


@pytest.mark.requirement("RES-07")
def test_a_fill_beyond_the_capacity_or_without_a_withdrawal_is_refused():
    reservoir = filled(5 * ML)
    refill = refill_module.Refill(reservoir)
    assert refill.filled(10 * ML) == ids.NO_REFILL
    refill.begin()
    assert refill.filled(10 * ML) == ids.NO_REFILL
    assert refill.withdrawn(20 * ML + 1) == ids.OUT_OF_RANGE
    assert refill.filled(10 * ML) == ids.NO_REFILL
    assert refill.withdrawn(5 * ML) == ids.OK
    assert refill.filled(20 * ML + 1) == ids.OUT_OF_RANGE
    assert refill.confirm() == ids.NO_REFILL
    assert refill.filled(20 * ML) == ids.OK
    assert refill.withdrawn(4 * ML) == ids.BUSY
    assert refill.confirm() == ids.OK
    assert reservoir.volume_nl == 20 * ML


@pytest.mark.requirement("RES-06")
@pytest.mark.parametrize(
    ("capacity_ml", "drawn_nl", "difference_nl", "is_mismatch"),
    [
        pytest.param(20, 3_999_999, 1_000_000, False, id="20 mL, at the absolute threshold"),
        pytest.param(20, 3_999_999, 1_000_001, True, id="20 mL, above it"),
        pytest.param(20, 3_999_999, -1_000_001, True, id="20 mL, below"),
        pytest.param(40, 3_999_999, 2_000_000, False, id="40 mL, at the absolute threshold"),
        pytest.param(40, 3_999_999, -2_000_001, True, id="40 mL, above it"),
        pytest.param(20, 3_999_999, 600_000, False, id="15 % of less than 4 mL"),
        pytest.param(20, 4_000_000, 580_000, False, id="14.5 % of 4 mL"),
        pytest.param(20, 4_000_000, 580_001, True, id="more than 14.5 % of 4 mL"),
        pytest.param(20, 4_000_000, -580_001, True, id="less by more than 14.5 %"),
        pytest.param(40, 13_000_199, 1_885_028, False, id="14.5 % of 13 mL"),
        pytest.param(40, 13_000_199, 1_885_029, True, id="more than 14.5 % of 13 mL"),
    ],
)
def test_a_mismatch_is_absolute_or_relative_to_what_was_delivered(capacity_ml, drawn_nl, difference_nl, is_mismatch):
    reservoir = filled(18 * ML, capacity_ml * ML)
    reservoir.draw(drawn_nl)
    refill = refill_module.Refill(reservoir)
    refill.begin()
    refill.withdrawn(reservoir.volume_nl + difference_nl)
    assert refill.mismatch_nl == difference_nl
    assert refill.is_mismatch is is_mismatch
    more_or_less = refill_module.HINT_MORE_LEFT if difference_nl > 0 else refill_module.HINT_LESS_LEFT
    assert refill.hint() == (more_or_less if is_mismatch else refill_module.HINT_NONE)


@pytest.mark.requirement("RES-06")
@pytest.mark.parametrize(
    ("withdrawn_nl", "hint"),
    [
        pytest.param(12 * ML, "HINT_MORE_LEFT", id="more left than computed"),
        pytest.param(8 * ML, "HINT_LESS_LEFT", id="less left than computed"),
        pytest.param(10 * ML, "HINT_NONE", id="as computed"),
    ],
)
def test_the_hint_follows_the_sign_of_the_mismatch(withdrawn_nl, hint):
    reservoir = core.reservoir.Reservoir(20 * ML)
    reservoir.refilled(10 * ML)
    refill = refill_module.Refill(reservoir)
    refill.begin()
    refill.withdrawn(withdrawn_nl)
    assert refill.hint() == getattr(refill_module, hint)


@pytest.mark.requirement("RES-06")
def test_the_first_refill_ever_has_nothing_to_compare_with():
    refill = refill_module.Refill(core.reservoir.Reservoir(20 * ML))
    refill.begin()
    refill.withdrawn(7 * ML)
    assert not refill.is_mismatch


@pytest.mark.requirement("THR-21")
def test_another_drug_demands_a_refill_and_still_compares_the_withdrawn_volume():
    reservoir = filled(10 * ML)
    reservoir.drug_changed()
    assert not reservoir.is_confirmed()
    refill = refill_module.Refill(reservoir)
    refill.begin()
    refill.withdrawn(8 * ML)
    assert refill.mismatch_nl == -2 * ML
    refill.filled(18 * ML)
    refill.confirm()
    assert reservoir.is_confirmed()
