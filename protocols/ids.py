"""Every number that crosses the wire or lands in the log, in one file.

Both sides import it: firmware under MicroPython, host and emulator tests under CPython. Names carry no
underscore because MicroPython's const() hides underscored names from other modules. A number, once
given, is never given again to something else.
"""

PROTOCOL_MAJOR = 2
PROTOCOL_MINOR = 1  # CONFIG_READ tells the figures of the pressure sensor

# Operating modes (THR-01).
BOOT = 0
STANDBY = 1
RUNNING = 2
STOPPED = 3
MIN_RATE = 4
FAULT = 5

MODE_NAMES = ("BOOT", "STANDBY", "RUNNING", "STOPPED", "MIN_RATE", "FAULT")

# Reasons. 0 is OK; the words are the same in scenario, wire, log and command line.
OK = 0
LOCKOUT = 1
COUNT_LIMIT = 2
DOSE_LIMIT = 3
BOLUS_ACTIVE = 4
WRONG_MODE = 5
ALARM_ACTIVE = 6
RESERVOIR_TOO_LOW = 7
OUT_OF_RANGE = 8
SOFT_LIMIT = 9
NOT_STAGED = 10
NO_REFILL = 11
CLOCK_NOT_SET = 12
NOT_ALLOWED = 13
SESSION_EXPIRED = 14
REPLAYED = 15
BAD_KEY = 16
BUSY = 17
UNKNOWN = 18

REASON_NAMES = (
    "OK",
    "LOCKOUT",
    "COUNT_LIMIT",
    "DOSE_LIMIT",
    "BOLUS_ACTIVE",
    "WRONG_MODE",
    "ALARM_ACTIVE",
    "RESERVOIR_TOO_LOW",
    "OUT_OF_RANGE",
    "SOFT_LIMIT",
    "NOT_STAGED",
    "NO_REFILL",
    "CLOCK_NOT_SET",
    "NOT_ALLOWED",
    "SESSION_EXPIRED",
    "REPLAYED",
    "BAD_KEY",
    "BUSY",
    "UNKNOWN",
)

# Bolus kinds.
NO_BOLUS = 0
CLINICIAN_BOLUS = 1
PATIENT_BOLUS = 2
PRIMING_BOLUS = 3
BRIDGE_BOLUS = 4

BOLUS_NAMES = ("NONE", "CLINICIAN", "PATIENT", "PRIMING", "BRIDGE")

# Alarms and notices. alarms.py has a row for each.
ALARM_SYSTEM_FAULT = 1
ALARM_MOTOR_STALL = 2
ALARM_CATHETER_OCCLUSION = 3
ALARM_EMPTY_RESERVOIR = 4
ALARM_OVER_DELIVERY = 5
ALARM_SENSOR_FAULT_ROTOR = 6
ALARM_SUPPLY_CRITICAL = 7
ALARM_STOPPED_LONG = 8
ALARM_UNDER_DELIVERY = 9
ALARM_STEP_LOSS = 10
ALARM_CATHETER_DISCONNECTED = 11
ALARM_SENSOR_FAULT_PRESSURE = 12
ALARM_SENSOR_FAULT_SUPPLY = 13
ALARM_CLOCK_FAULT = 14
ALARM_DOSE_LIMIT = 15
ALARM_REFILL_MISMATCH = 16
ALARM_LOW_RESERVOIR = 17
ALARM_REFILL_DUE = 18
ALARM_SUPPLY_LOW = 19
ALARM_BUTTON_STUCK = 20
ALARM_UPLOAD_IDLE = 21
ALARM_STALL_RECOVERED = 22
ALARM_POWER_LOST = 23
ALARM_RESTARTS = 24

# How an alarm ends (ALM-05).
LATCHED = 0  # when a person acknowledges it, which is refused while its cause is there
SELF_CLEARING = 1  # with its cause
NOTICE_ONLY = 2  # at once: it is logged and never becomes active

# Alarm life-cycle, argument 2 of a LOG_ALARM entry.
ALARM_RAISED = 1
ALARM_CLEARED = 2
ALARM_ACKNOWLEDGED = 3
ALARM_SILENCED = 4
ALARM_RELEASED = 5  # its cause is gone and it no longer suspends delivery; it waits for a person

ALARM_EVENT_NAMES = ("", "RAISED", "CLEARED", "ACKNOWLEDGED", "SILENCED", "RELEASED")

# Priorities, the more urgent the greater.
NOTICE = 0
LOW = 1
MEDIUM = 2
HIGH = 3

PRIORITY_NAMES = ("NOTICE", "LOW", "MEDIUM", "HIGH")

# What an active alarm does to delivery, the more restrictive the greater (ALM-02).
# SUSPEND ends by itself with its alarm; STOP and HALT change the mode and need a person.
CONTINUE = 0
HOLD_MIN_RATE = 1
SUSPEND = 2
STOP = 3
HALT = 4

