"""Modules become parts of others: fewer and larger files on the board.

A module that only one other imports becomes a part of that one. What is left, and too much for one file, goes
together in the order in which it is needed.

A file costs a board 25 ms at boot, for finding it in its directory twice, and each module 300 bytes of heap for
its dictionaries and names.

What only makes the pump and boots it is a bundle of its own, because the firmware forgets it then (forgetting.py):
a bundle leaves the heap as a whole or not at all.
"""

from __future__ import annotations

import ast

import msgspec

from hil.board.linking import MAIN, ROOTS, edited, replaced

# An index of the name table takes one byte up to 127, two above; a bundle with more words would be longer for it.
MOST_WORDS = 320
FORGOTTEN = frozenset(["firmware.assembly", "firmware.services.health.boot", "firmware.services.health.restoration"])


class Bundle(msgspec.Struct):
    """`parts` are the modules in it, in their order; the last one gives it its name."""

    parts: list[str]
    source: str


def bundled(sources: dict[str, str]) -> dict[str, Bundle]:
    """By dotted module name. `main` and what a person imports at the prompt stay as they are."""
    trees = {name: ast.parse(source) for name, source in sources.items()}
    nodes = {name: list(ast.walk(tree)) for name, tree in trees.items()}
    words = {name: _words(trees[name], below) for name, below in nodes.items()}
    imports = {
        name: [node for node in below if isinstance(node, ast.ImportFrom) and node.module]
        for name, below in nodes.items()
    }
    importers = _importers(imports)
    parts = {name: [name] for name in sources}
    for name in _dependencies_first(imports):
        importer = _host_of(name, importers, trees, imports)
        group = parts[name] + parts[importer] if importer is not None else []
        is_small = len({word for part in group for word in words[part]}) <= MOST_WORDS
        if importer is not None and is_small and _fit({part: trees[part] for part in group}):
            parts[importer] = parts[name] + parts[importer]
            del parts[name]
    parts = _joined(parts, imports, trees, words)
    homes = {part: name for name, group in parts.items() for part in group}
    return {name: _bundle(group, sources, trees, homes) for name, group in parts.items()}


def _pairs(imports: list[ast.ImportFrom]) -> list[tuple[str, str]]:
    """(module, name) of every from-import."""
    return [(node.module or "", alias.name) for node in imports for alias in node.names]


