"""I2C and UART of `machine`. What reads into a buffer does not allocate."""

import wire
from bridge import bridge

_I2C_MAKE = wire.number_of("i2c_make")
_I2C_READ_MEM = wire.number_of("i2c_read_mem")
_I2C_WRITE_MEM = wire.number_of("i2c_write_mem")
_I2C_READ = wire.number_of("i2c_read")
_I2C_WRITE = wire.number_of("i2c_write")
_I2C_SCAN = wire.number_of("i2c_scan")
_UART_MAKE = wire.number_of("uart_make")
_UART_STATE = wire.number_of("uart_state")
_UART_ANY = wire.number_of("uart_any")
_UART_READ = wire.number_of("uart_read")
_UART_WRITE = wire.number_of("uart_write")
_UART_FLUSH = wire.number_of("uart_flush")
_UNMODELLED = wire.number_of("unmodelled")
_POLLIN = 1
_POLLOUT = 4


class I2C:
    def __init__(self, id, *, scl, sda, freq=400_000, timeout=50_000):
        self._handle = bridge.call(_I2C_MAKE, id, scl.number, sda.number, freq, timeout)

    def readfrom_mem_into(self, addr, memaddr, buf):
        bridge.call_into(buf, _I2C_READ_MEM, self._handle, addr, memaddr, len(buf))

    def readfrom_mem(self, addr, memaddr, nbytes):
        return bridge.call_for_bytes(_I2C_READ_MEM, self._handle, addr, memaddr, nbytes)

    def writeto_mem(self, addr, memaddr, buf):
        bridge.call(_I2C_WRITE_MEM, self._handle, addr, memaddr, payload=buf)

    def readfrom_into(self, addr, buf, stop=True):
        bridge.call_into(buf, _I2C_READ, self._handle, addr, len(buf))

    def readfrom(self, addr, nbytes, stop=True):
        return bridge.call_for_bytes(_I2C_READ, self._handle, addr, nbytes)

    def writeto(self, addr, buf, stop=True):
        bridge.call(_I2C_WRITE, self._handle, addr, payload=buf)
        return len(buf)

    def scan(self):
        return list(bridge.call_for_bytes(_I2C_SCAN, self._handle))


class UART:
    def __init__(self, id, baudrate=115_200, *, tx=None, rx=None, rxbuf=256, txbuf=256):
        self._id = id
        bridge.call(_UART_MAKE, id, baudrate, rxbuf)

    def poll_state(self, mask):
        return mask & (_POLLOUT | (_POLLIN if bridge.call(_UART_STATE, self._id) else 0))

    def any(self):
        return bridge.call(_UART_ANY, self._id)

    def read(self, nbytes=-1):
        return bridge.call_for_bytes(_UART_READ, self._id, nbytes) or None

    def readinto(self, buf, nbytes=-1):
        wanted = len(buf) if nbytes < 0 else min(nbytes, len(buf))
        return bridge.call_into(buf, _UART_READ, self._id, wanted) or None

    def write(self, buf):
        bridge.call(_UART_WRITE, self._id, payload=buf)
        return len(buf)

    def flush(self):
        bridge.call(_UART_FLUSH, self._id)

    def irq(self, *arguments, **named):
        bridge.call(_UNMODELLED, payload=b"machine.UART.irq")
