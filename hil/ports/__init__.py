"""Serial ports of emulated pumps: pty, TCP, and pump:// inside the process.

Importing this package makes pyserial know `pump://`.
"""

import serial

_PACKAGE = __name__

if _PACKAGE not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(_PACKAGE)
