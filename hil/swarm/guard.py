"""`python -m hil.swarm.guard [ID...]`: after how many stories does the swarm find each deliberately broken firmware?

Who guards the guard: a swarm that finds no broken firmware finds no fault either. The table goes to a file that
`python -m hil.quality.canaries --swarm FILE` shows beside the tests that catch each canary; what the file has of
others is kept. Exit code 1 when one of `MUST_BE_FOUND` was not found.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hil.campaign.workers import WorkerDied, call_all
from hil.quality.canaries.catalogue import Canary, DoesNotApply, canaries, edit
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.judging import judge
from hil.swarm.life import live
from hil.swarm.likely import OUT_OF_REACH, ordered
from hil.swarm.open_faults import open_fault
from hil.swarm.story import Story
from hil.targets import firmware_source

# The first story from this seed on shows it; a swarm that does not find it is blind.
MUST_BE_FOUND = ("indexer-not-aligned",)
_SEED = 40
_SOON = 10
MOST_STORIES = 500


class Search(msgspec.Struct, frozen=True):
    """Which canary, from which seed on, in how many stories at most, with how much of a processor's time."""

    canary: str
    first_seed: int
    stories: int
    most_cpu_s: float = float("inf")


class Sighting(msgspec.Struct, frozen=True):
    """`after`: the number of a story that showed it, None when none of `of` did; `kind`: the violation.

    The stories that can show it were lived first (`likely`), so one with a smaller number may show it as well.
    """

    canary: str
    after: int | None
    of: int
    kind: str = ""
    why: str = ""


def search(wanted: Search) -> Sighting:
    """Live stories with the broken firmware until one shows a violation that is not known to be open."""
    canary = next(each for each in canaries() if each.id == wanted.canary)
    try:
        edits = edit(canary)
    except DoesNotApply as problem:
        return Sighting(canary.id, None, 0, why=str(problem))
    began_s = time.process_time()
    lived = 0
    for number, story in ordered(canary.id, wanted.first_seed, wanted.stories):
        if time.process_time() - began_s > wanted.most_cpu_s:
            break
        lived += 1
        with firmware_source.edited(edits):
            life = live(story.scenario())
        if life.broken:
            return Sighting(canary.id, number, wanted.stories, "the bench could not go on")
        kinds = [each.kind for each in judge(life) if open_fault(each.kind, story.table) is None]
        if kinds and (told := _told_apart(story, kinds)):
            return Sighting(canary.id, number, wanted.stories, told)
    return Sighting(canary.id, None, lived)


def _told_apart(story: Story, kinds: Sequence[str]) -> str:
    """The first of these violations that the firmware as it is does not show in the same story; empty without."""
    by_itself = {violation.kind for violation in judge(live(story.scenario()))}
    return next((kind for kind in kinds if kind not in by_itself), "")


def searches(
    wanted: Sequence[Canary],
    first_seed: int,
    stories: int,
    workers: int,
    most_cpu_s: float = float("inf"),
    tell: Callable[[Sighting], None] = lambda sighting: None,
) -> list[Sighting]:
    """One sighting for each canary, in their order."""
    found: dict[int, Sighting] = {}

    def take(number: int, answer: Sighting | Exception) -> None:
        if isinstance(answer, WorkerDied):
            answer = Sighting(wanted[number].id, None, stories, why=str(answer))
        if isinstance(answer, Exception):
            raise answer
        found[number] = answer
        tell(answer)

    call_all(search, [Search(canary.id, first_seed, stories, most_cpu_s) for canary in wanted], workers, take)
    return [found[number] for number in range(len(wanted))]


def blind_to() -> str:
    """The name of a canary that must be found and was not; empty when all were."""
    known = {canary.id: canary for canary in canaries()}
    for sighting in searches([known[name] for name in MUST_BE_FOUND], _SEED, _SOON, 1):
        if sighting.after is None:
            return sighting.canary
    return ""


def shown(sighting: Sighting) -> str:
    """For the table of canaries."""
    if sighting.why:
        return sighting.why
    if sighting.after is None:
        return f"not in {sighting.of} stories"
    return f"within {sighting.after}: {sighting.kind}"


