"""The first process of a campaign: forks one for each group of stories, and hears of each outcome that is written."""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn, Protocol

from hil.campaign.common_story import alone
from hil.campaign.forking import FINISHED, NOT_ALONE, NOT_WRITTEN, Children, Ended, Slots
from hil.campaign.outcomes import Outcome, Trial
from hil.campaign.story_tree import Story
from hil.errors import BenchBroken
from hil.run.judging import result_without_run

_LOOK_S = 0.1
_NEWS = struct.Struct("<i")  # the number of a trial


class Branches(Protocol):
    """What a round needs of the campaign."""

    target: str
    jobs: int
    timeout_s: float

    def live(self, group: Sequence[Story], trials: Sequence[Trial], children: Children | None) -> Outcome | None: ...

    def fresh(self, trial: Trial) -> Outcome: ...

    def write(self, outcome: Outcome) -> None: ...

    def read(self, key: str) -> Outcome | None: ...


class Round:
    """Each group once. `left`: numbers of the trials without an outcome, which are to be tried alone."""

    def __init__(self, branches: Branches, trials: Sequence[Trial], take: Callable[[Outcome], None]) -> None:
        self._branches = branches
        self._trials = trials
        self._take = take
        self._numbers = {trial.key: number for number, trial in enumerate(trials)}
        self._open: set[int] = set()
        self._news, self._writing = os.pipe()
        os.set_blocking(self._news, False)

    def run_alone(self, numbers: Sequence[int]) -> None:
        self.run([[alone(number, self._trials[number])] for number in numbers])

    def run(self, groups: Sequence[list[Story]]) -> list[int]:
        """Raises `BenchBroken` when an outcome cannot be written; what is written is kept."""
        self._open = {story.number for group in groups for story in group}
        waiting = list(reversed(groups))
        slots = Slots(self._branches.jobs)
        children = Children(slots, self._branches.timeout_s)
        try:
            while waiting or len(children):
                if waiting and not len(children):
                    slots.refill(self._branches.jobs)
                is_child = children.try_fork(self._loser(waiting[-1])) if waiting else None
                if is_child:
                    self._live(waiting[-1], children)
                if is_child is False:
                    waiting.pop()
                    continue
                select.select([self._news, slots.reading] if waiting else [self._news], [], [], _LOOK_S)
                children.reap()
                self._hear()
            self._hear()
        except Ended:
            raise BenchBroken(
                "an outcome cannot be written, the disk is full; what is done is kept: make room and run the same again"
            ) from None
        finally:
            children.kill()
            slots.close()
        return sorted(self._open)

    def close(self) -> None:
        os.close(self._news)
        os.close(self._writing)

    def _live(self, group: list[Story], children: Children) -> NoReturn:
        """In the child."""
        code = NOT_ALONE
        try:
            outcome = self._branches.live(group, self._trials, children)
            if outcome is not None:
                self._branches.write(outcome)
                os.write(self._writing, _NEWS.pack(self._numbers[outcome.key]))
                code = FINISHED
        except (Ended, OSError):
            code = NOT_WRITTEN
        except BaseException:
            code = NOT_ALONE
        children.finish(code)
        raise AssertionError("a child has ended")

    def _loser(self, group: list[Story]) -> Callable[[str], None]:
        """What is done about a child that was lost. A single trial ends as `infra`, or is run again here, when it was
        ended by an error that belongs to whoever called."""

        def lost(how: str) -> None:
            self._hear()
            if len(group) > 1 or group[0].number not in self._open:
                return
            trial = self._trials[group[0].number]
            self._open.discard(group[0].number)
            if how:
                result = result_without_run(trial.scenario, self._branches.target, "infra", how, trial.reproduce)
                self._take(Outcome(trial.key, result))
            else:
                self._take(self._branches.fresh(trial))

        return lost

    def _hear(self) -> None:
        data = b""
        with suppress(BlockingIOError):
            data = os.read(self._news, 1 << 16)
        for (number,) in _NEWS.iter_unpack(data):
            self._open.discard(number)
            outcome = self._branches.read(self._trials[number].key)
            if outcome is not None:
                self._take(outcome)
