"""One engine under everything that runs many trials: what they have in common is lived once.

Trials of one world (bench, therapy, seed) are ordered by the moment at which they first differ. One process lives
the common story and forks at each such moment; the child goes on as the trial and writes its outcome to disk itself.
A branch is the same as a fresh run, bit for bit: some of every campaign are run fresh as well, and a difference
ends the campaign with `BranchDiffers`.

    trials = [Trial(f"{number:05}", scenario) for number, scenario in enumerate(read_file("campaign.toml"))]
    outcomes = Branching(Path("out/trials"), jobs=2).run(trials)

To share much, let stories differ late: the same duration (or `looks_ns`), the same steps in the same order, and what
is new at the end of the list of steps. What is only expected differently is no difference, unless it is looked at
at other times.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from hil.campaign.common_story import CommonStory, alone
from hil.campaign.forking import Children, can_fork
from hil.campaign.outcomes import Enter, Examine, Outcome, OutcomeFiles, Trial
from hil.campaign.rounds import Round
from hil.campaign.story_tree import Story, stories_of, world_of
from hil.errors import BenchBroken
from hil.run.result import RunResult
from hil.run.runner import Options, Runner
from hil.scenario.model import Scenario
from hil.targets.base import BOOT_NS, Target
from hil.targets.factory import kind_of, make_target

__all__ = ["BranchDiffers", "Branching", "Examine", "Outcome", "Trial", "why_fresh"]

CHECKED_OF = 200  # of so many branches at least one is run fresh as well
MOST_IN_A_GROUP = 1_000
_TIMEOUT_S = 900.0


class BranchDiffers(BenchBroken):
    """A branch and a fresh run of one trial are not the same: nothing that branches say can be believed."""


def why_fresh(target: str) -> str:
    """Why trials on this target share nothing; empty where they can."""
    if not can_fork():
        return "this system cannot fork a process: every trial runs fresh"
    kind = kind_of(target) or target
    if kind == "sim":
        return ""
    return f"target {kind} cannot be forked, part of it is outside this process: every trial runs fresh"


def _as_it_is(target: Target) -> Target:
    return target


def _nothing(trial: Trial, runner: Runner, result: RunResult) -> None:
    return None


class Branching:
    """Runs trials; an outcome that is in `folder` already is not run again.

    `jobs`: processes that work at the same time. `timeout_s`: wall time that a trial may take. `examine`: looks at
    each trial in its own process. `options`: of every run. `is_shared`: False runs every trial fresh. `enter`: what is
    done with a target before anything happens on it; it returns the target that is lived on. `is_checked`: False when
    this is a part of a campaign of which other parts are run fresh as well.
    """

    def __init__(
        self,
        folder: Path,
        jobs: int = 1,
        target: str = "sim",
        examine: Examine = _nothing,
        timeout_s: float = _TIMEOUT_S,
        options: Options | None = None,
        is_shared: bool = True,
        enter: Enter = _as_it_is,
        is_checked: bool = True,
    ) -> None:
        self.folder = folder
        self.jobs = jobs
        self.target = target
        self.timeout_s = timeout_s
        self.is_shared = is_shared and not why_fresh(target)
        self.checked: list[str] = []  # keys of the trials that were run fresh as well
        self._examine = examine
        self._options = options or Options()
        self._enter = enter
        self._is_checked = is_checked
        self._files = OutcomeFiles(folder)

    def run(self, trials: Sequence[Trial], done: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
        """The outcomes in the order of the trials; `done(outcome)` comes as each of them is there.

        A process that is killed or hangs makes its trial `infra`, and the rest goes on. Raises `ScenarioError` for a
        trial that cannot be, `BenchBroken` when an outcome cannot be written, and `BranchDiffers`.
        """
        if len({trial.key for trial in trials}) < len(trials):
            raise ValueError("two trials have the same key")
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {trial.key: outcome for trial in trials if (outcome := self.read(trial.key)) is not None}
        missing = [trial for trial in trials if trial.key not in known]

        def take(outcome: Outcome) -> None:
            known[outcome.key] = outcome
            done(outcome)

        if can_fork():
            self._run_forked(missing, take)
            if self._is_checked:
                self._check([(trial, known[trial.key]) for trial in missing if known[trial.key].shared_s > 0])
        else:
            for trial in missing:
                take(self.fresh(trial))
        return [known[trial.key] for trial in trials]

    def fresh(self, trial: Trial) -> Outcome:
        """The outcome of a run of its own, in this process."""
        outcome = self.live([alone(0, trial)], [trial], None)
        assert outcome is not None, "the story of one trial is common to none"
        self.write(outcome)
        return outcome

    def live(self, group: Sequence[Story], trials: Sequence[Trial], children: Children | None) -> Outcome | None:
        """See `CommonStory.live`."""
        story = CommonStory(trials, self.target, self._options, self._examine, children, self._enter)
        return story.live(group)

    def write(self, outcome: Outcome) -> None:
        """Raises OSError."""
        self._files.write(outcome)

    def read(self, key: str) -> Outcome | None:
        """None when there is none, or when what is there is not whole."""
        return self._files.read(key)

    def _run_forked(self, trials: Sequence[Trial], take: Callable[[Outcome], None]) -> None:
        groups = self._groups(trials)
        if len(groups) > 1:
            self._warm_up(trials[0].scenario)
        rounds = Round(self, trials, take)
        try:
            # What was to be lived together with others and came to nothing is tried alone, once.
            rounds.run_alone(rounds.run(groups))
        finally:
            rounds.close()

    def _warm_up(self, scenario: Scenario) -> None:
        """Boot once in this process: a forked one has the firmware compiled already."""
        if not self.is_shared:
            return
        with suppress(Exception), make_target(self.target, scenario) as target:
            target.clock.run_until(target.clock.now_ns + BOOT_NS)

    def _groups(self, trials: Sequence[Trial]) -> list[list[Story]]:
        """Stories to be lived by one process each, the longest first."""
        worlds: dict[Any, list[tuple[int, Scenario]]] = {}
        for number, trial in enumerate(trials):
            world = world_of(trial.scenario, trial.nets) if self.is_shared else number
            worlds.setdefault(world, []).append((number, trial.scenario))
        groups = []
        for members in worlds.values():
            stories = stories_of(members)
            groups += [stories[at : at + MOST_IN_A_GROUP] for at in range(0, len(stories), MOST_IN_A_GROUP)]
        return sorted(groups, key=lambda group: -group[-1].scenario.duration_ns)

    # The check that is always on

    def _check(self, branches: Sequence[tuple[Trial, Outcome]]) -> None:
        """Run some of the branches fresh and compare."""
        if not branches:
            return
        count = -(-len(branches) // CHECKED_OF)
        chosen = random.Random(branches[0][0].key).sample(range(len(branches)), count)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="fresh-") as folder:
            fresh = Branching(
                Path(folder),
                self.jobs,
                self.target,
                self._examine,
                self.timeout_s,
                self._options,
                is_shared=False,
                enter=self._enter,
            )
            outcomes = fresh.run([branches[number][0] for number in chosen])
        for number, single in zip(chosen, outcomes, strict=True):
            trial, branch = branches[number]
            self.checked.append(trial.key)
            if _comparable(branch) != _comparable(single):
                raise BranchDiffers(
                    f"trial {trial.key} of {trial.scenario.file} is not the same as a branch (event log "
                    f"{branch.result.event_log_sha256[:16]}, {branch.result.verdict}) and as a fresh run "
                    f"({single.result.event_log_sha256[:16]}, {single.result.verdict}): report this as a fault of the"
                    " bench, and run without branches"
                )


def _comparable(outcome: Outcome) -> Any:
    result = msgspec.structs.replace(outcome.result, wall_s=0.0)
    return msgspec.to_builtins((result, outcome.seen))