def _importers(imports: dict[str, list[ast.ImportFrom]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in imports}
    for name, own in imports.items():
        for module, word in _pairs(own):
            for target in (module, f"{module}.{word}"):
                if target in found:
                    found[target].add(name)
    return found


def _dependencies_first(imports: dict[str, list[ast.ImportFrom]]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in imports and name not in ordered:
            for module, word in _pairs(imports[name]):
                for target in (module, f"{module}.{word}"):
                    if target != name:
                        visit(target)
            ordered.append(name)

    for name in imports:
        visit(name)
    return ordered


def _host_of(
    name: str,
    importers: dict[str, set[str]],
    trees: dict[str, ast.Module],
    imports: dict[str, list[ast.ImportFrom]],
) -> str | None:
    """The one module that imports this one, at its beginning and by plain names; None when there is no such."""
    if name in ROOTS or len(importers[name]) != 1:
        return None
    [importer] = importers[name]
    if importer == MAIN or (name in FORGOTTEN) != (importer in FORGOTTEN):
        return None
    at_the_top = [node for node in trees[importer].body if isinstance(node, ast.ImportFrom) and node.module == name]
    anywhere = [node for node in imports[importer] if node.module == name]
    is_plain = all(alias.asname is None for node in at_the_top for alias in node.names)
    is_whole = any(f"{module}.{word}" == name for module, word in _pairs(imports[importer]))
    return importer if at_the_top and at_the_top == anywhere and is_plain and not is_whole else None


def _joined(
    parts: dict[str, list[str]],
    imports: dict[str, list[ast.ImportFrom]],
    trees: dict[str, ast.Module],
    words: dict[str, set[str]],
) -> dict[str, list[str]]:
    """Bundles one after another in the order of need, as many in one as fit; the last one gives it its name.

    A run of that order never needs a bundle that needs it, so there are no circles. What is imported by main, as a
    whole, inside a function or under another name keeps its own name, and ends a run.
    """
    homes = {part: name for name, group in parts.items() for part in group}
    needs = {
        name: {homes[module] for part in group for module in _needed(imports[part], homes)}
        for name, group in parts.items()
    }
    free = {name for name in parts if _is_renamable(name, imports, trees)}
    # What keeps its name and needs little comes first: it would cut a run in two.
    order = sorted(parts, key=lambda name: (name in free, len(needs[name])))
    joined: dict[str, list[str]] = {}
    run: list[str] = []
    for name in [*_by_need(order, needs), ""]:
        is_free = name in free
        group = run + parts[name] if is_free else []
        is_small = len({word for part in group for word in words[part]}) <= MOST_WORDS
        if is_free and is_small and _fit({part: trees[part] for part in group}):
            run = group
            continue
        if run:
            joined[run[-1]] = run
        run = parts[name] if is_free else []
        if name and not is_free:
            joined[name] = parts[name]
    return joined


def _needed(imports: list[ast.ImportFrom], homes: dict[str, str]) -> set[str]:
    return {target for module, word in _pairs(imports) for target in (module, f"{module}.{word}") if target in homes}


def _by_need(names: list[str], needs: dict[str, set[str]]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name not in ordered:
            for need in sorted(needs[name] - {name}):
                visit(need)
            ordered.append(name)

    for name in names:
        visit(name)
    return ordered


def _is_renamable(name: str, imports: dict[str, list[ast.ImportFrom]], trees: dict[str, ast.Module]) -> bool:
    """Everybody who imports this module does so at its beginning and by plain names."""
    if name in (MAIN, *ROOTS):
        return False
    for importer, own in imports.items():
        if any(isinstance(node, ast.Import) and name in {a.name for a in node.names} for node in trees[importer].body):
            return False
        anywhere = [node for node in own if node.module == name]
        is_plain = all(alias.asname is None for node in anywhere for alias in node.names)
        is_whole = any(f"{module}.{word}" == name for module, word in _pairs(own))
        is_at_the_top = all(node in trees[importer].body for node in anywhere)
        if is_whole or anywhere and (importer == MAIN or not is_plain or not is_at_the_top):
            return False
    return True


def _fit(group: dict[str, ast.Module]) -> bool:
    """Do they get along in one file: no name for two things?"""
    meanings: dict[str, tuple[str, str]] = {}
    for module, tree in group.items():
        for name, meaning in _names_of(module, tree).items():
            if meanings.setdefault(name, meaning) != meaning:
                return False
    return True


def _names_of(module: str, tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Name at module level -> what it is: (module, name there)."""
    names: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names.update({alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names})
        elif isinstance(node, ast.Import):
            names.update({alias.asname or alias.name: ("", alias.name) for alias in node.names})
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = (module, node.name)
        elif isinstance(node, ast.Assign):
            names.update({target.id: (module, target.id) for target in node.targets if isinstance(target, ast.Name)})
    return names


def _words(tree: ast.Module, nodes: list[ast.AST]) -> set[str]:
    found = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return found | set(_names_of("", tree))


def _bundle(group: list[str], sources: dict[str, str], trees: dict[str, ast.Module], homes: dict[str, str]) -> Bundle:
    text = ""
    for name in group:
        edits = [
            replaced(sources[name], node, "" if node.module in group else _import_of(node, homes[node.module]))
            for node in trees[name].body
            if isinstance(node, ast.ImportFrom) and node.module in homes and (name != MAIN)
        ]
        text += edited(sources[name], edits)
    return Bundle(group, text)


def _import_of(node: ast.ImportFrom, home: str) -> str:
    """The same names out of the bundle that their module is a part of."""
    words = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in node.names)
    return f"from {home} import {words}"
