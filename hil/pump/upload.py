"""A therapy into the pump's staging area, part by part; the running programme is left alone until commit."""

from __future__ import annotations

from hil.pump.client import Client
from hil.scenario.model import SHORTEST_BOLUS_S, Therapy


def stage(client: Client, therapy: Therapy) -> None:
    """Begin an upload and stage what the therapy has. Refused with the pump's reason for a part it does not
    take; the upload is then still open.
    """
    client.programme_begin()
    drug, basal, bolus, limit = therapy.drug, therapy.basal, therapy.patient_bolus, therapy.dose_limit
    if drug is not None:
        client.stage_drug(
            drug.name,
            drug.concentration_ug_per_ml,
            hard_rate_nl_per_h=drug.hard_rate_nl_per_h or 0,
            soft_rate_nl_per_h=drug.soft_rate_nl_per_h or 0,
            hard_bolus_nl=drug.hard_bolus_nl or 0,
            soft_bolus_nl=drug.soft_bolus_nl or 0,
        )
    if basal is not None:
        for segments in dict.fromkeys(basal.days):
            mask = sum(1 << day for day in range(7) if basal.days[day] == segments)
            client.stage_day(mask, segments)
    if bolus is not None:
        duration_s = max(bolus.duration_s, SHORTEST_BOLUS_S)
        client.stage_patient_bolus(bolus.volume_nl, duration_s, bolus.lockout_s, bolus.per_day)
    if limit is not None:
        client.stage_dose_limit(limit.volume_nl, limit.window_s)
