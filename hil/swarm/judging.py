"""What an invariant is, and what a life says of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from hil.swarm.life import Life


class Violation(msgspec.Struct, frozen=True):
    """`t_ns`: when it was seen. `kind` is the same for all that is the same fault of a pump: invariant, and what it
    names of it."""

    invariant: str
    requirement: str
    t_ns: int
    seen: str
    detail: str = ""

    @property
    def kind(self) -> str:
        return f"{self.invariant}: {self.detail}" if self.detail else self.invariant


class Found(msgspec.Struct, frozen=True):
    """What a check yields: the moment, what was seen in words with figures, and without figures what it is about."""

    t_ns: int
    seen: str
    detail: str = ""


Check = Callable[[Life], Iterator[Found]]


class Invariant(msgspec.Struct, frozen=True):
    """`text` says what must always be true; `requirement` is the id that demands it."""

    name: str
    text: str
    requirement: str
    check: Check


INVARIANTS: dict[str, Invariant] = {}


def invariant(name: str, requirement: str) -> Callable[[Check], Check]:
    """Enter a check; the first paragraph of its docstring is the text. Raises ValueError for a name that is taken."""

    def enter(check: Check) -> Check:
        if name in INVARIANTS:
            raise ValueError(f"two invariants are called {name}")
        text = " ".join((check.__doc__ or "").partition("\n\n")[0].split())
        INVARIANTS[name] = Invariant(name, text, requirement, check)
        return check

    return enter


def judge(life: Life) -> list[Violation]:
    """All that does not hold, in order of time; of one kind the first."""
    violations: dict[str, Violation] = {}
    for each in INVARIANTS.values():
        for found in each.check(life):
            violation = Violation(each.name, each.requirement, found.t_ns, found.seen, found.detail)
            violations.setdefault(violation.kind, violation)
    return sorted(violations.values(), key=lambda violation: violation.t_ns)
