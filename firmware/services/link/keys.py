"""The keys of the roles, in one file of the device (LNK-05).

The application only reads them. They are written by `provision` at the REPL, in maintenance mode
(firmware/maintenance.py). A role whose key is all zero has none and cannot be opened.
"""

import os
from binascii import crc32

from micropython import const

from protocols.ids import CLINICIAN, PATIENT, SERVICE

KEYS_PATH = "/keys.bin"
_NEW_PATH = "/keys.new"
KEY_BYTES = const(32)
_KEYED_ROLES = (PATIENT, CLINICIAN, SERVICE)
_CRC_BYTES = const(4)


class Keys:
    """`is_keyless`: no key file, or one that was erased. `is_damaged`: there is one, unreadable, or it is gone
    from a pump that had keys; then no role can be opened.
    """

    def __init__(self):
        self.is_keyless = True
        self.is_damaged = False
        self._is_erased = False
        self._stored = bytes(len(_KEYED_ROLES) * KEY_BYTES)

    def load(self, path=KEYS_PATH):
        """Read the file; absent is keyless. Never raises."""
        try:
            with open(path, "rb") as file:
                found = file.read()
        except OSError:
            return
        self.is_keyless = False
        stored = found[:-_CRC_BYTES]
        if len(stored) != len(self._stored) or found[-_CRC_BYTES:] != _check(stored):
            self.is_damaged = True
            return
        self._is_erased = stored == self._stored
        self.is_keyless = self._is_erased
        self._stored = stored

    def expect(self):
        """The pump had keys when its state was stored."""
        if self.is_keyless and not self._is_erased:
            self.is_keyless = False
            self.is_damaged = True

    def of(self, role):
        """The key of a role, None when it has none."""
        at = (role - PATIENT) * KEY_BYTES
        key = self._stored[at : at + KEY_BYTES]
        return None if key == bytes(KEY_BYTES) else key


def erase():
    """No role has a key from now on, and none is needed. Not the same as a file that is gone."""
    none = bytes(KEY_BYTES)
    provision(none, none, none)


def provision(patient, clinician, service, path=KEYS_PATH, new_path=_NEW_PATH):
    """Write three keys of 32 bytes each. Cut short at any point, the old set is whole.

    ValueError for a key of another length; OSError from the file system.
    """
    stored = patient + clinician + service
    if len(patient) != KEY_BYTES or len(clinician) != KEY_BYTES or len(service) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    with open(new_path, "wb") as file:
        file.write(stored + _check(stored))
    os.rename(new_path, path)


def _check(stored):
    return crc32(stored).to_bytes(_CRC_BYTES, "little")