ACTION_NAMES = ("CONTINUE", "HOLD_MIN_RATE", "SUSPEND", "STOP", "HALT")

# Event log codes (INT-06). Arguments a and b are signed 32 bit numbers.
LOG_BOOT = 1  # a = reset cause, b = boot count
LOG_MODE = 2  # a = new mode, b = old mode
LOG_ALARM = 3  # a = alarm number, b = life-cycle
LOG_COMMAND = 4  # a = message type, b = reason + 256 * role of the session that asked, 0 without one
LOG_EVENT_REJECTED = 5  # a = state, b = event
LOG_STALL = 6  # a = commanded nL, b = measured nL
LOG_STALL_RECOVERED = 7  # a = seconds without delivery, b = nL missed
LOG_BOLUS_STARTED = 8  # a = kind, b = nL
LOG_BOLUS_COMPLETED = 9  # a = kind, b = nL delivered
LOG_BOLUS_HALTED = 10  # a = kind, b = nL delivered
LOG_BOLUS_SUSPENDED = 11  # a = kind, b = nL delivered so far
LOG_BOLUS_RESUMED = 12  # a = kind, b = nL delivered so far
LOG_BOLUS_DENIED = 13  # a = kind, b = reason
LOG_PROGRAMME_COMMITTED = 14  # a = CRC low 16 bits, b = segments
LOG_REFILL = 15  # a = nL withdrawn, b = nL filled
LOG_REFILL_MISMATCH = 16  # a = nL withdrawn minus nL expected, b = 0
LOG_POWER_LOST = 17  # a = seconds without power, -1 when the clock cannot tell, b = nL that the rotor moved unrecorded
LOG_CLOCK_SET = 18  # a = new epoch_s, b = seconds moved
LOG_SELF_TEST = 19  # a = item, b = detail, see below
LOG_SOFT_LIMIT = 20  # a = bits of soft_limit_fields that were confirmed, b = nL of a bolus, else 0
LOG_OCCLUSION = 21  # a = Pa, b = nL delivered since onset
LOG_LINK_LOST = 23
LOG_ROTOR_DRAWN = 24  # a = nL that current turned beside the steps, negative back; b = nL of the whole stroke
LOG_SESSION = 25  # a = role, b = what became of a proof, see below
LOG_REPEATED = (
    26  # a = code of refusals that are the same in all, b = how many there were beyond those logged, in an hour
)

# The role stands above the reason in a LOG_COMMAND entry.
COMMAND_ROLE_STEP = 256

# Argument 2 of a LOG_SESSION entry. LOCKED: the proof failed, and was the last that the role may fail for now.
SESSION_OPENED = 1
SESSION_OPENED_FOR_STOP = 2
SESSION_PROOF_FAILED = 3
SESSION_LOCKED = 4

SESSION_EVENT_NAMES = ("", "OPENED", "OPENED_FOR_STOP", "PROOF_FAILED", "LOCKED")

# One LOG_READ looks through this many numbers at most: opening a file for each takes time.
SPAN_OF_LOG_READ = 32

# Items of LOG_SELF_TEST: what failed at power-on (INT-01) or while the pump ran (INT-02, INT-09). b = 0, for
# IMAGE the place of the file in /manifest.json; DETAIL_ entries report something that is not a failure.
ITEM_SETTINGS = 1
ITEM_RAM = 2
ITEM_JOURNAL = 3
ITEM_ROTOR = 4
ITEM_RTC = 5
ITEM_SUPPLY = 6
ITEM_BUTTON = 7
ITEM_WATCHDOG = 8
ITEM_DRIVER = 9  # the driver made steps without a command
ITEM_ENABLE = 10  # the rotor turned although the enable line was withdrawn: no second cut-off
ITEM_IMAGE = 11
ITEM_MEMORY = 12  # a critical variable is not what was written to it
ITEM_FLASH = 13  # the journal cannot be written
ITEM_KEYS = 14  # the pump had keys, and the file of them is damaged or gone: no role opens; delivery goes on
ITEM_GUARD = 15  # more strokes were asked for than mode, alarms and prescription allow: none of them was made
ITEM_LAYOUT = 16  # the stored state is of a firmware that lays it out in a way that this one does not know

DETAIL_NOT_CHECKED = -1  # there is nothing to check it against
DETAIL_OLDER_COPY = -2  # the newest copy is damaged, the one before it counts

# Reset causes in LOG_BOOT and status.
RESET_POWER_ON = 1
RESET_WATCHDOG = 3
RESET_SERVICE = 4  # a restart by a person, after a stay at the REPL

