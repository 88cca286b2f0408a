"""What only makes the pump leaves the heap when the pump is made.

The bundle with the assembly goes as a whole (hil/board/bundling.py). Of the other modules the constructors go: each
object of them is made once per power-on.
"""

import sys

MADE_ANEW = ("Mac",)  # classes of which objects are made while the pump runs
_CONSTRUCTOR = "__init__"


def forget_making():
    """Once, when nothing is left to be made."""
    del sys.modules["firmware.assembly"]
    delattr(sys.modules["firmware"], "assembly")
    for name in sys.modules:
        if name.startswith("firmware.") or name.startswith("protocols."):
            _free_constructors(sys.modules[name])


def _free_constructors(module):
    """Of its own classes: what it imports may be a class of the port."""
    for word in dir(module):
        thing = getattr(module, word)
        if isinstance(thing, type) and word not in MADE_ANEW:
            own = thing.__dict__
            if own.get("__module__") == module.__name__ and _CONSTRUCTOR in own:
                setattr(thing, _CONSTRUCTOR, None)  # deleted, it would stay in the table without its name
