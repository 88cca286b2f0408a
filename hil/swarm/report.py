"""What a hunt found, as a page, as JUnit and as JSON."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from hil.report.junit import write_junit
from hil.run.result import ExpectationResult, RunResult
from hil.swarm.climb import Rung, word_of
from hil.swarm.findability import most_frequent_unseen, stories_until_believed
from hil.swarm.hunt import Catch
from hil.swarm.judging import INVARIANTS, Violation
from hil.swarm.open_faults import OPEN
from hil.swarm.story import Story

TEMPLATES = Path(__file__).parent / "templates"
REPORT_TEMPLATES = Path(__file__).parents[1] / "report" / "templates"
_MOST_STATES = 500


class Failure(msgspec.Struct):
    """One kind of violation: the story that is kept of it, how it climbed, and the one command that shows it again."""

    violation: Violation
    story: Story
    stories: int
    of_stories: int
    command: str
    steps_before: int = 0
    steps_after: int = 0
    tries: int = 0
    file: str = ""
    rungs: list[Rung] = []

    @property
    def word(self) -> str:
        return word_of(self.rungs)

    @property
    def rungs_text(self) -> str:
        return ", ".join(f"{rung.target} {rung.word}" + (f" ({rung.why})" if rung.why else "") for rung in self.rungs)

    @property
    def until_believed(self) -> int:
        """Clean stories until the fault, once mended, is believed to be gone."""
        return stories_until_believed(self.stories, self.of_stories)


def as_json(catch: Catch, failures: list[Failure], first_seed: int) -> dict[str, Any]:
    """Builtin types only."""
    return {
        "stories": catch.outcomes,
        "first_seed": first_seed,
        "clean": catch.clean,
        "failed": len(catch.failed),
        "broken": len(catch.broken),
        "simulated_s": round(catch.simulated_s, 1),
        "forked": catch.forked,
        "shared_s": round(catch.shared_s, 1),
        "cpu_s": round(catch.cpu_s, 1),
        "wall_s": round(catch.wall_s, 1),
        "most_frequent_unseen": most_frequent_unseen(catch.clean),
        "states": len(catch.states),
        "open": {each.name: catch.known[each.name] for each in OPEN},
        "violations": [
            {
                "kind": failure.violation.kind,
                "requirement": failure.violation.requirement,
                "seen": failure.violation.seen,
                "t_s": failure.violation.t_ns / 1e9,
                "story": failure.story.table["name"],
                "stories": failure.stories,
                "file": failure.file,
                "command": failure.command,
                "climb": failure.word,
                "rungs": [msgspec.to_builtins(rung) for rung in failure.rungs],
                "clean_until_believed_gone": failure.until_believed,
            }
            for failure in failures
        ],
        "faults": dict(catch.faults),
        "verbs": dict(catch.verbs),
    }


def write_swarm_junit(catch: Catch, failures: list[Failure], target: str, file: Path) -> None:
    """A case for each invariant: it fails with the kinds of it that were found. Raises OSError."""
    results = []
    for each in INVARIANTS.values():
        mine = [failure for failure in failures if failure.violation.invariant == each.name]
        expectations = [
            ExpectationResult(
                each.text, "fail", f"{failure.violation.seen} ({failure.word}: {failure.rungs_text}); {failure.command}"
            )
            for failure in mine
        ]
        results.append(
            RunResult(
                scenario=each.name,
                file=f"swarm of {catch.outcomes} stories",
                target=target,
                seed=mine[0].story.seed if mine else 0,
                verdict="fail" if mine else "pass",
                requirements=[each.requirement],
                expectations=expectations,
                reproduce=mine[0].command if mine else "",
                message="; ".join(f"{failure.violation.kind}: {failure.word}" for failure in mine),
            )
        )
    for outcome in catch.broken:
        results.append(
            RunResult(
                scenario=outcome.story.table["name"],
                file=f"swarm of {catch.outcomes} stories",
                target=target,
                seed=outcome.story.seed,
                verdict="infra",
                message=outcome.broken[-2_000:],
            )
        )
    write_junit(results, file)


def write_page(catch: Catch, failures: list[Failure], command: str, folder: Path) -> Path:
    """`index.html` in the folder. Raises OSError."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("swarm.html.j2").render(
        catch=catch,
        failures=failures,
        command=command,
        written=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        most_frequent=most_frequent_unseen(catch.clean),
        open=OPEN,
        invariants=list(INVARIANTS.values()),
        states=catch.states.most_common(_MOST_STATES),
        things=[*catch.faults.most_common(), *catch.verbs.most_common()],
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path
