"""The buzzer after a silence: it sounds again whoever looks at the silence, and whenever (ALM-04)."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

import pytest

from emulator.mcu.loader import load_modules
from protocols import ids
from tests.firmware.core_detectors.bench_figures import REPOSITORY, RING

modules = load_modules(REPOSITORY, "firmware.services.people.annunciation", "firmware.core.silence", guard=True)
START_MS = RING - 60_000  # the clock wraps while the silence runs
SILENCE_MS = 120_000
AT_THE_END = range(SILENCE_MS - 3, SILENCE_MS + 4)

LOOKS = {
    "a stroke asks what is due": lambda rig, now_ms: rig.annunciation.due_in_ms(now_ms),
    "a journal asks for a pause": lambda rig, now_ms: rig.annunciation.pause_ms(now_ms),
    "a status asks": lambda rig, now_ms: rig.silence.is_silent(now_ms),
    "somebody asks for silence": lambda rig, now_ms: rig.silence.ask(1, False, now_ms),
    "another alarm is refreshed": lambda rig, now_ms: rig.annunciation.refresh(),
}


class Rig:
    """One alarm of a priority, silenced at 0 ms; `run` lets act whoever is due, as the executive does."""

    def __init__(self, priority: int) -> None:
        self.tones: list[tuple[int, int]] = []
        self.now_ms = 0
        annunciator = SimpleNamespace(tone=lambda hz: self.tones.append((self.now_ms, hz)), alarm_lamp=lambda on: None)
        self.silence = modules.silence.Silence()
        alarms = SimpleNamespace(top_priority=priority, count=1)
        self.annunciation = modules.annunciation.Annunciation(annunciator, alarms, self.silence)
        assert self.silence.ask(1, False, START_MS) == ids.OK

    def look(self, at_ms: int, look) -> None:
        """Somebody looks at that moment, before the annunciation has its turn in it."""
        self.run(at_ms - 1)
        self.now_ms = at_ms
        look(self, self._ring(at_ms))

    def run(self, until_ms: int) -> None:
        while True:
            due_ms = self.annunciation.due_in_ms(self._ring(self.now_ms))
            if due_ms <= 0:
                self.annunciation.act(self._ring(self.now_ms))
                continue
            if self.now_ms + due_ms > until_ms:
                break
            self.now_ms += due_ms
        self.now_ms = max(self.now_ms, until_ms)

    def first_sound_ms(self) -> int | None:
        return next((t_ms for t_ms, hz in self.tones if hz), None)

    @staticmethod
    def _ring(t_ms: int) -> int:
        return (START_MS + t_ms) % RING


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("priority", [ids.LOW, ids.MEDIUM, ids.HIGH])
def test_who_looks_at_the_end_of_the_silence_does_not_make_it_last(look, priority):
    for at_ms in AT_THE_END:
        rig = Rig(priority)
        rig.look(at_ms, look)
        rig.run(SILENCE_MS + 1_000)
        first_ms = rig.first_sound_ms()
        assert first_ms is not None and SILENCE_MS <= first_ms <= SILENCE_MS + 5, (at_ms, first_ms)


@pytest.mark.requirement("ALM-04")
def test_a_thousand_random_looks_never_make_a_silence_last():
    random = Random(4)
    for _ in range(250):
        rig = Rig(random.choice([ids.LOW, ids.MEDIUM, ids.HIGH]))
        moments = sorted(random.choice([random.randrange(1, 150_000), random.choice(AT_THE_END)]) for _ in range(4))
        for at_ms in moments:
            rig.look(at_ms, random.choice(list(LOOKS.values())))
        rig.run(SILENCE_MS + 155_000)
        first_ms = rig.first_sound_ms()
        assert first_ms is not None and SILENCE_MS <= first_ms <= SILENCE_MS + 5, (moments, first_ms)


@pytest.mark.requirement("ALM-04")
def test_a_silence_whose_alarms_went_does_not_come_back_after_days():
    silence = modules.silence.Silence()
    assert silence.ask(1, False, 0) == ids.OK
    silence.advance(0, 10_000)
    for days in range(1, 13):
        assert not silence.is_silent(days * 86_400_000)
        assert silence.ask(1, False, days * 86_400_000) == ids.OK
        silence.advance(0, days * 86_400_000 + 1)
