"""Leaving the pump's program over a restart, for the REPL (an armed watchdog cannot be stopped otherwise) or anew.

/to_repl asks the next start to stay out. It then becomes /at_repl, by which the start after that knows that
a person restarted the board and not the watchdog; machine.reset_cause() says the same of both.
"""

import os

_ASKED = "/to_repl"
_THERE = "/at_repl"


def ask():
    """Before the restart. False when the file system refuses."""
    try:
        with open(_ASKED, "wb"):
            return True
    except OSError:
        return False


def note():
    """Before a restart that a person asked for, and that does not lead to the REPL. False as above."""
    try:
        with open(_THERE, "wb"):
            return True
    except OSError:
        return False


def is_asked():
    """At each start, before anything else: True once after `ask`."""
    try:
        os.rename(_ASKED, _THERE)
    except OSError:
        return False
    return True


def has_been():
    """When the pump starts: True once after a stay at the REPL."""
    try:
        os.remove(_THERE)
    except OSError:
        return False
    return True
