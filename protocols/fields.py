"""Groups of fields that messages are made of: name, struct code, unit, lowest and highest value.

For a field of bytes the last two numbers are lengths. A value outside its range is refused before the
pump sees it; the narrower limits of drug, reservoir and programme are the pump's own.
"""

U8 = "<B"
U16 = "<H"
U32 = "<I"
I32 = "<i"

# Every integer stays a small one on a 32 bit MicroPython.
MOST = 0x3FFFFFFF

MOST_RATE_NL_PER_H = 60_000_000  # THR-03
MOST_VOLUME_NL = 100_000_000  # above any reservoir: the pump itself says whether it fits
MOST_BOLUS_S = 6 * 3600  # THR-09
DAY_S = 86_400

SEGMENT = (
    ("start_minute", U16, "min", 0, 1439),
    ("rate_nl_per_h", U32, "nL/h", 0, MOST_RATE_NL_PER_H),
)

LOG_ENTRY = (
    ("log_seq", U32, "1", 0, MOST),
    ("epoch_s", U32, "s since 2020", 0, MOST),
    ("run_s", U32, "s of pump life", 0, MOST),
    ("code", U8, "log code", 0, 255),
    ("a", I32, "see log codes", -MOST, MOST),
    ("b", I32, "see log codes", -MOST, MOST),
)

DRUG = (
    ("drug_name", "<16s", "UTF-8, zero padded", 0, 16),
    ("concentration_ug_per_ml", U32, "ug/mL", 1, 1_000_000),
    ("hard_rate_nl_per_h", U32, "nL/h", 0, MOST_RATE_NL_PER_H),
    ("soft_rate_nl_per_h", U32, "nL/h", 0, MOST_RATE_NL_PER_H),
    ("hard_bolus_nl", U32, "nL", 0, MOST_VOLUME_NL),
    ("soft_bolus_nl", U32, "nL", 0, MOST_VOLUME_NL),
    ("drug_flags", U8, "reserved: not kept, reads 0", 0, 255),
)

PATIENT_BOLUS = (
    ("patient_bolus_nl", U32, "nL", 0, MOST_VOLUME_NL),
    ("patient_bolus_s", U32, "s", 0, MOST_BOLUS_S),
    ("patient_lockout_s", U32, "s", 0, DAY_S),
    ("patient_per_day", U8, "1", 0, 255),
)

DOSE_LIMIT = (
    ("dose_limit_nl", U32, "nL", 0, MOST),
    ("dose_window_s", U32, "s", 60, 7 * DAY_S),
)

# STATUS: what the pump keeps in its snapshot, then what the link itself knows.
SNAPSHOT_FIELDS = (
    ("mode", U8, "mode", 0, 255),
    ("action", U8, "action", 0, 255),
    ("bolus_kind", U8, "bolus kind", 0, 255),
    ("flags", U16, "bits", 0, 0xFFFF),
    ("alarm_count", U8, "1", 0, 255),
    ("top_alarm", U8, "alarm", 0, 255),
    ("epoch_s", U32, "s since 2020", 0, MOST),
    ("run_s", U32, "s of pump life", 0, MOST),
    ("rate_nl_per_h", U32, "nL/h", 0, MOST),
    ("basal_nl_per_h", U32, "nL/h", 0, MOST),
    ("bolus_remaining_nl", U32, "nL", 0, MOST),
    ("reservoir_nl", I32, "nL", -MOST, MOST),
    ("delivered_nl", I32, "nL", -MOST, MOST),
    ("commanded_nl", I32, "nL", -MOST, MOST),
    ("strokes", U32, "1", 0, MOST),
    ("low_at_s", U32, "s since 2020, 0 unknown", 0, MOST),
    ("empty_at_s", U32, "s since 2020, 0 unknown", 0, MOST),
    ("refill_due_at_s", U32, "s since 2020, 0 unknown", 0, MOST),
    ("lockout_s", U32, "s left", 0, MOST),
    ("pressure_pa", I32, "Pa", -MOST, MOST),
    ("supply_mv", U16, "mV", 0, 0xFFFF),
    ("rotor_counts", U16, "1/4096 rev", 0, 4095),
    ("events_rejected", U32, "1", 0, MOST),
    ("boots", U32, "1", 0, MOST),
    ("reset_cause", U8, "reset cause", 0, 255),
    ("log_seq", U32, "1", 0, MOST),
    ("soft_limit_fields", U16, "bits", 0, 0xFFFF),
)

LINK_COUNT_FIELDS = (
    ("frames_bad", U32, "1", 0, MOST),
    ("frames_repeated", U32, "1", 0, MOST),
)

# The last request that asked for more than an answer.
LAST_COMMAND_FIELDS = (
    ("last_sequence", U16, "sequence", 0, 0xFFFF),
    ("last_type", U8, "request type", 0, 255),
    ("last_reason", U8, "reason", 0, 255),
)

VERSION = (("major", U8, "1", 0, 255), ("minor", U8, "1", 0, 255))

HELLO_BODY = VERSION + (
    ("next_sequence", U16, "sequence", 0, 0xFFFF),
    ("capabilities", U16, "bits", 0, 0xFFFF),
    ("max_payload", U8, "bytes", 0, 255),
    ("boots", U32, "1", 0, MOST),
    ("device_id", "<8s", "bytes", 0, 8),
)

NONCE = "<16s"
TAG = "<16s"  # the first half of an HMAC-SHA256

SESSION_BEGIN = (
    ("role", U8, "role", 1, 3),
    ("host_nonce", NONCE, "bytes", 16, 16),
)

# What stands before the sealed request's own payload.
SEAL = (
    ("counter", U32, "1", 1, MOST),
    ("tag", TAG, "bytes", 16, 16),
    ("inner_type", U8, "request type", 1, 127),
)

# What stands before the body of the answer to a sealed request.
ANSWER_SEAL = SEAL[:2]

# Named as in firmware/services/storage/settings.py.
CONFIG_BODY = (
    ("nl_per_rev", U32, "nL", 0, MOST),
    ("microsteps_per_rev", U16, "1", 0, 0xFFFF),
    ("reservoir_capacity_nl", U32, "nL", 0, MOST),
    ("low_level_nl", U32, "nL", 0, MOST),
    ("empty_level_nl", U32, "nL", 0, MOST),
    ("refill_due_h", U16, "h", 0, 0xFFFF),
    ("occlusion_limit_pa", U32, "Pa", 0, MOST),
    ("supply_low_mv", U16, "mV", 0, 0xFFFF),
    ("supply_critical_mv", U16, "mV", 0, 0xFFFF),
    ("catheter_dead_volume_nl", U32, "nL", 0, MOST),
    ("link_uart", U8, "1", 0, 1),
    ("pressure_zero_mv", U16, "mV", 0, 0xFFFF),
    ("pressure_span_mv", U16, "mV", 0, 0xFFFF),
)

ALARM_ENTRY = (
    ("alarm", U8, "alarm", 0, 255),
    ("priority", U8, "priority", 0, 255),
    ("state", U8, "bits", 0, 255),
    ("raised_at_s", U32, "s since 2020", 0, MOST),
)

ANSWER_HEAD = (("request_type", U8, "request type", 0, 255), ("reason", U8, "reason", 0, 255))
