"""A process that lives what several trials have in common, and the children that it forks where they part."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hil.campaign.forking import Children, Ended
from hil.campaign.outcomes import Enter, Examine, Outcome, Trial
from hil.campaign.story_tree import Story, nets_of, parted, parted_by_step, parting
from hil.run.execution import rare_collections, result_of_error
from hil.run.result import RunResult
from hil.run.runner import Options, Runner
from hil.targets.factory import make_target
from hil.words.quantity import NS_PER_S


def alone(number: int, trial: Trial) -> Story:
    """The story of a trial that shares nothing."""
    return Story(number, trial.scenario, (), (), {})


class CommonStory:
    """Lives the story of a group of trials on a target. Each process, this one too, ends as one of the trials.

    `children`: None for a group of one, which forks none.
    """

    def __init__(
        self,
        trials: Sequence[Trial],
        target: str,
        options: Options,
        examine: Examine,
        children: Children | None,
        enter: Enter,
    ) -> None:
        self._trials = trials
        self._target = target
        self._options = options
        self._examine = examine
        self._children = children
        self._enter = enter
        self._trial: Trial | None = None  # as which this process ends
        self._shared_s = 0.0
        self._began_s = time.monotonic()
        self._cpu_began_s = time.process_time()

    def live(self, group: Sequence[Story]) -> Outcome | None:
        """The outcome of the trial as which this process ends. None: the story was ended by an error while it was
        common, so each of the group has to be run alone. Raises `ScenarioError` for a trial that cannot be.
        """
        trial = self._trials[group[-1].number]
        nets = tuple(sorted({*trial.nets, *nets_of(trial.scenario)}))
        if len(group) == 1:
            self._trial = trial
        try:
            with rare_collections(), make_target(self._target, trial.scenario, nets) as target:
                runner = Runner(trial.scenario, self._enter(target), self._options)
                runner.begin()
                runner.plan()
                trial = self._follow(runner, list(group))
                return self._outcome(trial, runner, runner.end())
        except Ended:
            raise
        except Exception as error:
            if self._trial is None:
                return None
            trial = self._trial
            return self._outcome(trial, None, result_of_error(trial.scenario, self._target, error, trial.reproduce))

    def _follow(self, runner: Runner, group: list[Story]) -> Trial:
        """Live on until this process is left with one trial."""
        position = 0
        while len(group) > 1:
            part = parting(group, position, runner.begun)
            runner.advance(part.moment_ns, part.before)
            begins = runner.about_to_begin
            if begins is not None and begins in part.before:
                classes = parted_by_step(group, begins)
            else:
                position = part.position
                classes = parted(group, position)
            group = self._fork(classes)
            self._shared_s = max(0.0, runner.target.clock.now_ns / NS_PER_S)
            if group[-1].scenario is not runner.scenario:
                runner.adopt(group[-1].scenario)
        self._trial = self._trials[group[0].number]
        runner.adopt(self._trial.scenario, self._trial.reproduce)
        return self._trial

    def _fork(self, classes: Sequence[list[Story]]) -> list[Story]:
        """A child for each class but the last, with which this process goes on."""
        assert self._children is not None, "a group of several needs somebody who forks"
        for group in classes[:-1]:
            if self._children.fork(_tried_alone_later):
                self._began_s = time.monotonic()
                self._cpu_began_s = time.process_time()
                return group
        return classes[-1]

    def _outcome(self, trial: Trial, runner: Runner | None, result: RunResult) -> Outcome:
        result.wall_s = time.monotonic() - self._began_s
        seen = self._examine(trial, runner, result) if runner is not None else None
        return Outcome(trial.key, result, self._shared_s, time.process_time() - self._cpu_began_s, seen)


def _tried_alone_later(how: str) -> None:
    """The first process sees which outcomes are missing."""
