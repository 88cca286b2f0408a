"""The messages between interpreter and host. Both run this file, so it is plain Python for both.

Every call of the device is a request of REQUEST_WORDS signed 64 bit words and a payload; each gets a
reply of REPLY_WORDS words and a payload, little endian. Before the reply the host may send any number of
HANDLER and PROBE messages, each of which the device ends with a DONE request: that is how interrupts get
into the interpreter. The device does nothing while it waits.

Request: operation, the device's time, time of the last watchdog feed (0: none since the last request),
five arguments, length of the payload.
Reply: kind, value, time, the time until which nothing can happen to the device, bytes waiting on USB,
length of the payload.
"""

REQUEST_WORDS = 9
REPLY_WORDS = 6
WORD_BYTES = 8

# ---- replies

RESULT = 0
OS_ERROR = 1  # value: errno
ERROR = 2  # value: index in ERRORS; payload: text
KEYBOARD = 3
HANDLER = 4  # value: slot
PROBE = 5

ERRORS = ("ValueError", "TypeError", "OverflowError", "RuntimeError")

# ---- what the first reply tells, as words after which the unique id follows

# ticks origin in ns, ns of a call, ns to compile a byte, to load a byte as compiled, a byte of .mpy; reset cause
BEGIN_WORDS = 6

# ---- operations; their names are those of the methods of calls.py and peripheral_calls.py

OPERATIONS = (
    "begin", "done", "ended", "charge", "say", "unmodelled", "rtc_ns", "sleep", "wait",
    "stdin_take", "stdout_write", "kbd_intr", "interruptible", "urandom",
    "pin_init", "pin_read", "pin_write", "pin_toggle", "pin_irq",
    "pwm_make", "pwm_freq", "pwm_duty", "pwm_off", "adc_read",
    "i2c_make", "i2c_read_mem", "i2c_write_mem", "i2c_read", "i2c_write", "i2c_scan",
    "uart_make", "uart_state", "uart_any", "uart_read", "uart_write", "uart_flush",
    "timer_make", "timer_start", "timer_stop", "watchdog_start",
    "reset", "idle", "lightsleep", "mask",
    "program", "machine_init", "machine_active", "machine_restart", "machine_put", "machine_waiting",
    "machine_irq", "machine_exec",
    "flash_ioctl", "flash_read", "flash_write",
)  # fmt: skip


def number_of(operation):
    return OPERATIONS.index(operation)
