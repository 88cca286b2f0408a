"""A pump with a history that is switched off, its stored state damaged, and what it does when it comes back.

Every trial runs in a forked copy of the process, so that the history is lived once. It ends with a verdict
and complaints. A pump that comes back is allowed two things: the therapy that it had, with a log entry
where a copy was passed over, or FAULT with SYSTEM_FAULT and a rotor that stands (INT-08).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.bench.config import BenchConfig
from emulator.mcu import Flash
from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import HostAccess
from emulator.plant.config import PlantConfig
from protocols import ids
from tests.power_cuts.copies import Outcome, in_a_copy
from tests.pump.pump_rig import EVERY_DAY, READING_NL, STROKE_NL, PumpRig

FIRST_BASAL_NL_PER_H = 90_000
BASAL_NL_PER_H = 60_000
LOCKOUT_S = 14_400
LIMIT_NL = 3_000_000
RECORDS = tuple(f"/journal/{name}.{copy}" for name in ("state", "therapy", "window") for copy in "ab")
BOTH = (RECORDS[:2], RECORDS[2:4], RECORDS[4:])
CONFIGURED = ("/config.json", "/manifest.json")
LOGS = ("/log/00", "/faults/00")
CONFIGURATION = {"nl_per_rev": 54_000, "low_level_nl": 1_500_000}

_BENCH = BenchConfig(plant=PlantConfig(volume_per_rev_nl=54_000.0))
_OFF_S = 3.0
_WATCHED_S = 3_600.0
_WATCHED_IN_FAULT_S = 600.0  # a stroke is due every 18 s

Damage = Callable[[Flash], None]


class RottenPump:
    """`try_out(damage)` in as many copies as wanted. `files`: what is stored, `older`: the same an hour before."""

    def __init__(self) -> None:
        rig = self.rig = PumpRig(FIRST_BASAL_NL_PER_H, settings=CONFIGURATION, bench=_BENCH)
        rig.run_for(3_700.0)
        self.older = self.stored()
        self._prescribe()
        rig.run_for(7_300.0)
        rig.client.patient_bolus()
        rig.run_for(1_000.0)
        rig.cycle_power()  # an entry for the ring of faults
        rig.run_for(3_000.0)
        status = rig.status
        self.lockout_s = status.lockout_s
        self.filling_nl = status.reservoir_nl + status.delivered_nl
        self.prescription = self._prescription()
        rig.target.power.off()
        rig.run_for(1.0)
        self.files = self.stored()

    def close(self) -> None:
        self.rig.world.mcu.power_off()

    def stored(self) -> dict[str, bytes]:
        """What the pump itself writes, and its configuration."""
        files = self.rig.world.flash.files()
        return {path: data for path, data in files.items() if not path.startswith(("/firmware", "/protocols"))}

    def try_out(
        self,
        damage: Damage,
        is_told: bool | None = None,
        is_lost: bool = False,
        items: frozenset[str] | set[str] = frozenset(),
    ) -> Outcome:
        """`complaints` of a pump that comes back after the damage. `is_told`: it must, or must not, tell of it.
        `is_lost`: what it must know is gone, so that it must stand.
        `items`: of the self-test, that must be told.
        """
        return in_a_copy(lambda: Outcome(tuple(self._complaints(damage, is_told, is_lost, items)), True, 0))

    def _prescribe(self) -> None:
        client = self.rig.client
        client.programme_begin()
        client.stage_day(EVERY_DAY, [(0, BASAL_NL_PER_H)])
        client.stage_patient_bolus(9_000, 30, LOCKOUT_S, 4)
        client.stage_dose_limit(LIMIT_NL, 86_400)
        client.programme_commit()

    def _prescription(self) -> dict[str, Any]:
        client = self.rig.client
        days = [[(s.start_minute, s.rate_nl_per_h) for s in client.programme_day(day)] for day in range(7)]
        return {**client.prescription(), "days": days}

    def _complaints(
        self, damage: Damage, is_told: bool | None, is_lost: bool, items: frozenset[str] | set[str]
    ) -> list[str]:
        rig = self.rig
        damage(rig.world.flash)
        rig.run_for(_OFF_S)
        rig.target.power.on()
        rig.reconnect()
        is_standing = rig.status.mode == "FAULT"
        found = self._of_a_fault() if is_standing else self._of_a_therapy()
        untold = items - {item for item, _detail in self.self_tests()}
        if untold:
            found.append(f"does not tell of {untold}")
        if is_lost and not is_standing:
            found.append("goes on without what it must know")
        if is_told is not None and is_told != bool(self.self_tests()):
            found.append("not a word about the damage" if is_told else f"tells of {self.self_tests()}")
        return found

    def _of_a_fault(self) -> list[str]:
        rig = self.rig
        found = []
        if "SYSTEM_FAULT" not in rig.active():
            found.append("FAULT without SYSTEM_FAULT")
        if not any(detail >= 0 for _item, detail in self.self_tests()):
            found.append("FAULT, and the log does not say of what")
        begin_nl = rig.turned_nl()
        rig.run_for(_WATCHED_IN_FAULT_S)
        if rig.turned_nl() != begin_nl:
            found.append(f"{rig.turned_nl() - begin_nl:.0f} nL in FAULT")
        return found

    def _of_a_therapy(self) -> list[str]:
        rig = self.rig
        status = rig.status
        found = []
        if status.mode != "RUNNING":
            found.append(f"mode {status.mode} and no FAULT")
        if self._prescription() != self.prescription:
            found.append(f"prescription {self._prescription()}")
        if abs(status.reservoir_nl + status.delivered_nl - self.filling_nl) > STROKE_NL:
            found.append(f"filling of {status.reservoir_nl + status.delivered_nl} nL, was {self.filling_nl}")
        short_nl = rig.turned_nl() - status.delivered_nl
        if abs(short_nl) > STROKE_NL + READING_NL:
            found.append(f"rotor and odometer differ by {short_nl:.0f} nL")
        if status.lockout_s < self.lockout_s - 30:
            found.append(f"lock-out of {status.lockout_s} s, was {self.lockout_s} s")
        begin_nl = rig.turned_nl()
        rig.run_for(_WATCHED_S)
        flowed_nl = rig.turned_nl() - begin_nl
        # The first stroke may come at once or an interval later.
        if abs(flowed_nl - BASAL_NL_PER_H * _WATCHED_S / 3_600.0) > 2 * STROKE_NL:
            found.append(f"{flowed_nl:.0f} nL in the next hour")
        return found

    def self_tests(self) -> list[tuple[str, int]]:
        """(item, detail) of every SELF_TEST entry of the log."""
        return [(ids.ITEM_NAMES[event.a], event.b) for event in self.rig.client.log() if event.code == "SELF_TEST"]


def change(path: str, data: bytes) -> Damage:
    """The file has other bytes."""
    return lambda flash: flash.write_file(path, data)


def removed(*paths: str) -> Damage:
    """The files are gone, as far as they were there."""

    def damage(flash: Flash) -> None:
        files = Filesystem(HostAccess(flash), flash.blocks, flash.block_size)
        files.mount()
        for path in paths:
            if files.is_file(path):
                files.remove(path)

    return damage


def flipped(data: bytes, place: int, bit: int) -> bytes:
    spoilt = bytearray(data)
    spoilt[place] ^= 1 << bit
    return bytes(spoilt)