# Names in the order of the numbers above. They are for people: log, command line, scenario. Those of the alarms
# are in alarms.py.
LOG_NAMES = (
    "",
    "BOOT",
    "MODE",
    "ALARM",
    "COMMAND",
    "EVENT_REJECTED",
    "STALL",
    "STALL_RECOVERED",
    "BOLUS_STARTED",
    "BOLUS_COMPLETED",
    "BOLUS_HALTED",
    "BOLUS_SUSPENDED",
    "BOLUS_RESUMED",
    "BOLUS_DENIED",
    "PROGRAMME_COMMITTED",
    "REFILL",
    "REFILL_MISMATCH",
    "POWER_LOST",
    "CLOCK_SET",
    "SELF_TEST",
    "SOFT_LIMIT",
    "OCCLUSION",
    "",  # 22 was never written
    "LINK_LOST",
    "ROTOR_DRAWN",
    "SESSION",
    "REPEATED",
)

ITEM_NAMES = (
    "",
    "SETTINGS",
    "RAM",
    "JOURNAL",
    "ROTOR",
    "RTC",
    "SUPPLY",
    "BUTTON",
    "WATCHDOG",
    "DRIVER",
    "ENABLE",
    "IMAGE",
    "MEMORY",
    "FLASH",
    "KEYS",
    "GUARD",
    "LAYOUT",
)

# Roles, each may do what the ones below it may (LNK-04).
OBSERVER = 0
PATIENT = 1
CLINICIAN = 2
SERVICE = 3

ROLE_NAMES = ("OBSERVER", "PATIENT", "CLINICIAN", "SERVICE")

# Bits of the flags in STATUS.
FLAG_CLOCK_SET = 1
FLAG_KEYLESS = 2
FLAG_OPEN_LOOP = 4
FLAG_SOFT_LIMIT = 8
FLAG_REFILL_CONFIRMED = 16
FLAG_PROGRAMME_COMMITTED = 32
FLAG_DOSE_THROTTLED = 64
FLAG_UPLOAD_OPEN = 256
FLAG_KEYS_DAMAGED = 512

FLAG_NAMES = (
    "CLOCK_SET",
    "KEYLESS",
    "OPEN_LOOP",
    "SOFT_LIMIT",
    "REFILL_CONFIRMED",
    "PROGRAMME_COMMITTED",
    "DOSE_THROTTLED",
    "",  # 128 was never set
    "UPLOAD_OPEN",
    "KEYS_DAMAGED",
)

# Bits of the state of one entry in ALARMS.
ALARM_STATE_CAUSE = 1  # the cause is there now
ALARM_STATE_LATCHED = 2  # stays until it is acknowledged

ALARM_STATE_NAMES = ("CAUSE", "LATCHED")

# Bits of the capabilities in HELLO.
CAPABILITY_SESSION = 1
CAPABILITY_LOG = 2

CAPABILITY_NAMES = ("SESSION", "LOG")

# Frame types that a host sends: 1 to 127 are requests.
MSG_HELLO = 1
MSG_STATUS = 2
MSG_ALARMS = 3
MSG_LOG_READ = 4
MSG_CONFIG_READ = 5
MSG_PROGRAMME_READ = 6
MSG_PRESCRIPTION_READ = 7
MSG_SESSION_BEGIN = 8
MSG_SESSION_PROVE = 9
MSG_SEALED = 10
MSG_FAULTS_READ = 11
MSG_START = 16
MSG_STOP = 17
MSG_MINIMUM_RATE = 18
MSG_PROGRAMME_BEGIN = 24
MSG_PROGRAMME_DAY = 25
MSG_STAGE_DRUG = 26
MSG_STAGE_PATIENT_BOLUS = 27
MSG_STAGE_DOSE_LIMIT = 28
MSG_CONFIRM_SOFT_LIMIT = 30
MSG_PROGRAMME_COMMIT = 31
MSG_PROGRAMME_DISCARD = 32
MSG_GIVE_CLINICIAN_BOLUS = 40
MSG_GIVE_PATIENT_BOLUS = 41
MSG_GIVE_PRIMING_BOLUS = 42
MSG_GIVE_BRIDGE_BOLUS = 43
MSG_BOLUS_CANCEL = 44
MSG_REFILL_BEGIN = 48
MSG_REFILL_WITHDRAWN = 49
MSG_REFILL_FILLED = 50
MSG_REFILL_CONFIRM = 51
MSG_REFILL_CANCEL = 52
MSG_CATHETER_EMPTY = 53
MSG_SILENCE = 56
MSG_ACKNOWLEDGE = 57
MSG_SET_CLOCK = 64
MSG_SELF_TEST = 65
MSG_LEAVE_TO_REPL = 66

# Frame types that a pump sends.
MSG_ANSWER = 128
MSG_EVENT = 129
