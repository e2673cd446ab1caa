from apps.core.panels.models.conditions import Condition, EvidenceFile
from apps.core.panels.models.meetings import AgendaItem, Attendance, Meeting, Minutes
from apps.core.panels.models.panels import Panel, PanelRule
from apps.core.panels.models.rounds import (
    Absence,
    Conflict,
    Correction,
    Decision,
    Declaration,
    Dissent,
    Revocation,
    Round,
    RoundSeat,
    Vote,
)
from apps.core.panels.models.seats import Seat

__all__ = [
    "Absence",
    "AgendaItem",
    "Attendance",
    "Condition",
    "Conflict",
    "Correction",
    "Decision",
    "Declaration",
    "Dissent",
    "EvidenceFile",
    "Meeting",
    "Minutes",
    "Panel",
    "PanelRule",
    "Revocation",
    "Round",
    "RoundSeat",
    "Seat",
    "Vote",
]
