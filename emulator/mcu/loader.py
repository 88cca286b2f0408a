"""Runs firmware files in namespaces of their own, with a private `__import__`.

Many devices live in one process: each power-on has its own modules and built-ins, and CPython's
`sys.modules` is never touched. Only compiled code is shared, by content.
"""

import ast
import builtins
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from emulator.errors import DeviceOSError
from emulator.mcu import small_int
from emulator.mcu.shims.plain import plain_modules
from emulator.mcu.source_edits import read_source

SEARCH_PATH = ("", "/lib")  # "" is the root folder; ".frozen" holds nothing of ours

# The built-in names of MicroPython 1.28 on the RP2040; any other is a NameError on the device too. Left out
# although CPython has them: TimeoutError and the other children of OSError, `format`, `ascii`, `breakpoint`,
# `vars`, `aiter`, `anext`, ModuleNotFoundError, RecursionError and the warnings.
_BUILTIN_NAMES = """
abs all any bin bool bytearray bytes callable chr classmethod compile complex delattr dict dir
divmod enumerate eval exec filter float frozenset getattr globals hasattr hash hex id int isinstance
issubclass iter len list locals map max memoryview min next object oct ord pow property range repr
reversed round set setattr slice sorted staticmethod str sum super tuple type zip ArithmeticError
AssertionError AttributeError BaseException EOFError Exception GeneratorExit ImportError
IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError
NotImplementedError OverflowError RuntimeError StopAsyncIteration StopIteration SyntaxError
SystemExit TypeError UnicodeError ValueError ZeroDivisionError Ellipsis NotImplemented
__build_class__
"""

_compiled: dict[tuple[str, bytes, bool], CodeType] = {}


def compile_source(filename: str, source: bytes, guard: bool = False) -> CodeType:
    """Byte code of one file, compiled once per content. `guard`: see small_int.py."""
    key = (filename, source, guard)
    code = _compiled.get(key)
    if code is None:
        tree = ast.parse(source, filename)
        if guard:
            tree = small_int.guarded(tree)
        code = _compiled[key] = compile(tree, filename, "exec", dont_inherit=True, optimize=0)
    return code


def device_builtins() -> dict[str, object]:
    """A fresh `__builtins__`; `__import__`, `print`, `open` and `input` are added per device."""
    names: dict[str, object] = {name: getattr(builtins, name) for name in _BUILTIN_NAMES.split()}
    names["OSError"] = DeviceOSError
    names["__debug__"] = True
    return names


