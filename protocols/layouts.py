"""What the pump itself needs of the catalogue: roles, layouts and ranges, without words for people.

Written by `python -m hil.docs.layouts` from messages.py and fields.py, never by hand. Those two are not on the
board, where their rows would take 14 KiB of heap.
"""

# The role that a request needs, by its number.
NO_REQUEST = 255
ROLES = (
    b"\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
    b"\x02\x02\x02\xff\xff\xff\xff\xff\x02\x02\x02\x02\x02\xff\x02\x02"
    b"\x02\xff\xff\xff\xff\xff\xff\xff\x02\x01\x02\x02\x01\xff\xff\xff"
    b"\x02\x02\x02\x02\x02\x02\xff\xff\x01\x02\xff\xff\xff\xff\xff\xff"
    b"\x02\x02\x03"
)

# By number: layout, then least and most of each field (of text two zeros); the same of an item of its list,
# whose length is the second byte. A request that is not here has no fields.
REQUESTS = {
    # HELLO
    1: ("<BB", (0, 255, 0, 255)),
    # LOG_READ
    4: ("<IB", (0, 1073741823, 1, 10)),
    # FAULTS_READ
    11: ("<IB", (0, 1073741823, 1, 10)),
    # PROGRAMME_READ
    6: ("<BB", (0, 1, 0, 6)),
    # PRESCRIPTION_READ
    7: ("<B", (0, 1)),
    # SESSION_BEGIN
    8: ("<B16s", (1, 3, 0, 0)),
    # SESSION_PROVE
    9: ("<16s", (0, 0)),
    # SEALED
    10: ("<I16sB", (1, 1073741823, 0, 0, 1, 127)),
    # PROGRAMME_DAY
    25: ("<BB", (1, 127, 1, 24), "<HI", (0, 1439, 0, 60000000)),
    # STAGE_DRUG
    26: ("<16sIIIIIB", (0, 0, 1, 1000000, 0, 60000000, 0, 60000000, 0, 100000000, 0, 100000000, 0, 255)),
    # STAGE_PATIENT_BOLUS
    27: ("<IIIB", (0, 100000000, 0, 21600, 0, 86400, 0, 255)),
    # STAGE_DOSE_LIMIT
    28: ("<II", (0, 1073741823, 60, 604800)),
    # GIVE_CLINICIAN_BOLUS
    40: ("<II", (1, 100000000, 1, 21600)),
    # GIVE_PRIMING_BOLUS
    42: ("<I", (1, 100000000)),
    # GIVE_BRIDGE_BOLUS
    43: ("<II", (1, 100000000, 1, 60000000)),
    # REFILL_WITHDRAWN
    49: ("<I", (0, 100000000)),
    # REFILL_FILLED
    50: ("<I", (0, 100000000)),
    # ACKNOWLEDGE
    57: ("<B", (1, 255)),
    # SET_CLOCK
    64: ("<I", (1, 1073741823)),
}

# Bodies of answers: a code for each number, and the attributes that they are. Texts stand before them.
SNAPSHOT = (
    "BBBHBBIIIIIiiiIIIIIiHHIIBIH",
    "mode action bolus_kind flags alarm_count top_alarm epoch_s run_s rate_nl_per_h basal_nl_per_h "
    "bolus_remaining_nl reservoir_nl delivered_nl commanded_nl strokes low_at_s empty_at_s refill_due_at_s "
    "lockout_s pressure_pa supply_mv rotor_counts events_rejected boots reset_cause log_seq soft_limit_fields",
)
LINK_COUNTS = (
    "II",
    "frames_bad frames_repeated",
)
LAST_COMMAND = (
    "HBB",
    "last_sequence last_type last_reason",
)
CONFIG = (
    "IHIIIHIHHIBHH",
    "nl_per_rev microsteps_per_rev reservoir_capacity_nl low_level_nl empty_level_nl refill_due_h "
    "occlusion_limit_pa supply_low_mv supply_critical_mv catheter_dead_volume_nl link_uart pressure_zero_mv "
    "pressure_span_mv",
)
PRESCRIPTION = (
    "IIIIIBIIIBII",
    "concentration_ug_per_ml hard_rate_nl_per_h soft_rate_nl_per_h hard_bolus_nl soft_bolus_nl drug_flags "
    "patient_bolus_nl patient_bolus_s patient_lockout_s patient_per_day dose_limit_nl dose_window_s",
)

# Bytes of an item of a list.
LOG_ENTRY_BYTES = 21
SEGMENT_BYTES = 6
ALARM_ENTRY_BYTES = 7
