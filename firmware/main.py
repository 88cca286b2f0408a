"""The program that the board runs at power-on, stored at the root of the device as /main.py.

With the silence button held and the patient button pressed meanwhile, or once after the request to leave
(drivers/leaving.py), the application does not start: the REPL is free, and lamp and tone say that no therapy is given.
A program that ends with an error, because a file of it is damaged, leaves an alarm and the REPL behind.
"""

try:
    from micropython import kbd_intr

    # First of all: a host that speaks while the pump boots sends bytes 3, and Ctrl-C would end the program.
    kbd_intr(-1)
    for _ in range(2):  # one that came before is raised where a loop jumps back: here
        pass
except KeyboardInterrupt:
    from micropython import kbd_intr

    kbd_intr(-1)

import gc

from machine import PWM, Pin
from micropython import const

_COLLECT_EVERY_BYTES = const(32_768)
_COLLECT_WHEN_FULL = const(-1)
# As in board.py, which may be the file that is broken.
_ENABLE = const(4)
_BUZZER = const(15)
_ALARM_LAMP = const(16)
_ALARM_HZ = const(440)
_MAINTENANCE_HZ = const(220)
_HALF_DUTY = const(32_768)


def main():
    from firmware.drivers import leaving

    if leaving.is_asked():
        free_the_prompt(_MAINTENANCE_HZ)
        return
    from firmware import board

    if board.is_silence_held() and board.is_maintenance_confirmed():
        free_the_prompt(_MAINTENANCE_HZ)
        return
    # Collect often while importing: temporary objects between permanent ones would fragment the heap.
    gc.threshold(_COLLECT_EVERY_BYTES)
    from firmware.app import build

    gc.collect()
    executive = build()
    gc.threshold(_COLLECT_WHEN_FULL)
    executive.run()


def free_the_prompt(tone_hz):
    """Without any other file: motor off, lamp and buzzer on until somebody comes. The prompt is free."""
    Pin(_ENABLE, Pin.OUT, value=1)
    Pin(_ALARM_LAMP, Pin.OUT, value=1)
    PWM(Pin(_BUZZER), freq=tone_hz, duty_u16=_HALF_DUTY)
    kbd_intr(3)


try:
    main()
except BaseException:
    free_the_prompt(_ALARM_HZ)
    raise