_AREAS = ("dosing", "limits", "detection", "alarms")
_HEAD = """# Broken firmwares and the swarm

This is test equipment and a teaching bench. It is not a medical device and must never be connected to a person.

Each broken firmware that delivers wrongly, passes a limit, misses a fault or tells an alarm wrongly, and the story of
the first {stories} that shows it: its number, and the invariant that sees it. The stories that have what a fault needs
were lived first (`hil/swarm/likely.py`), so one with a smaller number may show it as well. Those that are not found are
caught by tests, as all are (`make canaries`). `python -m hil.swarm.guard --document docs/swarm-canaries.md` makes this
page from what `make canaries SWARM={stories}` has found.

{found} of {wanted} are found, {share:.0f} %; {left} were not tried, or are out of the reach of stories. A search has a
bound of processor time (`--seconds`): "not in n stories" says how many of the {stories} were lived.

| broken firmware | found by the swarm | why it is dangerous |
|---|---|---|
"""


def document(rows: dict[str, dict[str, object]]) -> str:
    """The page of what was found; raises KeyError for nothing: each canary of `_AREAS` has a line."""
    wanted = [each for area in _AREAS for each in canaries(area)]
    tried = [each.id for each in wanted if each.id in rows]
    found = [name for name in tried if rows[name]["after"] is not None]
    lines = []
    for each in wanted:
        row = rows.get(each.id)
        reason = OUT_OF_REACH.get(each.id, "")
        if row is None:
            said = reason or "not tried"
        elif row["after"] is None:
            said = f"not in {row['of']} stories" + (f": {reason}" if reason else "")
        else:
            said = str(row["shown"])
        lines.append(f"| `{each.id}` | {said} | {each.why} |\n")
    head = _HEAD.format(
        stories=MOST_STORIES,
        found=len(found),
        wanted=len(wanted),
        share=100 * len(found) / len(wanted),
        left=len(wanted) - len(tried),
    )
    return head + "".join(lines)


def _read(file: Path) -> dict[str, dict[str, object]]:
    """What earlier searches have found; nothing where there is no file yet."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def main() -> int:
    reader = argparse.ArgumentParser(prog="python -m hil.swarm.guard", description=__doc__)
    reader.add_argument("ids", nargs="*", metavar="ID", help="only these canaries")
    reader.add_argument("--stories", type=int, default=MOST_STORIES, help="at most, for each canary")
    reader.add_argument("--seed", type=int, default=0, help="of the first story")
    reader.add_argument("--seconds", type=float, default=float("inf"), help="of a processor for each canary at most")
    reader.add_argument("-j", "--workers", type=int, default=1)
    reader.add_argument("--json", type=Path, default=Path("out/swarm/canaries.json"))
    reader.add_argument("--document", type=Path, metavar="FILE", help="write the page of --json, and search nothing")
    chosen = reader.parse_args()
    if chosen.document is not None:
        chosen.document.write_text(document(_read(chosen.json)), encoding="utf-8")
        return 0
    known = {canary.id: canary for canary in canaries()}
    unknown = [name for name in chosen.ids if name not in known]
    if unknown:
        reader.error(f"no canary {', '.join(unknown)}; there are {', '.join(known)}")
    wanted = [known[name] for name in chosen.ids] or list(known.values())

    def tell(sighting: Sighting) -> None:
        print(f"{sighting.canary}: {shown(sighting)}", flush=True)

    sightings = searches(wanted, chosen.seed, chosen.stories, chosen.workers, chosen.seconds, tell)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    rows = _read(chosen.json)
    rows |= {sighting.canary: {**msgspec.to_builtins(sighting), "shown": shown(sighting)} for sighting in sightings}
    chosen.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    count = sum(sighting.after is not None for sighting in sightings)
    print(f"{count} of {len(sightings)} broken firmwares found by the swarm; {chosen.json}")
    missed = [each.canary for each in sightings if each.canary in MUST_BE_FOUND and each.after is None]
    if missed:
        print(f"the swarm is blind: {', '.join(missed)} must be found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
