"""Modules that only one other module imports become a part of it: fewer and larger files on the board.

A file costs a board 25 ms at boot, for finding it in its directory twice, and each module 300 bytes of heap for
its dictionaries and names.
"""

from __future__ import annotations

import ast

import msgspec

from hil.board.linking import MAIN, ROOTS, edited, replaced

# An index of the name table takes one byte up to 127, two above; a bundle with more words would be longer for it.
MOST_WORDS = 320


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
    return {name: _bundle(group, sources, trees) for name, group in parts.items()}


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
    if importer == MAIN:
        return None
    at_the_top = [node for node in trees[importer].body if isinstance(node, ast.ImportFrom) and node.module == name]
    anywhere = [node for node in imports[importer] if node.module == name]
    is_plain = all(alias.asname is None for node in at_the_top for alias in node.names)
    is_whole = any(f"{module}.{word}" == name for module, word in _pairs(imports[importer]))
    return importer if at_the_top and at_the_top == anywhere and is_plain and not is_whole else None


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


def _bundle(group: list[str], sources: dict[str, str], trees: dict[str, ast.Module]) -> Bundle:
    text = ""
    for name in group:
        edits = [
            replaced(sources[name], node, "")
            for node in trees[name].body
            if isinstance(node, ast.ImportFrom) and node.module in group
        ]
        text += edited(sources[name], edits)
    return Bundle(group, text)
