"""Flash images: the files of a device, laid out on littlefs as on the board."""

import json
from binascii import crc32
from collections import OrderedDict
from pathlib import Path

from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import BLOCK_BYTES, BLOCKS, Flash, HostAccess
from emulator.mcu.source_edits import read_source

MANIFEST = "/manifest.json"
_KEPT_IMAGES = 8
_images: OrderedDict[tuple[tuple[str, bytes], ...], bytes] = OrderedDict()


class FlashImage:
    """Ways to make the bytes that `Flash(image=...)` takes. The same files give the same bytes."""

    @staticmethod
    def build(files: dict[str, bytes]) -> bytes:
        """An image with these files; keys are device paths such as "/main.py"."""
        key = tuple(sorted(("/" + path.lstrip("/"), bytes(data)) for path, data in files.items()))
        image = _images.get(key)
        if image is None:
            flash = Flash(BLOCKS, BLOCK_BYTES)
            filesystem = Filesystem(HostAccess(flash), BLOCKS, BLOCK_BYTES)
            filesystem.format()
            filesystem.mount()
            for path, data in key:
                filesystem.write_file(path, data)
            image = _images[key] = flash.image
            if len(_images) > _KEPT_IMAGES:
                _images.popitem(last=False)
        else:
            _images.move_to_end(key)
        return image

    @staticmethod
    def from_tree(repo_root: Path | str, extra: dict[str, bytes] | None = None) -> bytes:
        """The image that would be copied to a board from this repository, plus or replaced by `extra`,
        with the list by which the firmware checks its files."""
        files = {**tree_files(repo_root), **(extra or {})}
        return FlashImage.build({MANIFEST: manifest_of(files), **files})


def manifest_of(files: dict[str, bytes]) -> bytes:
    """[[path, CRC-32], ...] of the files that do not change while the pump runs; as the firmware reads it, an
    entry on each line and all lines of one length (firmware/drivers/image.py)."""
    fixed = [path for path in sorted(files) if path.endswith((".py", ".mpy")) or path == "/config.json"]
    entries = [json.dumps([path, crc32(files[path])]) for path in fixed]
    width = max(map(len, entries), default=0)
    text = ",\n ".join(entry.ljust(width) for entry in entries)
    return f"[{text}]\n".encode()


def tree_files(repo_root: Path | str) -> dict[str, bytes]:
    """The repository's files as the device names them; firmware/main.py is /main.py at the root."""
    root = Path(repo_root)
    files: dict[str, bytes] = {}
    for folder in ("firmware", "protocols"):
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            files["/" + name] = read_source(root, name)
    files["/main.py"] = files.pop("/firmware/main.py")
    return files
