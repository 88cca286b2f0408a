"""Virtual time that each call of firmware takes, in ns.

Only the calls are charged, not the byte code between them: order of magnitude, enough for a busy-wait to
end and for calls to have an order. "assumed" marks a figure without a measurement; see FIDELITY.md.
"""

US = 1_000
MS = 1_000_000

CALL_NS = 4 * US  # a call of a built-in function, assumed
WAITING_TURN_NS = 4 * US  # a turn of a loop that only waits for a handler, assumed
LONGEST_REST_NS = 100 * MS  # turns of such a loop with nothing in it are taken together up to here
PIN_NS = 4 * US  # read or write of a pin, assumed
ADC_NS = 10 * US  # 2 us conversion (RP2040 datasheet 4.9.2) and the call, assumed
I2C_CALL_NS = 60 * US  # set-up of one transfer, assumed; the bits come on top
PIO_NS = 5 * US  # FIFO access, assumed
IRQ_ENTRY_NS = 10 * US  # from the event to the first line of a handler, assumed
USB_CALL_NS = 20 * US  # assumed
USB_BYTE_NS = 1 * US  # about 1 MB/s on full-speed CDC, assumed
FILE_NS = 100 * US  # one call into the file system without a flash write, assumed
# Measured on target chip: power to the runtime 26.5 ms; ready 1.44 s after power with what `pumpbench flash` installs,
# linked and compiled, and 10.50 s with sources.
BOOT_NS = 26_500 * US
COMPILE_NS_PER_BYTE = 23 * US  # source to byte code
LOAD_MPY_NS_PER_BYTE = 13_500  # and per byte of the compiled file
LOAD_NS_PER_BYTE = 2_500  # the same, per byte of the source, when a board has it linked and compiled

# Winbond W25Q16JV datasheet rev. H, 9.6: sector erase 45 ms, page program 0.4 ms, both typical.
FLASH_ERASE_NS = 45 * MS
FLASH_PAGE_NS = 400 * US
FLASH_PAGE_BYTES = 256
