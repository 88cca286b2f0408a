"""Many stories: drawn, lived and judged on as many processes as there are, in rounds.

A round is a fixed number of stories, and what the next one begins with follows from the rounds before in the order of
their seeds. So the same first seed gives the same stories on one worker and on ten.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from hil.campaign.workers import WorkerDied, call_all
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.coverage import State, states
from hil.swarm.dice import Dice
from hil.swarm.judging import Violation, judge
from hil.swarm.life import live
from hil.swarm.open_faults import open_fault
from hil.swarm.story import Story, continued, draw

ROUND = 32
_CONTINUED_SHARE = 0.25
_MOST_BRANCH_POINTS = 400


class Task(msgspec.Struct, frozen=True):
    """A story by its seed; with `parent` it goes on from `branch_s` of that one."""

    seed: int
    parent: Story | None = None
    branch_s: float = 0.0

    def story(self) -> Story:
        return draw(self.seed) if self.parent is None else continued(self.parent, self.branch_s, self.seed)


class Outcome(msgspec.Struct, frozen=True):
    """What one story came to. `broken`: the bench could not go on."""

    story: Story
    violations: tuple[Violation, ...] = ()
    states: dict[State, float] = {}
    faults: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    wall_s: float = 0.0
    cpu_s: float = 0.0
    simulated_s: float = 0.0
    broken: str = ""

    @property
    def new(self) -> tuple[Violation, ...]:
        """Those that are not known to be open."""
        return tuple(each for each in self.violations if open_fault(each.kind, self.story.table) is None)

    @property
    def known(self) -> frozenset[str]:
        """Names of the open faults that it shows."""
        found = [open_fault(violation.kind, self.story.table) for violation in self.violations]
        return frozenset(each.name for each in found if each is not None)


def tell(task: Task) -> Outcome:
    """Draw, live and judge one story on target sim."""
    story = task.story()
    began_s = time.process_time()
    life = live(story.scenario())
    violations = () if life.broken else tuple(judge(life))
    return Outcome(
        story=story,
        violations=violations,
        states={} if life.broken else states(life),
        faults=tuple(sorted({fault.id for fault in life.faults if fault.took_effect})),
        verbs=tuple(sorted({answer.verb for answer in life.record.answers})),
        wall_s=life.wall_s,
        cpu_s=time.process_time() - began_s,
        simulated_s=story.times.end_s,
        broken=life.broken,
    )


class Catch(msgspec.Struct):
    """All that a hunt has found so far; `states` counts the stories that reached each."""

    outcomes: int = 0
    clean: int = 0
    broken: list[Outcome] = []
    failed: list[Outcome] = []
    known: Counter[str] = msgspec.field(default_factory=Counter)
    states: Counter[State] = msgspec.field(default_factory=Counter)
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    verbs: Counter[str] = msgspec.field(default_factory=Counter)
    first_seen: dict[str, int] = {}
    simulated_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    branch_points: list[tuple[Story, float]] = []

    def take(self, outcome: Outcome) -> None:
        self.outcomes += 1
        self.simulated_s += outcome.simulated_s
        self.cpu_s += outcome.cpu_s
        self.faults.update(outcome.faults)
        self.verbs.update(outcome.verbs)
        if outcome.broken:
            self.broken.append(outcome)
            return
        self.known.update(outcome.known)
        for violation in outcome.violations:
            self.first_seen.setdefault(violation.kind, self.outcomes)
        if outcome.new:
            self.failed.append(outcome)
        else:
            self.clean += 1
        for state, at_s in outcome.states.items():
            if state not in self.states and at_s < outcome.story.times.calm_s and not outcome.new:
                self.branch_points.append((outcome.story, at_s))
            self.states[state] += 1
        del self.branch_points[:-_MOST_BRANCH_POINTS]


def hunt(
    first_seed: int,
    stories: int | None,
    minutes: float | None,
    workers: int,
    done: Callable[[Catch, Outcome], None] = lambda catch, outcome: None,
) -> Catch:
    """So many stories, or as many as fit into so many minutes; at least one of the two is a number.

    `done(catch, outcome)` is called after each, in the order in which they end.
    """
    catch = Catch()
    began_s = time.monotonic()
    seed = first_seed
    while stories is None or seed < first_seed + stories:
        if minutes is not None and time.monotonic() - began_s >= minutes * 60.0:
            break
        left = ROUND if stories is None else min(ROUND, first_seed + stories - seed)
        tasks = [_task(seed + offset, catch.branch_points) for offset in range(left)]
        seed += left
        _round(tasks, workers, catch, done)
        catch.wall_s = time.monotonic() - began_s
    return catch


def _task(seed: int, branch_points: list[tuple[Story, float]]) -> Task:
    dice = Dice(seed, "task")
    if branch_points and dice.chance(_CONTINUED_SHARE):
        parent, at_s = branch_points[dice.whole(0, len(branch_points) - 1)]
        return Task(seed, parent, round(at_s, 2))
    return Task(seed)


def _round(tasks: list[Task], workers: int, catch: Catch, done: Callable[[Catch, Outcome], None]) -> None:
    outcomes: dict[int, Outcome] = {}

    def take(number: int, answer: Outcome | Exception) -> None:
        if isinstance(answer, WorkerDied):
            answer = Outcome(tasks[number].story(), broken=str(answer))
        if isinstance(answer, Exception):
            raise answer
        outcomes[number] = answer
        done(catch, answer)

    call_all(tell, tasks, workers, take)
    for number in range(len(tasks)):
        catch.take(outcomes[number])
