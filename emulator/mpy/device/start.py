"""Started by the interpreter: puts our modules in place, mounts the emulated flash as /, runs main.py."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportArgumentType=false

import builtins
import gc
import os
import sys

import vfs
import wire
from bridge import bridge, traceback_of
from flash_device import Flash
from stand_ins import STAND_INS
from streams import say

_ENDED = wire.number_of("ended")
_OWN = ("select", "time")
_HARDWARE = ("machine", "rp2")
INTERRUPTIBLE = wire.number_of("interruptible")
CTRL_C = 3
READ_BYTES = 256
NAMES_BEFORE_LARGE_POOL = 1800

import_module = builtins.__import__


def mount():
    """As _boot.py of the rp2 port: a file system that cannot be mounted is made anew."""
    device = Flash()
    vfs.umount("/")
    try:
        vfs.mount(vfs.VfsLfs2(device, readsize=READ_BYTES, progsize=256, mtime=False), "/")
    except OSError:
        vfs.VfsLfs2.mkfs(device, progsize=256)
        vfs.mount(vfs.VfsLfs2(device, readsize=READ_BYTES, progsize=256, mtime=False), "/")
    os.chdir("/")


def charging_import(*arguments):
    """`import` that takes the time in which a Pico would compile what is new.

    Collects first: reading a file leaves garbage here that the board's own block device does not make,
    and it must not scatter what stays.
    """
    before = len(sys.modules)
    gc.collect()
    module = import_module(*arguments)
    if len(sys.modules) != before:
        for name in sys.modules:
            if name not in charged:
                charged.add(name)
                charge_compile(getattr(sys.modules[name], "__file__", None))
    return module


def charge_compile(path):
    """A board has the firmware's modules compiled: `pumpbench flash` installs them so."""
    if path is None:
        return
    rate = bridge.compile_ns_per_byte
    if path.endswith(".mpy"):
        rate = bridge.load_mpy_ns_per_byte
    elif path.lstrip("/").startswith(("firmware/", "protocols/")):
        rate = bridge.load_ns_per_byte
    bridge.charge(os.stat(path)[6] * rate)


def grow_name_pool():
    """Fill the interpreter's pools of names nearly up to the one that the whole firmware fits in.

    Our own names (400) on top of the firmware's (2500) would otherwise make it look for 28 KiB in one
    piece in the middle of the imports, which the board, without our names, need not do. A few more here, and
    there would be no room left in that pool: the next one is 56 KiB.
    """
    for number in range(NAMES_BEFORE_LARGE_POOL):
        hasattr(bridge, chr(0x3A + number // 64) + chr(0x30 + number % 64))


def run_main(path):
    try:
        with open(path) as file:
            source = file.read()
    except OSError:
        return
    charge_compile(path)
    code = compile(source, path[1:], "exec")
    # Ctrl-C interrupts a program while it runs, and not its compilation.
    bridge.call(INTERRUPTIBLE, CTRL_C)
    try:
        exec(code, {"__name__": "__main__"})
    finally:
        bridge.call(INTERRUPTIBLE, -1)


for name in _OWN + _HARDWARE:
    import_module(name)
grow_name_pool()
charged = set(sys.modules)
mount()
path = sys.path
path.clear()
path.extend(("", "/lib"))
builtins.print = say
builtins.__import__ = charging_import
sys.modules.update(STAND_INS)
charged.update(STAND_INS)
gc.collect()

complaint = b""
try:
    for name in ("/boot.py", "/main.py"):
        run_main(name)
except SystemExit:
    bridge.call(wire.number_of("unmodelled"), payload=b"soft reset (SystemExit from main.py)")
except BaseException as error:
    complaint = traceback_of(error)
# From here on only interrupt handlers run, as at the REPL.
bridge.call(_ENDED, payload=complaint)
