"""What the board runs at power-on; lies at the root of the device as /main.py.

With the silence button held, the application does not start and the REPL is free (bench.md).
"""

from firmware import board

if not board.is_maintenance_requested():
    from firmware.app import build

    build().run()
