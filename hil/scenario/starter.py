"""The scenario that `pumpbench new` writes: commented, and it runs as it is."""

from __future__ import annotations

STARTER = """\
# A scenario: what bench, what therapy, what happens when, and what must come of it. hil/scenario/LANGUAGE.md
# has the whole language; `pumpbench faults` lists what can be injected.
# Run it:  pumpbench run {file} --report out/{stem}

name = "{title}"
why = "Name the incident or the requirement behind it, so that the next reader knows what breaks if this fails."
requirements = ["DET-05", "THR-14"]             # of `pumpbench requirements`; [] while there is none
duration = "2 h"
seed = 1                                        # of all noise: the same seed gives the same run, byte for byte
start_clock = "2026-03-02 08:00:00"             # a Monday

[bench]                                         # what differs from the reference bench
reservoir = "20 mL"

[therapy]                                       # entered, confirmed and started at time 0
drug = {{ name = "baclofen", concentration = "500 ug/mL" }}
fill = "15 mL"
basal = "30 uL/h"                               # or a week of segments, see LANGUAGE.md

[[step]]                                        # what a person does: `do`
at = "30 min"
do = "clinician_bolus"
volume = "500 uL"
duration = "20 min"

[[step]]                                        # what goes wrong: `inject`
at = "40 min"
inject = "catheter.kink"
k = 1000                                        # a thousand times the resistance

[[expect]]                                      # what the pump must say, and how soon
alarm = "CATHETER_OCCLUSION"
after = "40 min"
within = "1 min"

[[expect]]                                      # what must have happened in truth: asked of the physics
truth = "trapped"
below = "20 uL"

[[expect]]                                      # and what must not be
never = ["MOTOR_STALL", "OVER_DELIVERY"]
"""


def starter(file: str, stem: str) -> str:
    """The text for a file of that name."""
    title = stem.replace("_", " ").replace("-", " ").capitalize()
    return STARTER.format(file=file, stem=stem, title=title.replace('"', "'").replace("\\", "/"))
