"""Who may import whom: the layers of the project as a table, and the check of one source text.

Checks take text, not files, so that a test can show each of them failing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

PRODUCT = ("emulator", "firmware", "hil", "protocols")
PROJECT = (*PRODUCT, "tests")
HARDWARE = ("machine", "rp2")

# Layer -> what it may import of the project. The longest matching layer governs a module.
LAYERS: dict[str, tuple[str, ...]] = {
    "protocols": ("protocols",),
    # Pure: no drivers, no time, and of the protocol only its numbers.
    "firmware.core": ("firmware.core", "protocols.ids"),
    # One chip or signal each: they know no protocol and no therapy.
    "firmware.drivers": ("firmware.drivers",),
    # Handed drivers as objects.
    "firmware.services": ("firmware.core", "firmware.services", "protocols"),
    "firmware.clock": (),
    "firmware.forgetting": (),
    "firmware.board": ("firmware.drivers",),
    # Makes every service and connects them.
    "firmware.assembly": ("firmware.core", "firmware.services", "protocols"),
    "firmware.app": ("firmware", "protocols"),
    "firmware.maintenance": ("firmware.board", "firmware.services"),
    "firmware.main": ("firmware",),
    # Physics: no pins, no firmware.
    "emulator.plant": ("emulator.plant",),
    "emulator.env": ("emulator.errors",),
    "emulator.nets": ("emulator.env", "emulator.errors"),
    "emulator.bench": (
        "emulator.bench",
        "emulator.plant",
        "emulator.nets",
        "emulator.env",
        "emulator.errors",
    ),
    # The processor: no physics. Of the bench it sees only which net is on which pin.
    "emulator.mcu": (
        "emulator.mcu",
        "emulator.nets",
        "emulator.env",
        "emulator.errors",
        "emulator.bench.wiring",
    ),
    "emulator": ("emulator",),
    "hil.targets": ("hil", "protocols", "emulator"),
    # Faults, nets and fields of the bench are named once, in the emulator.
    "hil.words.bench": ("hil.words", "emulator"),
    # MicroPython for the second board: it takes nothing of the host.
    "hil.rig": ("hil.rig", "protocols"),
    "hil.labgrid": ("hil.labgrid",),
    "hil": ("hil", "protocols"),
    "tests": PROJECT,
}

# The rooms of hil from the top down. A room may import rooms of the lines below its own, and itself.
ROOMS_OF_HIL = (
    ("cli",),
    ("commands",),
    ("swarm",),
    ("measure", "campaign", "pytest_plugin"),
    ("docs",),
    ("report", "ports", "quality", "traceability"),
    ("run",),
    ("targets",),
    ("board",),
    ("pump",),
    ("scenario",),
    # labgrid: a distribution of its own, for another environment; nothing here may import it.
    ("words", "rig", "labgrid"),
    # No rooms: one file each that every room may need.
    ("errors", "console"),
)

# Where the firmware may touch hardware, and where it may read a clock.
HARDWARE_LAYERS = ("firmware.board", "firmware.drivers", "firmware.main", "hil.rig")
TICKS_LAYERS = ("firmware.clock",)


def is_within(module: str, layer: str) -> bool:
    return module == layer or module.startswith(layer + ".")


@cache  # each check asks for the imports of every file
def imported(module: str, source: str) -> tuple[tuple[int, str], ...]:
    """(line, dotted name) of every import in the text, inside functions as well.

    `from a.b import c` yields `a.b.c`; relative imports are resolved against `module`; a constant handed
    to `import_module` or `__import__` counts as an import.
    """
    return tuple(_imports(module, ast.parse(source)))


def _imports(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            parts = base + ([node.module] if node.module else [])
            for alias in node.names:
                yield node.lineno, ".".join([*parts, alias.name])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def layer_violations(module: str, source: str) -> list[str]:
    """Imports of the project that the layer of `module` does not allow."""
    layer = max((layer for layer in LAYERS if is_within(module, layer)), key=len, default="")
    if not layer:
        return [f"{module}: belongs to no layer"]
    return [
        f"{module}:{line}: {layer} may not import {name}"
        for line, name in imported(module, source)
        if name.split(".")[0] in PROJECT and not any(is_within(name, allowed) for allowed in LAYERS[layer])
    ]


def room_violations(module: str, source: str) -> list[str]:
    """Imports between the rooms of hil that do not go down, those for type checkers alone included."""
    room = _room_of(module)
    if not room:
        return []
    depths = {name: depth for depth, names in enumerate(ROOMS_OF_HIL) for name in names}
    if room not in depths:
        return [f"{module}: hil.{room} has no place in ROOMS_OF_HIL"]
    return [
        f"{module}:{line}: hil.{room} may not import {name}, which is not below it"
        for line, name in imported(module, source)
        if (other := _room_of(name)) not in ("", room) and depths.get(other, -1) <= depths[room]
    ]


def _room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "hil" and len(parts) > 1 else ""


def hardware_violations(module: str, source: str) -> list[str]:
    """`machine` and `rp2` outside the board and the drivers; ticks outside the clock."""
    found = []
    for line, name in imported(module, source):
        top, _, member = name.partition(".")
        if top in HARDWARE and not any(is_within(module, layer) for layer in HARDWARE_LAYERS):
            found.append(f"{module}:{line}: {top} belongs to firmware.board and firmware.drivers")
        if top == "time" and is_within(module, "firmware") and module not in TICKS_LAYERS:
            # A driver may wait for its chip, some microseconds at a time.
            is_pause = is_within(module, "firmware.drivers") and member == "sleep_us"
            if not is_pause:
                found.append(f"{module}:{line}: {name} belongs to firmware.clock")
    return found


PIN_TAKERS = ("Pin", "ADC", "I2C", "PWM", "SPI", "UART")


def pin_violations(module: str, source: str) -> list[str]:
    """Pin and channel numbers outside `firmware.board`: as a literal argument or as a named constant.

    Not asked of `firmware.main`, which knows three of them: it gives the alarm when no other file can be read.
    """
    if module in ("firmware.board", "firmware.main"):
        return []
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            values = [
                *node.args[:1],
                *(word.value for word in node.keywords if word.arg in ("id", "scl", "sda")),
            ]
            if name in PIN_TAKERS and any(isinstance(value, ast.Constant) for value in values):
                found.append(f"{module}:{node.lineno}: {name} takes a number that belongs to firmware.board")
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for name in names:
                if name.lstrip("_").startswith(("PIN_", "GPIO_", "GP_")):
                    found.append(f"{module}:{node.lineno}: {name} belongs to firmware.board")
    return found
