"""The program that the rig's board runs at power-on, stored at the root of the device as /main.py.

A program that ends with an error leaves the pump without power and the prompt free.
"""

from machine import Pin
from micropython import kbd_intr

_POWER = 22  # as in pins.py, which may be the file that is broken


def main():
    from hil.rig.board import build

    rig = build()
    kbd_intr(-1)
    rig.run()


try:
    main()
finally:
    Pin(_POWER, Pin.OUT, value=0)
    kbd_intr(3)
