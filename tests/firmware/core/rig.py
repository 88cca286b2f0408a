"""A therapy on a fake clock, with a rotor that always follows and a meter that the firmware does not see."""

from __future__ import annotations

from tests.firmware.core.core_modules import EVERY_DAY, RING, WEEK_S, core, ids, set_days

PL_PER_MICROSTEP = 18_750
STROKE_NL = 300
ML = 1_000_000


class Rig:
    """now_ms counts from a Monday 00:00 and never wraps; the firmware sees it shifted, on its ring."""

    def __init__(self, days=None, *, ring_start_ms=RING - 5_000, volume_nl=18 * ML, dead_volume_nl=250_000):
        self.prescription = core.prescription.Prescription()
        for day, segments in enumerate(days or []):
            assert set_days(self.prescription.programme, 1 << day, segments) == ids.OK
        self.reservoir = core.reservoir.Reservoir(20 * ML)
        self.reservoir.refilled(volume_nl)
        self.dead_volume_nl = dead_volume_nl
        self.ring_start_ms = ring_start_ms
        self.run_start_s = 1_000
        self.now_ms = 0
        self.strokes: list[tuple[int, int]] = []  # (ms, pL)
        self.events: list[tuple[int, int, int]] = []
        self.therapy = self._new_therapy()
        self.advance()
        self.therapy.set_wall(0, 0)

    @classmethod
    def simple(cls, rate_nl_per_h, **options):
        return cls([[(0, rate_nl_per_h)]] * 7, **options)

    def _new_therapy(self):
        plan = core.stroke.StrokePlan(PL_PER_MICROSTEP)
        return core.therapy.Therapy(self.prescription, plan, self.reservoir, self.dead_volume_nl)

    @property
    def run_s(self):
        return self.run_start_s + self.now_ms // 1000

    @property
    def commanded_pl(self):
        return sum(volume for _, volume in self.strokes)

    @property
    def commanded_nl(self):
        return self.commanded_pl / 1000

    def advance(self):
        self.therapy.advance((self.ring_start_ms + self.now_ms) % RING, self.run_s)

    def start(self):
        self.therapy.set_basal(core.flow.PROGRAMME)
        return self

    def stop(self):
        self.therapy.set_basal(core.flow.OFF)

    def run_s_for(self, seconds):
        self.run_until(self.now_ms + round(seconds * 1000))

    def run_until(self, end_ms):
        """As the infusion service does: sleep to the next stroke or change, act, book what the rotor did."""
        while True:
            self.advance()
            self.strike()
            self.drain()
            if self.now_ms >= end_ms:
                return
            wait = min(self.therapy.ms_to_stroke(), self.therapy.ms_to_change(), end_ms - self.now_ms)
            assert wait > 0, "the therapy asks to be called again at once"
            self.now_ms += wait

    def strike(self):
        microsteps = self.therapy.due_microsteps()
        while microsteps:
            self.therapy.take(microsteps)
            before_nl = self.commanded_pl_total // 1000
            self.commanded_pl_total += microsteps * PL_PER_MICROSTEP
            measured_nl = self.commanded_pl_total // 1000 - before_nl
            self.strokes.append((self.now_ms, microsteps * PL_PER_MICROSTEP))
            self.reservoir.draw(measured_nl)
            self.therapy.booked(measured_nl, self.run_s)
            microsteps = self.therapy.due_microsteps()

    commanded_pl_total = 0

    def drain(self):
        events = self.therapy.boluses.events
        while events.pop():
            self.events.append((events.code, events.kind, events.value))

    def power_cycle(self, off_s=0):
        """Store, lose everything, restore, and go on where the wall clock says."""
        window = bytearray(core.limits.PACKED_BYTES)
        lockout = bytearray(core.lockout.PACKED_BYTES)
        record = bytearray(core.therapy.PACKED_BYTES)
        self.therapy.window.pack_into(window, 0)
        self.therapy.lockout.pack_into(lockout, 0)
        self.therapy.pack_into(record, 0)
        self.now_ms += off_s * 1000
        self.ring_start_ms = 17 - self.now_ms
        self.therapy = self._new_therapy()
        self.therapy.window.unpack_from(window, 0)
        self.therapy.lockout.unpack_from(lockout, 0)
        self.therapy.unpack_from(record, 0)
        self.therapy.restarted(self.run_s)
        self.advance()
        self.therapy.set_wall(self.now_ms // 1000 % WEEK_S, self.now_ms % 1000)
        self.drain()

    def codes(self):
        return [code for code, _, _ in self.events]


__all__ = ["EVERY_DAY", "ML", "STROKE_NL", "Rig"]
