"""Writes the keys of the roles, at the prompt in maintenance mode (LNK-05).

Keys are written by a person at the pump: the silence button is held while they are written, not only at
power-on. So the prompt that a service command leaves to, or a prompt after an error, does not do.
"""

import os

from firmware import board
from firmware.services.link import keys


def write_keys(patient, clinician, service):
    """Replace the keys, 32 bytes each. Cut short at any point, the old set is whole.

    RuntimeError when the button is not held, ValueError for a key of another length, OSError from the file
    system.
    """
    _require_button()
    keys.provision(patient, clinician, service)


def erase_keys():
    """Make the board keyless. RuntimeError when the button is not held, OSError when it never had keys."""
    _require_button()
    os.stat(keys.KEYS_PATH)
    keys.erase()


def _require_button():
    if not board.is_silence_held():
        raise RuntimeError("hold the silence button while keys are written")
