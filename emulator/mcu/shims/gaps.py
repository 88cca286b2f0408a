"""Names that the board's modules have and ours do not."""

from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from emulator.errors import NotModelled

if TYPE_CHECKING:
    from emulator.mcu.chip import Chip


def with_gaps(chip: "Chip", module: ModuleType, gaps: str) -> ModuleType:
    """`module`, in which using one of `gaps` raises NotModelled, even inside hasattr."""
    known = frozenset(gaps.split())

    def missing(name: str) -> NoReturn:
        if name in known:
            chip.fail(NotModelled(f"{module.__name__}.{name}"))
        raise AttributeError(f"'module' object has no attribute '{name}'")

    module.__dict__["__getattr__"] = missing
    return module
