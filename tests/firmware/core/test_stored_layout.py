"""The stored bytes of the records: a pump of today reads what one of yesterday wrote (INT-04)."""

import pytest

from tests.firmware.core.core_modules import core
from tests.firmware.core.rig import ML, Rig

THERAPY = bytes.fromhex(
    "d12f0100 e7030000 1f000000 29000000"  # pump life, total of the dose window, priming, priming outside the limit
    "12790600 330d"  # demand in pL and parts
    "88130000 99130000 c4090000"  # bridge: volume, left, rate
    "01 eb030000 3d000000 0bee0000 00000000 00000000"  # patient bolus: kind, volume, duration, rest, shortfall, carry
    "02 41e20100 d1030000 91d60e00 b3ffffff 84020000"  # clinician bolus
)
RESERVOIR = bytes.fromhex("47781201 39300000 3412 03")  # volume, drawn, drug, confirmed and known


def new_therapy():
    return Rig.simple(0).therapy


def therapy():
    therapy = new_therapy()
    therapy.boluses.other.begin(2, 123_457, 977)
    therapy.boluses.other.pass_ms(4_567)
    therapy.boluses.other.count_pl(-77)
    therapy.boluses.patient.begin(1, 1_003, 61)
    therapy.boluses.patient.pass_ms(61)
    therapy.bridge.begin(5_000, 17, 2_500)
    therapy.dosing.accrue(1_234_567, 1_237)
    therapy.window.book(999, 77_770)
    therapy.run_s, therapy.priming_nl, therapy.priming_free_nl = 77_777, 31, 41
    return therapy


def new_reservoir():
    return core.reservoir.Reservoir(20 * ML)


def reservoir():
    reservoir = new_reservoir()
    reservoir.refilled(18 * ML)
    reservoir.drug_identity = 0x1234
    reservoir.draw(12_345)
    return reservoir


@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize(
    ("record", "other", "stored"),
    [
        pytest.param(therapy, new_therapy, THERAPY, id="the state of a therapy"),
        pytest.param(reservoir, new_reservoir, RESERVOIR, id="the reservoir"),
    ],
)
def test_a_record_is_stored_in_these_bytes_and_read_back_whole(record, other, stored):
    buffer = bytearray(len(stored))
    assert record().pack_into(buffer, 0) == len(stored)
    assert buffer == stored

    again = other()
    assert again.unpack_from(stored, 0) == len(stored)
    names = again.FIELDS
    assert [getattr(again, name) for name in names] == [getattr(filled(record), name) for name in names]


def filled(record):
    """Packing notes the total of the dose window, which a therapy keeps elsewhere."""
    made = record()
    made.pack_into(bytearray(200), 0)
    return made


@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize("part", ["dosing", "bridge"])
def test_a_signature_written_out_covers_every_field(part):
    record = getattr(therapy(), part)
    before = record.signature()
    for name in record.FIELDS:
        setattr(record, name, getattr(record, name) ^ 1)
        assert record.signature() == before ^ 1, name
        setattr(record, name, getattr(record, name) ^ 1)