class ImageLoader:
    """Modules of one power-on.

    `read_source(path)` gives a file of the device or None; `is_folder(path)` tells a namespace package;
    `on_compile(byte_count)` charges the time it takes the device to compile.
    """

    def __init__(
        self,
        read_source: Callable[[str], bytes | None],
        is_folder: Callable[[str], bool],
        on_compile: Callable[[int], object] = lambda byte_count: None,
        guard: bool = False,
    ) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.builtins = device_builtins()
        self.builtins["__import__"] = self.import_module
        self.search_path: list[str] = list(SEARCH_PATH)
        self._read_source = read_source
        self._is_folder = is_folder
        self._built_in: dict[str, ModuleType] = {}
        self._unmodelled: Callable[[str], object] = lambda name: None
        self._on_compile = on_compile
        self._guard = guard
        self.filenames: set[str] = set()

    def use_built_in(
        self, modules: Mapping[str, ModuleType], unmodelled: Callable[[str], object] = lambda name: None
    ) -> None:
        """Modules that are no files; `unmodelled(name)` may raise for one that is unknown."""
        self._built_in.update(modules)
        self._unmodelled = unmodelled

    def run_main(self, path: str) -> None:
        """Execute a file as `__main__`. A file that is not there is not an error, as on the board."""
        source = self._read_source(path)
        if source is not None:
            module = ModuleType("__main__")
            self.modules["__main__"] = module
            self.execute(module, path, source)

    def import_module(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__`, with MicroPython's message when there is no such module."""
        if level:
            package = str((globals or {}).get("__name__", "")).rsplit(".", level)[0]
            name = f"{package}.{name}" if name else package
        module = self._load(name)
        if not fromlist:
            return module if level else self.modules.get(name.partition(".")[0], module)
        if hasattr(module, "__path__"):
            for attribute in fromlist:
                if attribute != "*" and not hasattr(module, attribute):
                    self._load_child(module, f"{module.__name__}.{attribute}")
        return module

    def _load(self, name: str) -> ModuleType:
        module = self.modules.get(name)
        if module is not None:
            return module
        parent_name, _, child = name.rpartition(".")
        if parent_name:
            parent = self._load(parent_name)
            module = self._load_child(parent, name)
            if module is None:
                raise ImportError(f"no module named '{name}'")
            setattr(parent, child, module)
            return module
        module = self._from_files(name, self.search_path) or self._from_built_in(name)
        if module is None:
            raise ImportError(f"no module named '{name}'")
        return module

    def _load_child(self, parent: ModuleType, name: str) -> ModuleType | None:
        module = self.modules.get(name) or self._from_files(
            name.rpartition(".")[2], list(getattr(parent, "__path__", ())), name
        )
        if module is not None:
            setattr(parent, name.rpartition(".")[2], module)
        return module

    def _from_built_in(self, name: str) -> ModuleType | None:
        found = self._built_in.get(name)
        if found is None and name.startswith("u"):
            found = self._built_in.get(name[1:])  # utime is time: the port's weak links
        if found is None:
            self._unmodelled(name)
        else:
            self.modules[name] = found
        return found

    def _from_files(self, part: str, folders: list[str], name: str = "") -> ModuleType | None:
        for folder in folders:
            base = f"{folder}/{part}"
            if self._is_folder(base):
                return self._make(name or part, f"{base}/__init__.py", package=base)
            source = self._read_source(f"{base}.py")
            if source is not None:
                return self._make(name or part, f"{base}.py", source=source)
        return None

    def _make(self, name: str, path: str, source: bytes | None = None, package: str | None = None) -> ModuleType:
        module = ModuleType(name)
        if package is not None:
            module.__path__ = [package]
            source = self._read_source(path)
        self.modules[name] = module
        if source is not None:
            try:
                self.execute(module, path, source)
            except BaseException:
                self.modules.pop(name, None)
                raise
        return module

    def execute(self, module: ModuleType, path: str, source: bytes) -> None:
        """Run `source` in the namespace of `module`; `path` is what tracebacks call it."""
        filename = path.lstrip("/")
        self._on_compile(len(source))
        code = compile_source(filename, source, self._guard)
        self.filenames.add(filename)
        module.__file__ = filename
        module.__dict__["__builtins__"] = self.builtins
        exec(code, module.__dict__)


def load_modules(repo_root: Path | str, *names: str, guard: bool = False) -> SimpleNamespace:
    """Modules of firmware/core and protocols for unit tests, without a device.

    `load_modules(root, "firmware.core.units").units` is the module; all names share one set of modules.
    What touches hardware cannot be imported. `guard` raises where integer arithmetic leaves the small-int
    range of the board or becomes a float.
    """
    root = Path(repo_root)

    def read_file(path: str) -> bytes | None:
        name = path.lstrip("/")
        return read_source(root, name) if (root / name).is_file() else None

    def is_folder(path: str) -> bool:
        return path.startswith(("/firmware", "/protocols")) and (root / path.lstrip("/")).is_dir()

    loader = ImageLoader(read_file, is_folder, guard=guard)
    loader.use_built_in(plain_modules())
    loader.builtins["print"] = print
    found = SimpleNamespace()
    for name in names:
        setattr(found, name.rpartition(".")[2], loader.import_module(name, fromlist=("*",)))
    return found
