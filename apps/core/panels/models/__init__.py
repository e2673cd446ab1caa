from apps.core.panels.models.conditions import Condition
from apps.core.panels.models.meetings import AgendaItem, Attendance, Meeting, Minutes
from apps.core.panels.models.panels import Panel, PanelRule, Seat
from apps.core.panels.models.rounds import (
    Absence,
    Conflict,
    Decision,
    Declaration,
    Dissent,
    Revocation,
    Round,
    Vote,
)

__all__ = [
    "Absence",
    "AgendaItem",
    "Attendance",
    "Condition",
    "Conflict",
    "Decision",
    "Declaration",
    "Dissent",
    "Meeting",
    "Minutes",
    "Panel",
    "PanelRule",
    "Revocation",
    "Round",
    "Seat",
    "Vote",
]
