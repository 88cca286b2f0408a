"""The files of a rig as they lie on its board: the rig's own modules, compiled or as source, and what it needs of the
protocol. There is no linking and no list: a rig has room, and a person to see that it runs."""

from __future__ import annotations

from functools import cache

from hil.board.files import ARCHITECTURE, MAIN, REPOSITORY, compiled

_OWN_MAIN = "hil/rig/main.py"
_OF_THE_PROTOCOL = ("protocols/frame.py", "protocols/ids.py", "protocols/fields.py", "protocols/rig.py")


def rig_source_files() -> dict[str, bytes]:
    """Device path -> content, nothing compiled."""
    own = [path.relative_to(REPOSITORY).as_posix() for path in sorted((REPOSITORY / "hil" / "rig").glob("*.py"))]
    files = {"/" + name: (REPOSITORY / name).read_bytes() for name in (*own, *_OF_THE_PROTOCOL)}
    files[MAIN] = files.pop("/" + _OWN_MAIN)
    return files


@cache
def rig_compiled_files() -> dict[str, bytes]:
    """Device path -> content, each module as .mpy. Raises `BenchBroken` when mpy-cross is missing or refuses one."""
    sources = rig_source_files()
    files = {MAIN: sources.pop(MAIN)}
    for path, source in sources.items():
        module = path.removeprefix("/").removesuffix(".py").replace("/", ".")
        files[path.removesuffix(".py") + ".mpy"] = compiled(module, source, ARCHITECTURE)
    return files
