from apps.core.panels.models.conditions import Condition, EvidenceFile
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
    "Condition",
    "Conflict",
    "Decision",
    "Declaration",
    "Dissent",
    "EvidenceFile",
    "Panel",
    "PanelRule",
    "Revocation",
    "Round",
    "Seat",
    "Vote",
]
