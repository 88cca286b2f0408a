"""Import circles: modules that import each other, by whatever way round.

Every import statement counts: those in a function and those for type checkers alone, too. Two files that know
each other by name are read as one, whenever the import happens.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.architecture.imports import imported


def import_circles(modules: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of modules that reach each other by imports, each sorted. `modules`: (dotted name, text).

    A package stands for its `__init__.py`. Importing `a.b.c` runs `a` and `a.b` as well, but does not count as
    an import of them: only the file that a statement names does.
    """
    texts = dict(modules)
    graph = {name: _named_files(name, source, texts) for name, source in texts.items()}
    return sorted(sorted(group) for group in _strong_components(graph) if len(group) > 1)


def _named_files(module: str, source: str, known: Iterable[str]) -> set[str]:
    """`a.b.c` is the file a.b.c, or else a name inside the file a.b. A module's import of itself is none."""
    found = set()
    for _line, name in imported(module, source):
        parent = name.rpartition(".")[0]
        target = name if name in known else parent
        if target in known and target != module:
            found.add(target)
    return found


def _strong_components(graph: dict[str, set[str]]) -> list[set[str]]:
    """Modules that reach each other: those that lie ahead and behind at once."""
    ahead = {name: _reached(graph, name) for name in graph}
    groups: list[set[str]] = []
    seen: set[str] = set()
    for name in graph:
        if name not in seen:
            group = {name} | {other for other in ahead[name] if name in ahead[other]}
            groups.append(group)
            seen |= group
    return groups


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        for target in graph[ahead.pop()]:
            if target not in reached:
                reached.add(target)
                ahead.append(target)
    return reached
