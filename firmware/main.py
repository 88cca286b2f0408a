"""What the board runs at power-on; lies at the root of the device as /main.py.

With the silence button held, or once after the request to leave (drivers/leaving.py), the application does
not start and the REPL is free (bench.md).
"""

import gc

from micropython import kbd_intr


def main():
    # Before anything else is read from the flash, which takes seconds: a host that speaks meanwhile sends
    # bytes 3, and Ctrl-C would end the boot.
    kbd_intr(-1)
    from firmware.drivers import leaving

    if leaving.is_asked():
        kbd_intr(3)
        return
    from firmware import board

    if board.is_maintenance_requested():
        kbd_intr(3)
        return
    from firmware.app import build

    # Imports leave the heap full of what was needed once, and in pieces; what is made now stays for good.
    gc.collect()
    build().run()


main()
