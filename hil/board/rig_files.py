"""The files of a rig as they lie on its board: the rig's own modules, compiled or as source, and what it needs of the
protocol. There is no linking and no list: a rig has room, and a person to see that it runs.

    python -m hil.board.rig_files FOLDER        writes them; then: mpremote connect PORT cp -r FOLDER/. : + reset
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path

from hil.board.files import ARCHITECTURE, MAIN, REPOSITORY, compiled
from hil.errors import BenchBroken

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


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hil.board.rig_files", description="Write the rig's files, compiled, for mpremote to copy."
    )
    parser.add_argument("folder", type=Path, help="made when it is not there")
    folder = parser.parse_args().folder
    try:
        for path, content in rig_compiled_files().items():
            file = folder / path.removeprefix("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    except (BenchBroken, OSError) as error:
        print(f"error: {folder}: {error}", file=sys.stderr)
        return BenchBroken.exit_code
    print(f"{len(rig_compiled_files())} files in {folder}; now: mpremote connect PORT cp -r {folder}/. : + reset")
    return 0


if __name__ == "__main__":
    sys.exit(main())
