"""The operating modes and every way between them (THR-01). The table is the specification.

Motion is possible in RUNNING and MIN_RATE alone. Priming moves in RUNNING with the basal rate off and
returns to where it came from. A service reset leads through BOOT, so that the self-test comes before
anything else. Entry actions belong to the state entered, so every transition into FAULT stops the motor.
"""

from protocols.ids import BOOT, FAULT, MIN_RATE, RUNNING, STANDBY, STOPPED

SELF_TEST_PASSED = 1
SELF_TEST_FAILED = 2
RESUME_RUNNING = 3  # self-test passed and this mode was running before the restart (INT-03, INT-05)
RESUME_MIN_RATE = 4
RESUME_STOPPED = 5
START = 6
STOP = 7
MINIMUM_RATE = 8
FAULTED = 9
ALARM_STOP = 10
PRIME = 11
PRIMED_TO_STANDBY = 12
PRIMED_TO_STOPPED = 13
REFILLED = 14
PRESCRIPTION_CHANGED = 15  # another drug or concentration was committed (THR-21)
SERVICE_RESET = 16

EVENT_NAMES = (
    "",
    "SELF_TEST_PASSED",
    "SELF_TEST_FAILED",
    "RESUME_RUNNING",
    "RESUME_MIN_RATE",
    "RESUME_STOPPED",
    "START",
    "STOP",
    "MINIMUM_RATE",
    "FAULTED",
    "ALARM_STOP",
    "PRIME",
    "PRIMED_TO_STANDBY",
    "PRIMED_TO_STOPPED",
    "REFILLED",
    "PRESCRIPTION_CHANGED",
    "SERVICE_RESET",
)

ROWS = (
    (BOOT, SELF_TEST_PASSED, STANDBY),
    (BOOT, SELF_TEST_FAILED, FAULT),
    (BOOT, RESUME_RUNNING, RUNNING),
    (BOOT, RESUME_MIN_RATE, MIN_RATE),
    (BOOT, RESUME_STOPPED, STOPPED),
    (BOOT, FAULTED, FAULT),
    (STANDBY, START, RUNNING),
    (STANDBY, MINIMUM_RATE, MIN_RATE),
    (STANDBY, PRIME, RUNNING),
    (STANDBY, REFILLED, STANDBY),
    (STANDBY, PRESCRIPTION_CHANGED, STANDBY),
    (STANDBY, FAULTED, FAULT),
    (RUNNING, STOP, STOPPED),
    (RUNNING, ALARM_STOP, STOPPED),
    (RUNNING, MINIMUM_RATE, MIN_RATE),
    (RUNNING, PRIMED_TO_STANDBY, STANDBY),
    (RUNNING, PRIMED_TO_STOPPED, STOPPED),
    (RUNNING, REFILLED, RUNNING),
    (RUNNING, PRESCRIPTION_CHANGED, STOPPED),
    (RUNNING, FAULTED, FAULT),
    (STOPPED, START, RUNNING),
    (STOPPED, MINIMUM_RATE, MIN_RATE),
    (STOPPED, PRIME, RUNNING),
    (STOPPED, REFILLED, STOPPED),
    (STOPPED, PRESCRIPTION_CHANGED, STOPPED),
    (STOPPED, FAULTED, FAULT),
    (MIN_RATE, START, RUNNING),
    (MIN_RATE, STOP, STOPPED),
    (MIN_RATE, ALARM_STOP, STOPPED),
    (MIN_RATE, REFILLED, MIN_RATE),
    (MIN_RATE, PRESCRIPTION_CHANGED, STOPPED),
    (MIN_RATE, FAULTED, FAULT),
    (FAULT, FAULTED, FAULT),
    (FAULT, SERVICE_RESET, BOOT),
)


def may_move(mode):
    """True in the two modes in which the motor may turn."""
    if mode == RUNNING:
        return True
    return mode == MIN_RATE
