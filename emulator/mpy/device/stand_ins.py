"""Modules of the interpreter that firmware must see otherwise: sys, micropython, os.

They cannot be files beside the others, because the built-in ones come first; so objects take their
place among the loaded modules.
"""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

import os
import sys

import micropython
import streams
import wire
from bridge import bridge

_KBD_INTR = wire.number_of("kbd_intr")
_URANDOM = wire.number_of("urandom")


class _Sys:
    """What the board has. `maxsize` is that of its words, not of this interpreter's."""

    argv = []
    byteorder = sys.byteorder
    exit = sys.exit
    implementation = sys.implementation
    maxsize = 0x7FFF_FFFF
    modules = sys.modules
    path = sys.path
    platform = "rp2"
    print_exception = streams.print_exception
    stderr = streams.stdout
    stdin = streams.stdin
    stdout = streams.stdout
    version = sys.version
    version_info = sys.version_info


class _Micropython:
    const = micropython.const
    heap_lock = micropython.heap_lock
    heap_unlock = micropython.heap_unlock
    mem_info = micropython.mem_info
    opt_level = micropython.opt_level
    schedule = micropython.schedule
    stack_use = micropython.stack_use

    @staticmethod
    def kbd_intr(character):
        bridge.call(_KBD_INTR, character)

    @staticmethod
    def alloc_emergency_exception_buf(size):
        pass


class _Os:
    chdir = os.chdir
    getcwd = os.getcwd
    ilistdir = os.ilistdir
    listdir = os.listdir
    mkdir = os.mkdir
    remove = os.remove
    rename = os.rename
    rmdir = os.rmdir
    sep = "/"
    stat = os.stat
    statvfs = os.statvfs
    unlink = os.unlink

    @staticmethod
    def sync():
        pass

    @staticmethod
    def uname():
        return ("rp2", "rp2", "1.28.0", "v1.28.0", "Raspberry Pi Pico with RP2040")

    @staticmethod
    def urandom(count):
        return bridge.call_for_bytes(_URANDOM, count)


STAND_INS = {"sys": _Sys, "micropython": _Micropython, "os": _Os}
