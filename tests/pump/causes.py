"""Causes of alarms that a test can bring about and take away on the bench, one per alarm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hil.targets.sim_bench import SimInjection
from tests.pump.pump_rig import PumpRig


@dataclass(frozen=True)
class Cause:
    """`within_s`: until the alarm is raised at 20 uL/h, with a margin. `gone_s`: until its cause is gone."""

    alarm: str
    priority: str
    action: str
    fault: str
    parameters: dict[str, Any] = field(default_factory=dict)
    within_s: float = 120.0
    gone_s: float = 120.0
    is_latched: bool = False

    def inject(self, rig: PumpRig) -> SimInjection:
        return rig.inject(self.fault, **self.parameters)

    def bring(self, rig: PumpRig) -> SimInjection:
        """Inject the fault and wait for the alarm; the fault must have left evidence."""
        fault = self.inject(rig)
        rig.wait_for_alarm(self.alarm, self.within_s)
        assert fault.took_effect
        return fault


_SAG_S = 1_200.0
CAUSES = {
    cause.alarm: cause
    for cause in (
        Cause("MOTOR_STALL", "HIGH", "SUSPEND", "motor.stall", gone_s=700.0, is_latched=True),
        Cause(
            "CATHETER_OCCLUSION", "HIGH", "STOP", "catheter.occlusion", {"onset": 0.0}, 1_500.0, 120.0, is_latched=True
        ),
        Cause("OVER_DELIVERY", "HIGH", "HALT", "motor.runaway", {"rate": 60e6}, 60.0, 60.0, is_latched=True),
        Cause("SENSOR_FAULT_ROTOR", "HIGH", "HOLD_MIN_RATE", "sensor.rotor_dead", {}, 300.0, 1_200.0, is_latched=True),
        Cause("SUPPLY_CRITICAL", "HIGH", "SUSPEND", "supply.sag", {"voltage": 2_900.0}, _SAG_S, _SAG_S),
        Cause(
            "CATHETER_DISCONNECTED", "MEDIUM", "CONTINUE", "catheter.disconnection", {}, 3_400.0, 400.0, is_latched=True
        ),
        Cause("SENSOR_FAULT_PRESSURE", "MEDIUM", "CONTINUE", "sensor.pressure_stuck", {}, 900.0, 1_500.0),
        Cause("CLOCK_FAULT", "MEDIUM", "CONTINUE", "clock.jump", {"by": 3_600.0}, 180.0),
        Cause("SUPPLY_LOW", "LOW", "CONTINUE", "supply.sag", {"voltage": 3_200.0}, _SAG_S, _SAG_S),
        Cause("BUTTON_STUCK", "LOW", "CONTINUE", "button.stuck", {}, 70.0, 5.0),
    )
}
