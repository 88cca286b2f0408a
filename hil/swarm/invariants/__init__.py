"""What must be true of every life of a pump, whatever happens to it. Each file has a subject; importing this package
enters all of them. They look at the truth of the plant, nets and bytes, and take the pump's own word only for what it
has said, never for what it has done.
"""

from hil.swarm.invariants import (
    alarm_rules,
    alarms,
    dosing,
    link,
    liveness,
    log,
    motion,
    requests,
    reservoir,
    signals,
)

__all__ = [
    "alarm_rules",
    "alarms",
    "dosing",
    "link",
    "liveness",
    "log",
    "motion",
    "requests",
    "reservoir",
    "signals",
]
