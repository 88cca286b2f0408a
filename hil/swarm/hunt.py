"""Many stories: drawn, lived and judged on as many processes as there are, in rounds.

A round is a fixed number of stories, and what the next one begins with follows from the rounds before in the order of
their seeds. So the same first seed gives the same stories on one worker and on ten. The last of each round go on from
moments of stories that had reached something new there; those of one parent live its beginning once (`family`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from hil.campaign.forking import can_fork
from hil.campaign.outcomes import Outcome as TrialOutcome
from hil.campaign.workers import WorkerDied, call_all
from hil.swarm.coverage import State
from hil.swarm.dice import Dice
from hil.swarm.family import Seen, live_together, seen_in
from hil.swarm.judging import Violation
from hil.swarm.life import live
from hil.swarm.open_faults import open_fault
from hil.swarm.story import Story, continued, draw, looked_at_alike

ROUND = 32
CONTINUED = 8  # of a round
FAMILY = 4  # so many of them have one parent
CHECKED_OF = 200  # of so many that were forked one is lived afresh as well
_MOST_BRANCH_POINTS = 400


class Task(msgspec.Struct, frozen=True):
    """A story by its seed; `going_on`: it goes on from a moment of another."""

    seed: int
    going_on: Story | None = None

    def story(self) -> Story:
        return draw(self.seed) if self.going_on is None else self.going_on


class Outcome(msgspec.Struct, frozen=True):
    """What one story came to. `shared_s`: of its time so much was lived once for it and others. `broken`: the bench
    could not go on.
    """

    story: Story
    violations: tuple[Violation, ...] = ()
    states: dict[State, float] = {}
    faults: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    wall_s: float = 0.0
    cpu_s: float = 0.0
    simulated_s: float = 0.0
    shared_s: float = 0.0
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
    if life.broken:
        return Outcome(story, broken=life.broken, simulated_s=story.times.end_s)
    seen = seen_in(life)
    return _outcome(story, seen, life.wall_s, time.process_time() - began_s, 0.0)


def _outcome(story: Story, seen: Seen, wall_s: float, cpu_s: float, shared_s: float) -> Outcome:
    return Outcome(
        story=story,
        violations=seen.violations,
        states=dict(seen.states),
        faults=seen.faults,
        verbs=seen.verbs,
        wall_s=wall_s,
        cpu_s=cpu_s,
        simulated_s=story.times.end_s,
        shared_s=shared_s,
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
    shared_s: float = 0.0
    forked: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    branch_points: list[tuple[Story, float]] = []

    def take(self, outcome: Outcome) -> None:
        self.outcomes += 1
        self.simulated_s += outcome.simulated_s
        self.shared_s += outcome.shared_s
        self.forked += outcome.shared_s > 0
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
        tasks = _tasks(range(seed, seed + left), catch.branch_points)
        seed += left
        _round(tasks, workers, catch, done)
        catch.wall_s = time.monotonic() - began_s
    return catch


def _tasks(seeds: Sequence[int], branch_points: Sequence[tuple[Story, float]]) -> list[Task]:
    """New stories, and behind them those that go on from moments of others, in families."""
    if not branch_points or len(seeds) < ROUND:
        return [Task(seed) for seed in seeds]
    tasks = [Task(seed) for seed in seeds[:-CONTINUED]]
    for first in range(len(seeds) - CONTINUED, len(seeds), FAMILY):
        mine = seeds[first : first + FAMILY]
        dice = Dice(mine[0], "family")
        parent = dice.of([row for row in branch_points if _is_late(*row)] or branch_points)[0]
        moments_s = [at_s for story, at_s in branch_points if story is parent]
        stories = [continued(parent, round(dice.of(moments_s), 2), seed) for seed in mine]
        tasks += [Task(seed, story) for seed, story in zip(mine, looked_at_alike(stories), strict=True)]
    return tasks


def _is_late(story: Story, at_s: float) -> bool:
    """What lies before it is most of the story: shared, it is most of what a family costs."""
    return at_s > 0.5 * story.times.end_s


def _round(tasks: list[Task], workers: int, catch: Catch, done: Callable[[Catch, Outcome], None]) -> None:
    outcomes: dict[int, Outcome] = {}
    alone = [number for number, task in enumerate(tasks) if task.going_on is None or not can_fork()]
    together = [number for number in range(len(tasks)) if number not in alone]

    def take(position: int, answer: Outcome | Exception) -> None:
        number = alone[position]
        if isinstance(answer, WorkerDied):
            answer = Outcome(tasks[number].story(), broken=str(answer))
        if isinstance(answer, Exception):
            raise answer
        outcomes[number] = answer
        done(catch, answer)

    def take_forked(position: int, seen: Seen | None, forked: TrialOutcome) -> None:
        number = together[position]
        story = tasks[number].story()
        if seen is not None:
            outcome = _outcome(story, seen, forked.result.wall_s, forked.cpu_s, forked.shared_s)
        elif forked.result.verdict == "infra":
            outcome = Outcome(story, broken=forked.result.message)
        else:
            outcome = tell(tasks[number])  # the firmware ended: what that run was is in no record of a fork
        outcomes[number] = outcome
        done(catch, outcome)

    call_all(tell, [tasks[number] for number in alone], workers, take)
    if together:
        is_checked = catch.forked // CHECKED_OF != (catch.forked + len(together)) // CHECKED_OF or not catch.forked
        live_together([tasks[number].story() for number in together], workers, is_checked, take_forked)
    for number in range(len(tasks)):
        catch.take(outcomes[number])
