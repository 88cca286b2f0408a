"""Short ways to say what an expectation ended in."""

from __future__ import annotations

from hil.run.result import ExpectationResult
from hil.scenario.model import Expectation


def judged(expectation: Expectation, holds: bool, seen: str) -> ExpectationResult:
    return ExpectationResult(text=expectation.text, verdict="pass" if holds else "fail", seen=seen)


def nothing_to_look_at(expectation: Expectation, why: str) -> ExpectationResult:
    return ExpectationResult(text=expectation.text, verdict="invalid", seen=why)
